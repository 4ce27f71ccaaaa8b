"""The training step of the inverter: first on generated pictures, whose latents are known, then on real ones too."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..features import EfficientNetLite
from ..layers import freeze_batch_norms
from ..objectives import feature_distance
from ..projected import enlarged
from ..training.loop import System, adam
from ..training.report import interleave
from .model import LatentModel
from .networks import Inverter
from .recipes import InverterRecipe
from .training import noise


class InverterTraining(System):
    """See `InverterRecipe`.

    Args:
        whole: the model whose generator is inverted; it stays as it is.
        features: a frozen network giving a list of feature maps for (N, 3, H, W) in [-1, 1].
        examples: real pictures (M, 3, S, S) for the sample grids.
    """

    decay, floor = 0.5, 0.01

    def __init__(self, recipe: InverterRecipe, whole: LatentModel, features: EfficientNetLite, examples: Tensor):
        self.recipe, self.features, self.examples = recipe, features, examples
        self.made_by = whole.generator.eval().requires_grad_(False)
        self.frozen = (features, self.made_by)
        self.networks = {"generator": inverter_of(recipe, whole)}  # the network that is trained, averaged and served
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


def inverter_of(recipe: InverterRecipe, whole: LatentModel) -> Inverter:
    """A fresh inverter that fits a generator."""
    return Inverter(recipe.load_size, whole.latent, recipe.width, recipe.widest)
