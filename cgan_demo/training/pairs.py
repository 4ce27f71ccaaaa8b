"""What recipes and systems that learn from pairs of pictures share: the stream, and the grid of samples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from ..data.paired import Jitter, PairedDataset, cached_pairs
from ..errors import InputError
from ..features import EfficientNetLite
from .report import interleave
from .system import System
from .task import Recipe

PREVIEWS = 8


class PairedRecipe(Recipe):
    """Base of recipes that learn from pairs: their values say the same in all; for the last five see `Jitter`."""

    reverse: bool
    load_size: int
    crop: int
    scale: tuple[float, float]
    flips: bool
    rotations: bool
    shrink: float = 1.0

    def check(self) -> None:
        """Refuse crops that the pictures are too small for.

        Raises:
            InputError: they are.
        """
        if self.load_size * self.scale[0] < self.crop - 1:
            least = -(-(self.crop - 1) // self.scale[0])
            raise InputError(
                f"Crops of {self.crop} px do not fit pictures of {self.load_size} px: give a load size from {least:g}."
            )

    def prepare(
        self, data: Path, seed: int, cache: Path, features: EfficientNetLite | None = None
    ) -> tuple[System, Dataset]:
        """See `Recipe.prepare`. features: see `system`."""
        stream = self.stream(data, seed, cache)
        return self.system(examples_of(stream), features), stream

    def system(self, examples: dict[str, Tensor], features: EfficientNetLite | None = None) -> System:
        """A new system.

        Args:
            examples: pairs {"input", "target"} (N, 3, H, W) for the sample grids.
            features: frozen ones, of a recipe that looks through such; EfficientNet-lite0 by default.
        """
        raise NotImplementedError

    def stream(self, data: Path, seed: int, cache: Path) -> PairedDataset:
        """The endless training stream of a folder."""
        pairs = cached_pairs(data, self.load_size, cache, "train")
        jitter = Jitter(self.crop, self.scale, self.flips, self.rotations, self.shrink)
        return PairedDataset(pairs, jitter, self.reverse, seed, self.augment_input())

    def augment_input(self) -> Callable[[Tensor, np.random.Generator], Tensor] | None:
        """What is done to the input alone; see `PairedDataset`."""
        return None


def examples_of(stream: PairedDataset) -> dict[str, Tensor]:
    """A few fixed training pairs for the sample grids, from the far end of the stream and unaugmented."""
    plain = PairedDataset(stream.pairs, stream.jitter, stream.reverse, seed=1)
    items = [plain[i] for i in range(min(PREVIEWS, len(plain)))]
    return {k: torch.stack([item[k] for item in items]) for k in ("input", "target")}


class Translation(System):
    """A system that translates pictures; in its grid input | output | truth.

    examples: fixed pairs {"input", "target"} (N, 3, H, W).
    """

    examples: dict[str, Tensor]

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        source = self.examples["input"].to(self.accelerator.device)
        output = generator(source, generator=torch.Generator(source.device).manual_seed(0))
        return interleave(source.cpu(), output.float().cpu(), self.examples["target"]), 6
