"""How the describer of the bundled model is trained: at low resolution it learns what is alike at high resolution."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from ..training.report import interleave
from ..training.system import System, adam
from .dataset import ReferencePatches, Scenes
from .light import Sizes
from .reference import STEP, ReferenceRecipe, ReferenceSR, cut, described, look_up
from .resampling import bicubic, shrunk
from .scaling import FACTOR


@dataclass(frozen=True)
class DescriberRecipe(ReferenceRecipe):
    """The describer: at low resolution it learns to point at the patch that is most alike at high resolution.

    asked: places of each patch that are looked at, drawn at random.
    detail: weight of the detail, which low resolution does not show, beside the rest in what is alike.
    sure: temperature of the truth; the smaller, the fewer of the best patches count.
    """

    sizes: Sizes = Sizes()
    side: int = 160
    asked: int = 400
    detail: float = 2.0
    sure: float = 0.04
    temperature: float = 0.05
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.99)
    batch: int = 4
    ema_half_life: float = 1000.0
    precision: str = "no"

    def stream(self, scenes: Scenes, seed: int) -> Dataset:
        return ReferencePatches(scenes, self.side, seed)

    def prepare(self, data: Path, seed: int, cache: Path) -> tuple[System, Dataset]:
        examples, stream = self.patches(data, seed, cache)
        return DescriberTraining(self, examples), stream


class DescriberTraining(System):
    """The describer learns to point, at low resolution, at the patch that is most alike at high resolution.

    Cross-entropy between what it finds alike and what is, over all places of the reference; places with much detail
    count more. That it cannot see the detail is the point: it learns which surroundings foretell it.
    """

    decay, floor = 0.5, 0.01

    def __init__(self, recipe: DescriberRecipe, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        network = recipe.network().requires_grad_(False)
        network.describer.requires_grad_(True)
        self.networks = {"generator": network}
        self.optimizers = {"generator": adam(network, recipe.lr, recipe.betas)}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, low, high, reference = self.recipe, batch["low"], batch["high"], batch["reference"]
        cells = low.shape[2] * low.shape[3]
        chosen = torch.randperm(cells, device=low.device)[: r.asked]
        with torch.no_grad():
            truth, weight = self._alike(high, reference, chosen)
        looks, known = self._described(low), described(self._described, reference)
        asked = looks.flatten(2)[:, :, chosen].transpose(1, 2)  # (N, asked, channels)
        scores = asked @ known.flatten(2) / r.temperature  # (N, asked, 4 h w)
        loss = -(truth * scores.log_softmax(2)).sum(2)
        loss = (loss * weight).sum() / weight.sum()
        self.update("generator", loss)
        found = truth.gather(2, scores.argmax(2, keepdim=True))[:, :, 0] / truth.amax(2)
        return {"matching": loss, "as good as the best": (found * weight).sum() / weight.sum()}

    def _described(self, low: Tensor) -> Tensor:
        return self.call("generator", "describer", low)

    def _alike(self, high: Tensor, reference: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """How alike the chosen places are to all of the reference, in shares (N, asked, 4 h w); their detail."""
        columns, every = high.shape[3] // FACTOR, reference[0, 0, ::STEP, ::STEP].numel()
        finer = FACTOR // STEP
        asked, detail = self._vectors(high, finer * (finer * columns * (chosen // columns) + chosen % columns))
        known, _ = self._vectors(reference, torch.arange(every, device=chosen.device))
        return (asked @ known.transpose(1, 2) / self.recipe.sure).softmax(2), detail

    def _vectors(self, picture: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
        """Patches without their mean, and their detail, as vectors of length one, (N, P, 6 PATCH^2); size of detail."""
        n, detail = len(picture), picture - bicubic(shrunk(picture))
        owner = torch.arange(n, device=index.device).repeat_interleave(len(index))
        patches = cut(torch.cat([picture, self.recipe.detail * detail], 1), index.repeat(n), owner)
        coarse, fine = patches.unflatten(0, (n, -1)).flatten(3).split(3, 2)
        coarse = coarse - coarse.mean(3, keepdim=True)
        vectors = torch.cat([coarse, fine], 2).flatten(2)
        return F.normalize(vectors, dim=2, eps=0.1), fine.flatten(2).norm(dim=2)

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """Patches: low resolution | what the reference says | true | reference."""
        low, high, reference = (self.examples[k].to(self.accelerator.device) for k in ("low", "high", "reference"))
        moved = look_up(cast("ReferenceSR", generator).describer, low, reference)
        return interleave(bicubic(low).cpu(), moved.patches.cpu(), high.cpu(), reference.cpu()), 8
