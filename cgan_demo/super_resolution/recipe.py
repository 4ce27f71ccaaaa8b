"""What all recipes of super-resolution share: what they learn from, and what they can begin with."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from ..errors import DataError
from ..training.report import interleave
from ..training.runs import first_of
from ..training.system import System
from ..training.task import Recipe
from ..weights import load_network
from .dataset import Patches, Scenes, load_scenes
from .resampling import bicubic


class PatchRecipe(Recipe):
    """Learns from patches of photos.

    side: px of the patches at high resolution.
    """

    side: int

    def stream(self, scenes: Scenes, seed: int) -> Dataset:
        """What is trained on, without end: patches without references, where a recipe says nothing else."""
        return Patches(scenes.photos, scenes.single, self.side, seed)

    def patches(self, data: Path, seed: int, cache: Path) -> tuple[dict[str, Tensor], Dataset]:
        """A few fixed patches for the sample grids, and the training stream.

        Raises:
            DataError: see `dataset.load_scenes`.
        """
        scenes = load_scenes(data, cache)
        stream, other = (self.stream(scenes, s) for s in (seed, seed + 1))
        return first_of(other), stream

    def parts(self, given: nn.Module) -> dict[str, nn.Module]:
        """The parts of another network that this recipe's can begin with, by the name of its own; "" for all of it."""
        return dict(given.named_children())

    def warm_start(self, system: System, folder: Path) -> None:
        """Give a new system the parts of the network in `folder` that fit, and leave the others as they are.

        So a transfer network is trained beside a plain model and a describer that were trained before it, and SRNTT
        begins with the first half of an SRResNet. SRGAN begins with all of one.

        Raises:
            DataError: no part fits.
            WeightsNotFound, WeightsCorrupt: see `weights.load_network`.
        """
        network = system.networks["generator"]
        mine = {"": network, **dict(network.named_children())}
        taken = [name for name, part in self.parts(load_network(folder)).items() if _take(mine.get(name), part)]
        if not taken:
            raise DataError(f"{folder} holds another network than the recipe's; leave --warm-start out.")
        print(f"From {folder}: {', '.join(name or 'everything' for name in taken)}.")


class PatchTraining(System):
    """A generator of patches; those of `examples` are shown.

    examples: fixed patches {"low", "high"} for the sample grids.
    """

    examples: dict[str, Tensor]

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """Patches: bicubic | made | true."""
        low = self.examples["low"].to(self.accelerator.device)
        return interleave(bicubic(low).cpu(), generator(low).float().cpu(), self.examples["high"]), 6


def _take(part: nn.Module | None, given: nn.Module) -> bool:
    """Whether `part` could take over the weights of `given`."""
    mine, theirs = part.state_dict() if part is not None else {}, given.state_dict()
    if part is None or {k: v.shape for k, v in mine.items()} != {k: v.shape for k, v in theirs.items()}:
        return False
    part.load_state_dict(theirs)
    return True
