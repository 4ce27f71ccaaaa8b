"""The losses of matching a picture and a sentence, as small callables on a discriminator's logits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F


class Algorithm1:
    """The losses of the paper's algorithm 1 and equation 5, from logits; sigma is the logistic function.

    With wrong sentences (GAN-CLS): D maximises log s_r + (log(1 - s_w) + log(1 - s_f)) / 2, where s_r, s_w and s_f are
    sigma of D's logits of a real picture with its sentence, a real one with a wrong sentence, and a made one. Without
    (GAN): log s_r + log(1 - s_f). G maximises log s_f; with interpolated sentences (GAN-INT), also log of what D makes
    of pictures for those. Equation 5 writes log(1 - s_f) to be minimised; the algorithm's form of it does not saturate.
    """

    def discriminator(self, real: Tensor, fake: Tensor, wrong: Tensor | None = None) -> Tensor:
        if wrong is None:
            return F.softplus(-real).mean() + F.softplus(fake).mean()
        return F.softplus(-real).mean() + (F.softplus(wrong).mean() + F.softplus(fake).mean()) / 2

    def generator(self, fake: Tensor, between: Tensor | None = None) -> Tensor:
        own = F.softplus(-fake).mean()
        return own if between is None else own + F.softplus(-between).mean()


def interpolated(first: Tensor, second: Tensor, beta: float = 0.5) -> Tensor:
    """beta * t1 + (1 - beta) * t2, the sentence vectors of equation 5. (N, 256) each."""
    return beta * first + (1 - beta) * second


class MatchingHinge:
    """The hinge loss with a wrong sentence as third input (Tao et al., *DF-GAN*, CVPR 2022, equation 2).

    E max(0, 1 - D(x, t)) + E max(0, 1 + D(G, t)) / 2 + E max(0, 1 + D(x, wrong)) / 2, and -E D(G, t).
    """

    def discriminator(self, real: Tensor, fake: Tensor, wrong: Tensor) -> Tensor:
        return F.relu(1 - real).mean() + (F.relu(1 + fake).mean() + F.relu(1 + wrong).mean()) / 2

    def generator(self, fake: Tensor) -> Tensor:
        return -fake.mean()


def matching_aware_penalty(
    judge: Callable[[list[Tensor], Tensor], Tensor], seen: Sequence[Tensor], sentence: Tensor, power: float = 6.0
) -> Tensor:
    """E (||grad_x D(x, t)|| + ||grad_t D(x, t)||)^power at real pictures with their own sentences (DF-GAN, equation 2).

    It flattens D around what is real and matches, so that G finds its way there. Behind frozen features x is what D
    is shown of the picture, the maps: a gradient to the pixels would differentiate the frozen network twice.

    Args:
        judge: maps and sentences to logits whose first dimension is N.
        seen: maps (N, c_i, h_i, w_i). sentence: (N, 256).
    """
    inputs = [x.detach().requires_grad_() for x in (*seen, sentence)]
    logits = judge(inputs[:-1], inputs[-1])
    gradients = torch.autograd.grad(logits.sum(), inputs, create_graph=True)
    squares = [g.flatten(1).square().sum(1) for g in gradients]
    at_picture, at_sentence = sum(squares[:-1], torch.zeros_like(squares[-1])), squares[-1]
    return ((at_picture + 1e-12).sqrt() + (at_sentence + 1e-12).sqrt()).pow(power).mean()
