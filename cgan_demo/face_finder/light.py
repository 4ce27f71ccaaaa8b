"""The face finder: a tiny network that marks the point between two eyes and says how they lie around it.

In the manner of CenterNet (Zhou, Wang, Krähenbühl, *Objects as Points*, 2019); it learns on the pictures of
`composed.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F

from ..data.faces import load_faces
from ..errors import DataError
from ..layers import ResidualBlock, merge_upsampled, silu
from ..training.runs import first_of
from ..training.system import System
from ..training.task import Recipe
from .composed import CELL, ComposedFaces, load_scenes

WAY_WEIGHT = 2.0  # of the ways' loss beside the heat map's


@dataclass(frozen=True)
class FinderRecipe(Recipe):
    """How the face finder learns, see `composed.py`.

    side: of the composed pictures in px. load_size: of the faces put into them.
    distance: smallest and largest distance of the eyes, as a share of the side; drawn evenly in its logarithm.
    turn: standard deviation of a face's tilt in degrees.
    most: faces in a picture, 0 to this many.
    """

    widths: tuple[int, ...] = (32, 48, 80, 112)
    side: int = 128
    load_size: int = 128
    distance: tuple[float, float] = (0.05, 0.5)
    turn: float = 15.0
    most: int = 2
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.99)
    batch: int = 16
    ema_half_life: float = 4000.0
    precision: str = "auto"

    def network(self) -> FaceFinder:
        return FaceFinder(self.widths)

    def prepare(
        self, data: Path, seed: int, cache: Path, *, scenes: Path | None = None
    ) -> tuple[System, torch.utils.data.Dataset]:
        """See `Recipe.prepare`.

        scenes: photographs without faces that faces are put into, a folder or an archive.
        """
        if scenes is None:
            raise DataError("The face finder learns on faces put into photographs: give their folder with --scenes.")
        training, _ = load_faces(data, self.load_size, cache)
        stream = ComposedFaces(training, load_scenes(scenes, 2 * self.side, cache)[0], self, seed)
        return FinderTraining(self, first_of(stream)), stream


class FaceFinder(nn.Module, PyTorchModelHubMixin):
    """A small U-Net on a quarter of the resolution: a heat map of the points between two eyes, and around each where
    exactly it is and the way from it to the right eye.

    Shape: (N, 3, H, W) in [-1, 1], sides multiples of 32 -> (N, 5, H / 4, W / 4): logit of a face; the way from the
        point between its eyes to its right eye, x and y; and the way from the cell's centre to that point; in cells.
    """

    def __init__(self, widths: Sequence[int] = (32, 48, 80, 112)):
        super().__init__()
        widths = list(widths)
        steps = list(zip(widths, widths[1:], strict=False))
        self.stride = CELL * 2 ** (len(widths) - 1)
        self.stem = nn.Conv2d(3 * CELL**2, widths[0], 3, padding=1)
        self.encoder = nn.ModuleList(ResidualBlock(w) for w in widths)
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 2, 2) for a, b in steps)
        self.merge = nn.ModuleList(nn.Conv2d(a + b, a, 1) for a, b in steps)
        self.decoder = nn.ModuleList(ResidualBlock(w) for w in widths[:-1])
        self.head = nn.Conv2d(widths[0], 5, 3, padding=1)
        nn.init.constant_(self.head.bias[:1], -4.0)  # type: ignore[index]  # most places are no face

    def forward(self, x: Tensor) -> Tensor:
        h = self.stem(F.pixel_unshuffle(x, CELL))
        skips = []
        for i, block in enumerate(self.encoder):
            h = block(h)
            if i < len(self.shrink):
                skips.append(h)
                h = self.shrink[i](h)
        for i in reversed(range(len(self.merge))):
            h = self.decoder[i](merge_upsampled(self.merge[i], h, skips.pop()))  # type: ignore[arg-type]
        return self.head(silu(h))


class FinderTraining(System):
    """Cross-entropy of the heat map, near places weighing less than far ones, and L1 of the way where there is a face.

    The weights of the heat map's places are those of Law and Deng, *CornerNet*, ECCV 2018, equation 1.
    """

    decay, floor = 0.3, 0.02

    def __init__(self, recipe: FinderRecipe, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        network = recipe.network()
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.networks = {"generator": network}
        self.optimizers = {"generator": torch.optim.AdamW(network.parameters(), recipe.lr, recipe.betas)}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        with self.accelerator.autocast():
            maps = self.networks["generator"](batch["picture"]).float()
        heat, way = batch["heat"], batch["way"]
        losses = {"heat": heat_loss(maps[:, :1], heat), "way": way_loss(maps[:, 1:], way, heat)}
        self.update("generator", losses["heat"] + WAY_WEIGHT * losses["way"])
        return losses

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """Pictures with their heat map in red."""
        picture = self.examples["picture"].to(self.accelerator.device)
        heat = F.interpolate(generator(picture)[:, :1].float().sigmoid(), picture.shape[2:], mode="nearest")
        red = torch.tensor([1.0, -1.0, -1.0], device=picture.device).view(1, 3, 1, 1)
        return torch.lerp(picture, red.expand_as(picture), 0.7 * heat).cpu(), 4


def heat_loss(logits: Tensor, heat: Tensor) -> Tensor:
    """Focal cross-entropy of a heat map, per face. Shapes (N, 1, h, w)."""
    probability = logits.sigmoid()
    face = (heat > 0.85).float()  # the cell of a face, or the two that share it
    hit = face * (1 - probability) ** 2 * F.logsigmoid(logits)
    miss = (1 - face) * (1 - heat) ** 4 * probability**2 * F.logsigmoid(-logits)
    return -(hit + miss).sum() / face.sum().clamp_min(1)


def way_loss(found: Tensor, way: Tensor, heat: Tensor) -> Tensor:
    """L1 of the ways as a share of half the eyes' distance, weighted by heat. Shapes (N, 4, h, w), (N, 1, h, w).

    Of small faces, which the second look will see larger, as a share of 3 cells.
    """
    weight = heat * (heat > 0.3)
    length = way[:, :2].norm(dim=1, keepdim=True).clamp_min(3.0)
    return (weight * (found - way).abs() / length).sum() / weight.sum().clamp_min(1)
