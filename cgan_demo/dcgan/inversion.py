"""From a picture to the latent whose picture is nearest: a reading by the inverter, then steps of an optimiser."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from ..images import to_pil
from .descent import descend
from .inverter import Inverter
from .results import Projection

OnProgress = Callable[[int, int], None]
LEAST = 0.03  # difference that counts in full; below it, less and less, so that there is a slope without a kink
COARSE, MAPS = 1.0, 0.5  # weights of tones and places, and of the inverter's maps, beside that of pixels
NEAR_DRAWS = 0.1  # weight of staying where draws lie: far out there are pictures, too, but no way leads on from them


def refined(
    generator: nn.Module, inverter: Inverter, target: Tensor, steps: int, on_progress: OnProgress | None = None
) -> Projection:
    """Read target (1, 3, S, S) in [-1, 1] and refine the reading in `steps`."""
    first, best = nearest(generator, inverter, target, steps, on_progress)
    with torch.no_grad():
        pictures = [generator(z).float() for z in (best, first)]
    errors = [float((p - target).square().mean().sqrt()) * 127.5 for p in pictures]
    return Projection(best[0].cpu(), to_pil(pictures[0]), errors[0], to_pil(target), to_pil(pictures[1]), errors[1])


def nearest(
    generator: nn.Module, inverter: Inverter, target: Tensor, steps: int, on_progress: OnProgress | None = None
) -> tuple[Tensor, Tensor]:
    """What the inverter reads off pictures (N, 3, S, S), and the nearest latents found from there; (N, Z) each.

    Each picture is a problem of its own: what else is in the batch changes nothing but rounding.
    """
    with torch.no_grad():
        maps = inverter.maps(target)
        z = first = inverter.read(maps).float()
    off = _Off(generator, inverter, target, maps[:3])
    for step, (place, _) in enumerate(descend(off, first, steps), 1):
        z = place
        if on_progress is not None:
            on_progress(step, steps)
    return first, z


class _Off:
    """How far the pictures of latents are from a target, (N, Z) -> (N,)."""

    def __init__(self, generator: nn.Module, inverter: Inverter, target: Tensor, maps: Sequence[Tensor]):
        self.generator, self.inverter, self.target, self.maps = generator, inverter, target, maps

    def __call__(self, z: Tensor) -> Tensor:
        picture = self.generator(z).float()
        off = _apart(picture, self.target) + COARSE * _apart(_small(picture), _small(self.target))
        found = self.inverter.maps(picture)
        for a, b in zip(found, self.maps, strict=False):  # each as a share of the target's, so that all count alike
            size = b.abs().mean((1, 2, 3), keepdim=True).clamp_min(1e-6)
            off = off + MAPS / len(self.maps) * _apart(a / size, b / size)
        return off + NEAR_DRAWS * (z.square().mean(1) - 1).clamp_min(0)


def _apart(a: Tensor, b: Tensor) -> Tensor:
    """Mean difference of pictures or maps, (N, ...) -> (N,)."""
    return (((a - b).square() + LEAST**2).sqrt() - LEAST).flatten(1).mean(1)


def _small(picture: Tensor) -> Tensor:
    """An eighth as large: tones and places, whatever the texture."""
    return F.avg_pool2d(picture, 8)


def middle_square(picture: Image.Image) -> Image.Image:
    """The square in the middle of a picture."""
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((left, top, left + side, top + side))
