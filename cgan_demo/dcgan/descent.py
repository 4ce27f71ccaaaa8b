"""L-BFGS for a few latents at once: each is a problem of its own, and every step costs one look at all of them.

Nocedal, *Updating Quasi-Newton Matrices with Limited Storage*, 1980. On the way to a picture it gets in 50 steps where
Adam does not get in 100: a latent has few numbers, and what they do to a picture is smooth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

KEPT = 12  # steps that tell how the slope bends
LONGEST = 4.0  # step, and FIRST, the length of the first one
FIRST = 1.5
SHORTER = 0.35  # what remains of a step that led up
ENOUGH = 1e-4  # share of the descent promised by the slope that a step has to bring

Loss = Callable[[Tensor], Tensor]  # latents (N, Z) -> (N,), none of which depends on another's latent


def descend(loss: Loss, z: Tensor, steps: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Best latents so far and their losses, (N, Z) and (N,), after each of `steps`; z (N, Z): where to begin."""
    value, slope = _looked(loss, z)
    way = -slope * (FIRST / slope.norm(dim=1, keepdim=True).clamp_min(1e-12))
    moves, bends = list[Tensor](), list[Tensor]()
    for _ in range(steps):
        trial = z + way
        found, there = _looked(loss, trial)
        better = (found < value + ENOUGH * (way * slope).sum(1))[:, None]
        moves, bends = (
            [*kept, torch.where(better, new, torch.zeros_like(new))][-KEPT:]
            for kept, new in ((moves, way), (bends, there - slope))
        )
        z, slope = torch.where(better, trial, z), torch.where(better, there, slope)
        value = torch.where(better[:, 0], found, value)
        way = torch.where(better, _downhill(slope, moves, bends), SHORTER * way)
        yield z, value


def _looked(loss: Loss, z: Tensor) -> tuple[Tensor, Tensor]:
    """The losses of z and their slopes."""
    with torch.enable_grad():
        z = z.detach().requires_grad_()
        value = loss(z)
        (slope,) = torch.autograd.grad(value.sum(), z)
    return value.detach(), slope


def _downhill(slope: Tensor, moves: list[Tensor], bends: list[Tensor]) -> Tensor:
    """The next step: minus the slope times the inverse of the Hessian that the last moves tell of. (N, Z)

    moves (N, Z) each, and what they changed of the slope; zeros where none was made.
    """
    way, told = slope, list[tuple[Tensor, Tensor, Tensor]]()
    scale = FIRST / slope.norm(dim=1, keepdim=True).clamp_min(1e-12)
    for move, bend in zip(moves, bends, strict=True):
        curve = (move * bend).sum(1, keepdim=True)
        usable = curve > 1e-10
        share = torch.where(usable, 1 / curve.clamp_min(1e-10), torch.zeros_like(curve))
        scale = torch.where(usable, curve / bend.square().sum(1, keepdim=True).clamp_min(1e-20), scale)
        told.append((move, bend, share))
    amounts = []
    for move, bend, share in reversed(told):
        amounts.append(share * (move * way).sum(1, keepdim=True))
        way = way - amounts[-1] * bend
    way = scale * way
    for (move, bend, share), amount in zip(told, reversed(amounts), strict=True):
        way = way + move * (amount - share * (bend * way).sum(1, keepdim=True))
    up = (way * slope).sum(1, keepdim=True) <= 0
    way = torch.where(up, slope * (FIRST / slope.norm(dim=1, keepdim=True).clamp_min(1e-12)), way)
    return -way * (LONGEST / way.norm(dim=1, keepdim=True).clamp_min(1e-12)).clamp_max(1)
