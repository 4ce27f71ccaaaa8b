"""E, which reads the latent off a picture: learned on generated pictures, whose latent is known, then on real ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from ..checks import one_of
from ..errors import DataError
from ..features import EfficientNetLite, efficientnet_lite
from ..layers import freeze_batch_norms
from ..objectives import feature_distance
from ..projected import enlarged
from ..training.report import interleave
from ..training.runs import averaged, first_of, grow_from
from ..training.system import System, adam
from ..training.task import Recipe
from .dataset import PictureStream, load_pictures
from .model import LatentModel, latent_model, with_inverter
from .sampling import SIZES, levels_of, noise


@dataclass(frozen=True)
class InverterRecipe(Recipe):
    """E for a trained generator, which stays as it is.

    On generated pictures, loss = latent_weight * L2 between E(G(z)) and z; on as many real ones, which come in between
    the shares `ramp` of the training, loss = picture_weight * L1 + feature_weight * frozen-feature distance between
    G(E(x)) and x, + prior_weight * (E(x)'s mean square - 1)**2, which keeps readings where draws lie.

    load_size: px at which E looks at pictures; they are compared at the generator's own size.
    """

    width: int = 32
    widest: int = 160
    latent_weight: float = 1.0
    picture_weight: float = 1.0
    feature_weight: float = 1.0
    prior_weight: float = 0.1
    ramp: tuple[float, float] = (0.3, 0.6)
    lr: float = 5e-4
    betas: tuple[float, float] = (0.9, 0.99)
    batch: int = 64
    load_size: int = 64
    ema_half_life: float = 10000.0
    freeze_norms_after: float = 0.9
    precision: str = "auto"

    def check(self) -> None:
        one_of("load size", self.load_size, SIZES)

    def fitting(self, model: LatentModel) -> Inverter:
        """An untrained inverter for a model's generator."""
        return Inverter(self.load_size, model.latent, self.width, self.widest)

    def prepare(
        self, data: Path, seed: int, cache: Path, features: EfficientNetLite | None = None, *, base: Path | None = None
    ) -> tuple[System, Dataset]:
        """See `Recipe.prepare`.

        base: weights folder of the model that it is for.
        """
        model = _loaded(base)
        training, validation = load_pictures(data, model.size, cache)  # as large as its copies will be
        examples = first_of(PictureStream(validation, seed + 1))["image"]
        system = InverterTraining(self, model, features or efficientnet_lite("lite0"), examples)
        return system, PictureStream(training, seed)

    def averaged(self, run_dir: Path, *, base: Path | None = None) -> LatentModel:
        """The model in `base` with the averaged inverter; see `Recipe.averaged`."""
        model = _loaded(base)
        return with_inverter(model, averaged(run_dir, self.fitting(model)))

    def warm_start(self, system: System, folder: Path) -> None:
        grow_from(system.networks["generator"], latent_model(folder).inverter, folder)


def _loaded(base: Path | None) -> LatentModel:
    if base is None:
        raise DataError("Say with --base where the weights folder is that the generator was exported to.")
    return latent_model(base)


class Inverter(nn.Module, PyTorchModelHubMixin):
    """E: reads off a picture the latent that the generator would make it of.

    Its maps also say how alike two pictures are, which the optimiser that refines a reading goes by.

    Args:
        size: side in px at which pictures are looked at; others are resized.
        latent: numbers of z. width: channels of the first convolution, doubled per level up to `widest`.

    Shape: `maps` (N, 3, S, S) -> maps (N, widths[i], size / 2**(i + 1), ...); `forward` that -> (N, latent).
    """

    def __init__(self, size: int = 64, latent: int = 128, width: int = 32, widest: int = 160):
        super().__init__()
        self.size = size
        widths = [min(width * 2**i, widest) for i in range(levels_of(size))]
        self.down = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in zip([3, *widths], widths, strict=False))
        self.norms = nn.ModuleList(nn.BatchNorm2d(w, momentum=0.05) for w in widths)
        self.out = nn.Linear(widths[-1] * 16, latent)

    def maps(self, picture: Tensor) -> list[Tensor]:
        h = resized(picture, self.size)
        found = []
        for conv, norm in zip(self.down, self.norms, strict=True):
            h = F.leaky_relu(norm(conv(h)), 0.2)
            found.append(h)
        return found

    def read(self, maps: Sequence[Tensor]) -> Tensor:
        return self.out(maps[-1].flatten(1))

    def forward(self, picture: Tensor) -> Tensor:
        return self.read(self.maps(picture))


def resized(picture: Tensor, size: int) -> Tensor:
    """(N, 3, S, S) -> (N, 3, size, size), smoothed where it gets smaller."""
    if picture.shape[-1] == size:
        return picture
    return F.interpolate(picture, (size, size), mode="bilinear", antialias=True, align_corners=False)


class InverterTraining(System):
    """See `InverterRecipe`.

    Args:
        model: the model whose generator is inverted; it stays as it is.
        features: a frozen network giving a list of feature maps for (N, 3, H, W) in [-1, 1].
        examples: real pictures (M, 3, S, S) for the sample grids.
    """

    decay, floor = 0.5, 0.01

    def __init__(self, recipe: InverterRecipe, model: LatentModel, features: EfficientNetLite, examples: Tensor):
        self.recipe, self.features, self.examples = recipe, features, examples
        self.made_by = model.generator.eval().requires_grad_(False)
        self.frozen = (features, self.made_by)
        self.networks = {"generator": recipe.fitting(model)}  # the network that is trained, averaged and served
        for net in (*self.networks.values(), features, self.made_by):
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizers = {name: adam(net, recipe.lr, recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, real = self.recipe, batch["image"]
        if progress > r.freeze_norms_after:
            freeze_batch_norms(self.networks["generator"])
        weight = min(1.0, max(0.0, (progress - r.ramp[0]) / max(1e-9, r.ramp[1] - r.ramp[0])))
        z = noise(len(real), self.made_by, real.device)
        with torch.no_grad(), self.accelerator.autocast():
            made = self.made_by(z).float()
        with self.accelerator.autocast():  # one pass, so that the batch norms know both kinds of pictures
            read = self.networks["generator"](torch.cat([made, real])).float()
        losses = {"latent": F.mse_loss(read[: len(z)], z)}
        total = r.latent_weight * losses["latent"]
        if weight:
            losses |= self._copied(read[len(z) :], real)
            weights = {"picture": r.picture_weight, "feature": r.feature_weight, "prior": r.prior_weight}
            total = total + weight * torch.stack([w * losses[name] for name, w in weights.items()]).sum()
        self.update("generator", total)
        return losses

    def _copied(self, read: Tensor, real: Tensor) -> dict[str, Tensor]:
        """How far what is made of a reading is from the picture that was read."""
        with self.accelerator.autocast():
            copies = self.made_by(read).float()
            found = self.features(enlarged(copies))
            with torch.no_grad():
                truth = self.features(enlarged(real))
        return {
            "picture": F.l1_loss(copies, real),
            "feature": feature_distance([f.float() for f in found[:3]], [f.float() for f in truth[:3]]),
            "prior": (read.square().mean(1) - 1).square().mean(),
        }

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        real = self.examples.to(self.accelerator.device)
        z = noise(len(real), self.made_by, real.device)
        made = self.made_by(z)
        copies = [self.made_by(generator(x)).float().cpu() for x in (real, made)]
        return interleave(real.cpu(), copies[0], made.float().cpu(), copies[1]), 4
