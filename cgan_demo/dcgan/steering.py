"""Directions learned through the generator: walking along one should change one quality, and leave the others.

A regression sees where pictures of a kind lie, but not what happens on the way. Here a direction is learned by what a
step along it changes, as in GANalyze (Goetschalckx, Andonian, Oliva, Isola, ICCV 2019) and in *On the "steerability" of
generative adversarial networks* (Jahanian, Chai, Isola, ICLR 2020).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import trange

from .evaluation import draws
from .model import LatentModel
from .readers import Quality, Score

RISE = 0.25  # of a quality's span, that a step of half the reach has to bring
BATCH = 16
RATE = 0.01


def steered(
    model: LatentModel, start: Tensor, quality: Quality, kept: Sequence[Quality], reach: float, steps: int = 150
) -> Tensor:
    """A unit direction (Z,) along which `quality` rises from wherever one starts, and those of `kept` stay.

    loss = E[max(0, RISE - d)] + sum over `kept` of E[(d / RISE)^2], where d is how much half of `reach` along the
        direction changes a reading, as a share of its span, from a draw moved by up to `reach` to either side.

    Args:
        start: (Z,), such as a regression's direction.

    Raises:
        ValueError: one of the qualities has no score, through which gradients would come.
    """
    scores = [_score(q) for q in (quality, *kept)]
    spans = torch.tensor([q.span for q in (quality, *kept)])
    model = model.eval()
    vector = start.clone().requires_grad_()
    optimizer = torch.optim.Adam([vector], lr=RATE)
    rng = torch.Generator().manual_seed(0)
    for step in trange(steps, desc=f"learning the direction {quality.name}", unit="step"):
        z = draws(model, BATCH, first=4 * 10**7 + BATCH * step)
        here = reach * (1.5 * torch.rand(BATCH, 1, generator=rng) - 1)
        along = F.normalize(vector, dim=0)
        pictures = model(torch.cat([z + here * along, z + (here + reach / 2) * along]))
        read = torch.stack([score(pictures) for score in scores], 1) / spans  # (2 * BATCH, qualities)
        change = read[BATCH:] - read[:BATCH]
        loss = F.relu(RISE - change[:, 0]).mean() + (change[:, 1:] / RISE).square().mean(0).sum()
        vector.grad = torch.autograd.grad(loss, vector)[0]  # of the direction alone: networks keep no gradients
        optimizer.step()
    return F.normalize(vector.detach(), dim=0)


def _score(quality: Quality) -> Score:
    if quality.score is None:
        raise ValueError(f"{quality.name} has no score.")
    return quality.score
