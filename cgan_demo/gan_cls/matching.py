"""The bundled recipe's discriminator, which looks through frozen features and is told the sentence, and its losses.

Sauer et al., *Projected GANs Converge Faster*, NeurIPS 2021, with the sentence let in by projection as in Miyato and
Koyama, *cGANs with Projection Discriminator*, ICLR 2018.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from ..projected import RandomProjection
from .encoder import SIZE


class MatchingHead(nn.Module):
    """Judges one map of features: is it real, and does it fit the sentence?

    Every place has a score of its own plus the product of what is there with a linear map of the sentence.

    Args:
        stride: of the first convolution; 2 for fine maps, whose cost it quarters.

    Shape: `look` (N, width, h, w) -> (N, width, h / stride, w / stride); `judge` that, (N, 256) -> (N, 1, ...).
    """

    def __init__(self, width: int, stride: int):
        super().__init__()
        self.conv1 = spectral_norm(nn.Conv2d(width, width, 3, stride, padding=1))
        self.conv2 = spectral_norm(nn.Conv2d(width, width, 3, padding=1))
        self.real = spectral_norm(nn.Conv2d(width, 1, 1))
        self.told = spectral_norm(nn.Linear(SIZE, width))

    def look(self, seen: Tensor) -> Tensor:
        return F.leaky_relu(self.conv2(F.leaky_relu(self.conv1(seen), 0.2)), 0.2)

    def judge(self, looked: Tensor, sentence: Tensor) -> Tensor:
        told = self.told(sentence / 4)[:, :, None, None]  # (N, width, 1, 1), of length up to 4
        return self.real(looked) + (looked * told).sum(1, keepdim=True) / looked.shape[1] ** 0.5


class MatchingDiscriminator(nn.Module):
    """One head per scale on projected frozen features.

    Args:
        channels: of the frozen maps, fine to coarse.

    Shape: `project` frozen maps -> maps (N, width, h_i, w_i), fixed; `forward` these and sentence vectors (N, 256), one
        or several -> for each of the sentences a list of logits (N, 1, ., .), one per scale.
    """

    def __init__(self, channels: Sequence[int], width: int = 64):
        super().__init__()
        self.project = RandomProjection(channels, width)
        last = len(channels) - 1
        self.heads = nn.ModuleList(MatchingHead(width, 2 if i < last - 1 else 1) for i in range(len(channels)))

    def forward(self, seen: Sequence[Tensor], *sentences: Tensor) -> list[list[Tensor]]:
        looked = [head.look(x) for head, x in zip(self.heads, seen, strict=True)]  # type: ignore[operator]
        return [
            [head.judge(x, sentence) for head, x in zip(self.heads, looked, strict=True)]  # type: ignore[operator]
            for sentence in sentences
        ]


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
