"""From a picture to the latent whose picture is nearest: a reading by the inverter, then steps of an optimiser."""

from __future__ import annotations

from collections.abc import Callable

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from ..images import to_pil
from ..objectives import feature_distance
from .networks import Inverter
from .results import Projection

OnProgress = Callable[[int, int], None]
RATE = 0.06  # length of an optimiser's step in each number of z, at first
NEAR_DRAWS = 0.02  # weight of staying where draws lie: far out there are pictures, too, but no way leads on from them


def refined(
    generator: nn.Module, inverter: Inverter, target: Tensor, steps: int, on_progress: OnProgress | None = None
) -> Projection:
    """Read target (1, 3, S, S) in [-1, 1] and refine the reading; of all steps the nearest picture is kept."""
    with torch.no_grad():
        maps = inverter.maps(target)
        z = inverter.read(maps).float()
    best, first = z.clone(), z.clone()
    nearest = float("inf")
    with torch.enable_grad():
        z.requires_grad_()
        optimizer = torch.optim.Adam([z], RATE, (0.9, 0.99))
        for step in range(steps):
            optimizer.param_groups[0]["lr"] = RATE * (1 - step / steps)
            picture = generator(z)
            distance = F.l1_loss(picture, target) + _coarse(picture, target)
            distance = distance + 0.5 * feature_distance(inverter.maps(picture)[:3], maps[:3])
            loss = distance + NEAR_DRAWS * (z.square().mean() - 1).clamp_min(0)
            if (now := float(loss.detach())) < nearest:
                nearest, best = now, z.detach().clone()
            (z.grad,) = torch.autograd.grad(loss, z)
            optimizer.step()
            if on_progress is not None:
                on_progress(step + 1, steps)
    with torch.no_grad():
        pictures = [generator(x).float() for x in (best, first)]
    errors = [float((p - target).square().mean().sqrt()) * 127.5 for p in pictures]
    return Projection(best[0].cpu(), to_pil(pictures[0]), errors[0], to_pil(target), to_pil(pictures[1]), errors[1])


def _coarse(picture: Tensor, target: Tensor) -> Tensor:
    """L1 of what remains when both are an eighth as large: tones and places, whatever the texture."""
    return F.l1_loss(F.avg_pool2d(picture, 8), F.avg_pool2d(target, 8))


def middle_square(picture: Image.Image) -> Image.Image:
    """The square in the middle of a picture."""
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((left, top, left + side, top + side))
