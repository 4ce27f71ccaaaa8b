"""What the recipes of this room share: two generators that are averaged together, and crops of two piles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..data.paired import Jitter
from ..errors import InputError
from ..training.report import interleave
from ..training.runs import averaged
from ..training.task import Recipe
from .dataset import UnpairedDataset, cached_piles

WAYS = ("there", "back")  # from the first pile to the second, and from the second to the first
JUDGES = {"there": "discriminator", "back": "discriminator_back"}  # of what comes out at the end of a way


@dataclass(frozen=True)
class UnpairedRecipe(Recipe):
    """What all recipes of this room say of the pictures; each has values of its own.

    reverse: the second pile is the one that the exported network translates.
    load_size, crop, scale: side in px of the cached pictures, of the training crops, and range of zoom.
    """

    reverse: bool = False
    load_size: int = 256
    crop: int = 128
    scale: tuple[float, float] = (0.5, 1.0)
    flips: bool = True

    def check(self) -> None:
        if self.load_size * self.scale[0] < self.crop - 1:
            raise InputError(f"Crops of {self.crop} px do not fit pictures of {self.load_size} px: lower the crop.")

    def stream(self, data: Path, seed: int, cache: Path) -> UnpairedDataset:
        """Crops of the training piles.

        Raises:
            DataError: see `cached_piles`.
        """
        a, b = cached_piles(data, self.load_size, cache, "train", self.reverse)
        return UnpairedDataset(a, b, Jitter(self.crop, self.scale, self.flips), seed)

    def averaged(self, run_dir: Path, *, back: bool = False) -> nn.Module:
        """The averaged generator of a run's own direction.

        back: that of the other direction.
        """
        generators: Any = averaged(run_dir, self.network())
        return generators.back if back else generators.there


class TwoWays(nn.Module):
    """G and F: `there` translates pictures of the first pile, `back` those of the second."""

    def __init__(self, there: nn.Module, back: nn.Module):
        super().__init__()
        self.there, self.back = there, back

    def paint(self, way: str, source: Tensor, features: list[Tensor]) -> tuple[Tensor, Tensor]:
        """What a light generator paints and where; a method, so that several processes train through their wrapper."""
        return getattr(self, way).paint(source, features)


@torch.inference_mode()
def cycles(generators: Any, examples: dict[str, Tensor], device: torch.device) -> tuple[Tensor, int]:
    """Rows of: a picture of the first pile, there, there and back; one of the second, back, back and there."""
    columns = []
    for name, ways in (("a", WAYS), ("b", WAYS[::-1])):
        x = examples[name].to(device)
        columns.append(x)
        for way in ways:
            x = getattr(generators, way)(x)
            columns.append(x)
    return interleave(*(x.float().cpu() for x in columns)), 6
