"""Ways through a latent space: pure functions on z.

A latent is a tensor (Z,), several are (N, Z). Shares run from 0 to 1 and are numbers or tensors (M,).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Way = Callable[[Tensor, Tensor, "Tensor | float"], Tensor]


def draw(seed: int, latent: int, prior: str = "normal") -> Tensor:
    """The latent (Z,) of a seed, from N(0, 1), or "uniform" on [-1, 1]. The same on every device."""
    generator = torch.Generator().manual_seed(seed)
    if prior == "uniform":
        return 2 * torch.rand(latent, generator=generator) - 1
    return torch.randn(latent, generator=generator)


def linear(a: Tensor, b: Tensor, share: Tensor | float) -> Tensor:
    """On the straight line from a (Z,) to b (Z,). A number as share -> (Z,), shares (M,) -> (M, Z)."""
    t = torch.as_tensor(share, dtype=a.dtype, device=a.device)[..., None]
    return a + t * (b - a)


def spherical(a: Tensor, b: Tensor, share: Tensor | float) -> Tensor:
    """On the arc from a to b, on which length goes over evenly, too; shapes as for `linear`.

    In many dimensions normal noise lies near a sphere and the middle of a straight line far inside of it (White,
    *Sampling Generative Networks*, 2016). Where the arc is not defined, ends of nearly one or opposite directions or of
    no length, it is the line.
    """
    t = torch.as_tensor(share, dtype=a.dtype, device=a.device)[..., None]
    lengths = a.norm(), b.norm()
    if min(float(length) for length in lengths) < 1e-8:
        return linear(a, b, share)
    unit_a, unit_b = a / lengths[0], b / lengths[1]
    cosine = float((unit_a * unit_b).sum().clamp(-1, 1))
    if abs(cosine) > 1 - 1e-6:
        return linear(a, b, share)
    angle = torch.arccos(torch.tensor(cosine, dtype=a.dtype, device=a.device))
    arc = (torch.sin((1 - t) * angle) * unit_a + torch.sin(t * angle) * unit_b) / torch.sin(angle)
    return arc * (lengths[0] + t * (lengths[1] - lengths[0]))


def path(points: Sequence[Tensor], steps: int, loop: bool = False, way: Way = spherical) -> Tensor:
    """Through several latents, `steps` from each to the next, ((K - 1) * steps + 1, Z); of one point, itself.

    loop: back to the first, without saying it twice: (K * steps, Z), so that an animation goes round.
    """
    ends = [*points, points[0]] if loop and len(points) > 1 else list(points)
    shares = torch.arange(steps, device=ends[0].device) / steps
    parts = [way(a, b, shares) for a, b in zip(ends, ends[1:], strict=False)]
    return torch.cat(parts if loop and parts else [*parts, ends[-1][None]])


def bilinear(corners: Sequence[Tensor] | Tensor, x: float, y: float, way: Way = spherical) -> Tensor:
    """A place on a pad whose corners are four latents: upper left, upper right, lower left, lower right. (Z,)

    x: 0 left to 1 right. y: 0 above to 1 below. way: along the upper and the lower side, and between them.
    """
    upper_left, upper_right, lower_left, lower_right = corners
    return way(way(upper_left, upper_right, x), way(lower_left, lower_right, x), y)


def truncate(z: Tensor, truncation: float = 1.0) -> Tensor:
    """Nearer to the middle, where pictures are more alike and better: z times `truncation`. (..., Z)"""
    return z * truncation


def arithmetic(a: Tensor, b: Tensor, c: Tensor, length: float | None = None) -> Tensor:
    """mean(a) - mean(b) + mean(c) of latents (N, Z) each: (Z,). DCGAN, section 6.3.2 and figure 7.

    length: scale the answer to it where it is longer: the sum of three means lies further out than draws do.
    """
    answer = a.mean(0) - b.mean(0) + c.mean(0)
    if length is None:
        return answer
    return answer * min(1.0, length / max(float(answer.norm()), 1e-8))


def move(z: Tensor, vectors: Tensor, amounts: Tensor) -> Tensor:
    """z (..., Z) moved along vectors (K, Z) by amounts (K,)."""
    return z + amounts @ vectors
