"""Trains the face finder on faces put into photographs, see `composed.py`."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..caae.recipes import FinderRecipe
from ..training.loop import System
from .networks import FaceFinder

WAY_WEIGHT = 2.0  # of the ways' loss beside the heat map's


class FinderTraining(System):
    """Cross-entropy of the heat map, near places weighing less than far ones, and L1 of the way where there is a face.

    The weights of the heat map's places are those of Law and Deng, *CornerNet*, ECCV 2018, equation 1.
    """

    decay, floor = 0.3, 0.02

    def __init__(self, recipe: FinderRecipe, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        network = FaceFinder(recipe.widths)
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
