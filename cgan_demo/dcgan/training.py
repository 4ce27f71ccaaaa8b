"""The training steps of generators: the paper's with each objective, and the bundled one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from ..augment import random_color, random_translation
from ..features import EfficientNetLite
from ..layers import freeze_batch_norms
from ..objectives import ADVERSARIAL, Adversarial, Hinge, Wasserstein, WassersteinGP, variety
from ..projected import ProjectedDiscriminator, enlarged
from ..training.loop import System, adam
from .latent import draw
from .networks import DCGANDiscriminator, DCGANGenerator, LightGenerator
from .recipes import DCGANRecipe, ProjectedRecipe

SHOWN, COLUMNS = 48, 8  # samples of the grid


def noise(count: int, generator: nn.Module, device: torch.device) -> Tensor:
    """Fresh latents (count, Z) from the generator's prior, by torch's own random state."""
    latent = int(generator.latent)  # type: ignore[arg-type]
    if generator.prior == "uniform":
        return 2 * torch.rand(count, latent, device=device) - 1
    return torch.randn(count, latent, device=device)


class _Sampling(System):
    """What generators share: a grid of the same seeds, from their own latents."""

    def noise(self, count: int) -> Tensor:
        return noise(count, self.plain("generator"), self.accelerator.device)

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        z = torch.stack([draw(i, int(generator.latent), str(generator.prior)) for i in range(SHOWN)])  # type: ignore[arg-type]
        return generator(z.to(self.accelerator.device)).float().cpu(), COLUMNS


class DCGANTraining(_Sampling):
    """The paper's recipe with any of the six objectives, see `DCGANRecipe`."""

    decay = 1e-9  # constant, as in the paper

    def __init__(self, recipe: DCGANRecipe):
        self.recipe, self.game = recipe, game_of(recipe)
        self.networks = {
            "generator": DCGANGenerator(recipe.load_size, recipe.latent, recipe.width, recipe.prior),
            "critic": DCGANDiscriminator(recipe.load_size, recipe.judge_width, recipe.norm),
        }
        self.optimizers = {name: _optimizer(net, recipe) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        parts = batch["image"].chunk(self.recipe.critic_steps)
        for real in parts[:-1]:  # of several steps of D, the last one's fakes are also G's, as where there is one
            with torch.no_grad():
                fake = self._made(len(real))
            self._judge(real, fake)
        made = self._made(len(parts[-1]))
        losses = self._judge(parts[-1], made.detach())
        with self.accelerator.autocast():
            judged = self.plain("critic").requires_grad_(False)(made)
        losses["g"] = self.game.generator(judged.float())
        self.update("generator", losses["g"])
        return losses

    def _made(self, count: int) -> Tensor:
        with self.accelerator.autocast():
            return self.networks["generator"](self.noise(count)).float()

    def _judge(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """One step of D; its losses, and its mean outputs."""
        critic = self.networks["critic"].requires_grad_(True)
        with self.accelerator.autocast():
            logits = critic(real).float(), critic(fake).float()
        losses = {"d": self.game.discriminator(*logits)}
        total = losses["d"]
        if isinstance(self.game, WassersteinGP):
            losses["penalty"] = self.game.penalty(critic, real, fake)
            total = total + losses["penalty"]
        self.update("critic", total)
        if isinstance(self.game, Wasserstein):
            self.game.constrain(critic)
        return losses | {"d real": logits[0].mean(), "d fake": logits[1].mean()}


def game_of(recipe: DCGANRecipe) -> Adversarial:
    """The objective of a recipe, with its settings."""
    if recipe.objective == "wgan":
        return Wasserstein(recipe.clip)
    return WassersteinGP(recipe.penalty) if recipe.objective == "wgan-gp" else ADVERSARIAL[recipe.objective]()


def _optimizer(net: nn.Module, recipe: DCGANRecipe) -> Optimizer:
    if recipe.optimizer == "rmsprop":
        return torch.optim.RMSprop(net.parameters(), recipe.lr)
    return adam(net, recipe.lr, recipe.betas)


def light_generator(recipe: ProjectedRecipe) -> LightGenerator:
    """A fresh generator of the recipe."""
    return LightGenerator(recipe.load_size, recipe.latent, recipe.widths, recipe.fine, smooth=recipe.smooth)


class ProjectedTraining(_Sampling):
    """The bundled recipe, see `ProjectedRecipe`. What is generated serves D's step and G's.

    Args:
        features: a frozen network giving a list of feature maps for (N, 3, H, W) in [-1, 1].
    """

    decay, floor = 1 / 3, 0.01

    def __init__(self, recipe: ProjectedRecipe, features: EfficientNetLite):
        self.recipe, self.features = recipe, features
        self.frozen = (features,)
        self.game = Hinge()
        self.networks = {
            "generator": light_generator(recipe),
            "critic": ProjectedDiscriminator(features.channels),
        }
        for net in (*self.networks.values(), features):
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        rates = {"generator": recipe.lr, "critic": recipe.judge_lr}
        self.optimizers = {name: adam(net, rates[name], recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        real = batch["image"].contiguous(memory_format=torch.channels_last)
        if progress > self.recipe.freeze_norms_after:
            freeze_batch_norms(self.networks["generator"])
        with self.accelerator.autocast():
            made = self.networks["generator"](self.noise(len(real))).float()
        views = self._views(torch.cat([real, made]))
        with self.accelerator.autocast():
            with torch.no_grad():
                truth = self.features(views[: len(real)])
            found = self.features(views[len(real) :])
        losses = self._judge(truth, [f.detach() for f in found])
        losses["g"] = self._judged(found)
        losses["variety"] = variety([f.float() for f in found], [f.float() for f in truth]).mean()
        lacking = F.relu(self.recipe.variety - losses["variety"])
        self.update("generator", losses["g"] + self.recipe.variety_weight * lacking)
        return losses

    def _views(self, pictures: Tensor) -> Tensor:
        """What D is shown of pictures: recoloured, shifted, enlarged."""
        return enlarged(random_translation(random_color(pictures, self.recipe.color), self.recipe.shift))

    def _judge(self, truth: Sequence[Tensor], found: Sequence[Tensor]) -> dict[str, Tensor]:
        """One step of D; its losses."""
        self.plain("critic").heads.requires_grad_(True)  # type: ignore[operator, union-attr]
        both = [torch.cat(pair) for pair in zip(truth, found, strict=True)]
        with self.accelerator.autocast():
            logits = [x.float().chunk(2) for x in self.networks["critic"](both)]
        losses = {"d": torch.stack([self.game.discriminator(*pair) for pair in logits]).mean()}
        self.update("critic", losses["d"])
        means = (torch.stack([pair[k].mean() for pair in logits]).mean() for k in (0, 1))
        return losses | dict(zip(("d real", "d fake"), means, strict=True))

    def _judged(self, found: Sequence[Tensor]) -> Tensor:
        critic = self.plain("critic")
        critic.heads.requires_grad_(False)  # type: ignore[operator, union-attr]
        with self.accelerator.autocast():
            logits = critic(found)
        return torch.stack([self.game.generator(x.float()) for x in logits]).mean()
