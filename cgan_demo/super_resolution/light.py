"""Plain super-resolution as the bundled weights have it: no references, no adversary, L1 alone.

Pictures are NCHW float tensors, RGB in [-1, 1].
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from ..training.system import System, adam
from .recipe import PatchRecipe, PatchTraining
from .resampling import bicubic
from .scaling import FACTOR


@dataclass(frozen=True)
class Sizes:
    """Sizes of the bundled networks, see `reference.ReferenceSR`."""

    width: int = 64
    blocks: int = 8
    description: int = 32
    fine: int = 56
    coarse: int = 96
    transfer_blocks: tuple[int, int] = (2, 4)


@dataclass(frozen=True)
class PlainRecipe(PatchRecipe):
    """Plain super-resolution by L1 alone."""

    sizes: Sizes = Sizes()
    side: int = 128
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.99)
    batch: int = 8
    ema_half_life: float = 1000.0
    precision: str = "no"

    def network(self) -> LightSRResNet:
        return LightSRResNet(self.sizes.width, self.sizes.blocks)

    def prepare(self, data: Path, seed: int, cache: Path) -> tuple[System, Dataset]:
        examples, stream = self.patches(data, seed, cache)
        return PlainTraining(self, examples), stream

    def parts(self, given: nn.Module) -> dict[str, nn.Module]:
        return {"": getattr(given, "plain", given)}


class _Distilled(nn.Module):
    """Three convolutions and a 1x1 one around which the input is added; no norms, which blur what they scale.

    A residual block of the family of Kong et al., *Residual Local Feature Network*, CVPRW 2022, without its attention.
    """

    def __init__(self, width: int):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(3))
        self.out = nn.Conv2d(width, width, 1)
        nn.init.zeros_(self.out.bias)  # type: ignore[arg-type]
        with torch.no_grad():
            self.out.weight.mul_(0.2)

    def forward(self, x: Tensor) -> Tensor:
        h = x
        for conv in self.convs:
            h = F.leaky_relu(conv(h), 0.05, inplace=not torch.is_grad_enabled())
        return x + self.out(h)


class LightSRResNet(nn.Module, PyTorchModelHubMixin):
    """The bundled plain model: all work at low resolution, one pixel-shuffle by 4, added to the bicubic enlargement.

    It starts as bicubic enlargement, and what it says is what that lacks.

    Shape: (N, 3, h, w) -> (N, 3, 4h, 4w). 1.0 M parameters.
    """

    def __init__(self, width: int = 64, blocks: int = 8):
        super().__init__()
        self.first = nn.Conv2d(3, width, 3, padding=1)
        self.blocks = nn.Sequential(*(_Distilled(width) for _ in range(blocks)))
        self.last = nn.Conv2d(width, width, 3, padding=1)
        self.grow = nn.Conv2d(width, 3 * FACTOR**2, 3, padding=1)
        for parameter in self.grow.parameters():
            nn.init.zeros_(parameter)

    def forward(self, low: Tensor) -> Tensor:
        h = self.first(low)
        h = h + self.last(self.blocks(h))
        return bicubic(low) + F.pixel_shuffle(self.grow(h), FACTOR)


class PlainTraining(PatchTraining):
    """L1 between what the network makes of a shrunk patch and the patch."""

    decay, floor = 0.8, 0.003

    def __init__(self, recipe: PlainRecipe, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        network = recipe.network()
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.networks = {"generator": network}
        self.optimizers = {"generator": adam(network, recipe.lr, recipe.betas)}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        low = batch["low"].contiguous(memory_format=torch.channels_last)
        with self.accelerator.autocast():
            made = self.networks["generator"](low).float()
        loss = F.l1_loss(made, batch["high"])
        self.update("generator", loss)
        return {"l1": loss, "mse": F.mse_loss(made.detach(), batch["high"])}
