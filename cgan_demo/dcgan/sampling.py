"""What all generators of this room share: sizes, noise, sample grids, and the model that they end up in."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor, nn

from ..latent import draw
from ..training.runs import averaged, grow_from
from ..training.system import System
from ..training.task import Recipe
from .model import LatentModel, assembled, latent_model

SHOWN, COLUMNS = 48, 8  # samples of the grid
SIZES = (64, 128)


def levels_of(size: int) -> int:
    """How often 4 px is doubled to reach `size`."""
    if size not in SIZES:
        raise ValueError(f"size is 64 or 128, not {size}.")
    return round(math.log2(size / 4))


def noise(count: int, generator: nn.Module, device: torch.device) -> Tensor:
    """Fresh latents (count, Z) from the generator's prior, by torch's own random state."""
    latent = int(generator.latent)  # type: ignore[arg-type]
    if generator.prior == "uniform":
        return 2 * torch.rand(count, latent, device=device) - 1
    return torch.randn(count, latent, device=device)


class Sampling(System):
    """The training of a generator: its sample grids are of the same seeds, from its own prior."""

    def noise(self, count: int) -> Tensor:
        return noise(count, self.plain("generator"), self.accelerator.device)

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        z = torch.stack([draw(i, int(generator.latent), str(generator.prior)) for i in range(SHOWN)])  # type: ignore[arg-type]
        return generator(z.to(self.accelerator.device)).float().cpu(), COLUMNS


class GeneratorRecipe(Recipe):
    """Base of recipes whose network paints pictures of `load_size` px from latents."""

    load_size: int
    framing: str

    def averaged(self, run_dir: Path) -> LatentModel:
        """A model of the averaged generator alone; see `Recipe.averaged`."""
        return assembled(averaged(run_dir, self.network()), self.framing)

    def warm_start(self, system: System, folder: Path) -> None:
        """As `Recipe.warm_start`; a generator of 128 px takes over one of 64 px, and begins by enlarging that."""
        grow_from(system.networks["generator"], latent_model(folder).generator, folder)
