"""Mixtures of Gaussians in the plane, and how much of one a cloud of samples covers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import InputError

EXTENT = 3.0  # the plane that is drawn runs from -EXTENT to EXTENT
GRID = 41  # points a side at which D is drawn


@dataclass(frozen=True)
class Mixture:
    """Equally likely round Gaussians. centres: (K, 2). deviation: of each, in both directions."""

    centres: Tensor
    deviation: float

    def draw(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """`count` samples, (count, 2)."""
        chosen = torch.randint(len(self.centres), (count,), generator=generator)
        return self.centres[chosen] + self.deviation * torch.randn(count, 2, generator=generator)

    def density(self, points: Tensor) -> Tensor:
        """Of points (..., 2): (...)."""
        squares = (points[..., None, :] - self.centres).square().sum(-1)
        bells = torch.exp(-squares / (2 * self.deviation**2))
        return bells.mean(-1) / (2 * math.pi * self.deviation**2)

    def coverage(self, samples: Tensor) -> tuple[int, float]:
        """How many modes samples (N, 2) cover, and the share of samples that lie in one.

        A sample lies in the nearest mode if it is no further off than three deviations; a mode is covered if it has at
        least a fifth of the samples that it should have.
        """
        distance, nearest = torch.cdist(samples, self.centres).min(1)
        near = distance <= 3 * self.deviation
        counts = torch.bincount(nearest[near], minlength=len(self.centres))
        return int((counts >= 0.2 * len(samples) / len(self.centres)).sum()), float(near.float().mean())


def ring(modes: int = 8, radius: float = 2.0, deviation: float = 0.15) -> Mixture:
    """Gaussians on a circle around the origin."""
    angles = 2 * math.pi * torch.arange(modes) / modes
    return Mixture(radius * torch.stack([angles.cos(), angles.sin()], 1), deviation)


def square_grid(side: int = 5, spacing: float = 1.0, deviation: float = 0.1) -> Mixture:
    """side x side Gaussians on a grid around the origin."""
    places = spacing * (torch.arange(side) - (side - 1) / 2)
    return Mixture(torch.cartesian_prod(places, places), deviation)


MIXTURES = {"ring of 8": ring, "grid of 25": square_grid}


def mixture(name: str) -> Mixture:
    """The mixture called `name`, a key of `MIXTURES`.

    Raises:
        InputError: there is none.
    """
    if name not in MIXTURES:
        raise InputError(f"There is no mixture {name!r}; there are {', '.join(MIXTURES)}.")
    return MIXTURES[name]()


def plane() -> Tensor:
    """The points at which D is drawn, (GRID * GRID, 2): row by row from below, x running fastest."""
    line = torch.linspace(-EXTENT, EXTENT, GRID)
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x, y], -1).view(-1, 2)


def best_discriminator(truth: Mixture, samples: Tensor, smoothing: float = 0.1) -> Tensor:
    """D*(x) = q(x) / (q(x) + p_g(x)) on the plane, (GRID, GRID), p_g being estimated from samples (N, 2).

    Both densities are smoothed alike, with a Gaussian of deviation `smoothing`; where neither has any, it is 1/2.
    """
    deviation = (truth.deviation**2 + smoothing**2) ** 0.5
    q = Mixture(truth.centres, deviation).density(plane())
    p = Mixture(samples, smoothing).density(plane())
    return ((q + 1e-6) / (q + p + 2e-6)).view(GRID, GRID)
