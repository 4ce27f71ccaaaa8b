"""The training steps of the papers' own recipes: SRResNet, SRGAN and SRNTT."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from ..features import VGG19Features, vgg19
from ..objectives import NonSaturating, WassersteinGP, gram_matrix, total_variation
from ..training.loop import System, adam
from ..training.report import interleave
from .dataset import Patches, ReferencePatches, Scenes
from .networks import SRDiscriminator, SRResNet, bicubic
from .paper import SRNTT, TAPS, swap
from .paper_recipes import PaperRecipe, SRGANRecipe, SRNTTRecipe, SRResNetRecipe


def paper_network(recipe: PaperRecipe) -> SRResNet | SRNTT:
    """The generator of a recipe, untrained."""
    if isinstance(recipe, SRNTTRecipe):
        return SRNTT(recipe.width, recipe.blocks, recipe.merges)
    return SRResNet(recipe.width, recipe.blocks)


def paper_stream(recipe: PaperRecipe, scenes: Scenes, seed: int) -> Dataset:
    """What a recipe trains on, without end."""
    if isinstance(recipe, SRNTTRecipe):
        return ReferencePatches(scenes, recipe.side, seed, recipe.shares)
    return Patches(scenes.photos, scenes.single, recipe.side, seed)


def paper_system(recipe: PaperRecipe, examples: dict[str, Tensor], vgg: Path | None = None) -> System:
    """The system of a recipe.

    vgg: file of VGG-19; torchvision's by default, see `features.vgg19`, whose errors it raises.
    """
    if isinstance(recipe, SRNTTRecipe):
        return SRNTTTraining(recipe, vgg19((*TAPS, recipe.content), vgg), examples)
    if isinstance(recipe, SRGANRecipe):
        return SRGANTraining(recipe, vgg19((recipe.content,), vgg), examples)
    return SRResNetTraining(recipe, examples)


class _Paper(System):
    """What the recipes share: one learning rate from beginning to end."""

    def learning_rate(self, progress: float) -> float:
        return 1.0

    def judged(self, made: Tensor) -> Tensor:
        """The critic's logits for the generator to learn from; the critic itself learns nothing here."""
        return self.plain("critic").requires_grad_(False)(made)


class SRResNetTraining(_Paper):
    """Mean squared error between what the network makes of a shrunk patch and the patch (Ledig et al., equation 4).

    examples: fixed patches {"low", "high"} for the sample grids.
    """

    def __init__(self, recipe: SRResNetRecipe, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        self.networks: dict[str, nn.Module] = {"generator": paper_network(recipe)}
        self.optimizers = {"generator": adam(self.networks["generator"], recipe.lr, recipe.betas)}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        loss = F.mse_loss(self.networks["generator"](batch["low"]), batch["high"])
        self.update("generator", loss)
        return {"mse": loss}

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """Patches: bicubic | made | true."""
        low = self.examples["low"].to(self.accelerator.device)
        return interleave(bicubic(low).cpu(), generator(low).cpu(), self.examples["high"]), 6


class SRGANTraining(SRResNetTraining):
    """A generator against a discriminator, held to the content by features of VGG-19; see `SRGANRecipe`.

    The discriminator learns first, then the generator, a step each; the paper says no more than that they alternate.

    vgg: its only tap is the content's.
    """

    recipe: SRGANRecipe

    def __init__(self, recipe: SRGANRecipe, vgg: VGG19Features, examples: dict[str, Tensor]):
        super().__init__(recipe, examples)
        self.vgg, self.frozen, self.game = vgg, (vgg,), NonSaturating()
        self.networks["critic"] = SRDiscriminator(recipe.side, recipe.critic_width)
        self.optimizers["critic"] = adam(self.networks["critic"], recipe.lr, recipe.betas)

    def learning_rate(self, progress: float) -> float:
        """A tenth in the second half."""
        return 1.0 if progress < 0.5 else 0.1

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, high = self.recipe, batch["high"]
        made = self.networks["generator"](batch["low"])
        losses = {
            "d": self._play(high, made.detach()),
            "content": content_loss(self.vgg(made)[0], self.vgg(high)[0], r.feature_scale),
            "g": self.game.generator(self.judged(made)),
            "tv": total_variation(made),
            "mse": F.mse_loss(made.detach(), high),
        }
        weights = {"content": 1.0, "g": r.adversarial_weight, "tv": r.total_variation_weight}
        self.update("generator", torch.stack([w * losses[k] for k, w in weights.items()]).sum())
        return losses

    def _play(self, real: Tensor, fake: Tensor) -> Tensor:
        critic = self.networks["critic"].requires_grad_(True)
        loss = self.game.discriminator(critic(real), critic(fake))
        self.update("critic", loss)
        return loss


class SRNTTTraining(_Paper):
    """Texture transfer, see `SRNTTRecipe`. Swapping is done as the patches come.

    vgg: its taps are `paper.TAPS` and the layer of the perceptual loss.
    examples: fixed patches {"low", "high", "reference"} for the sample grids.
    """

    def __init__(self, recipe: SRNTTRecipe, vgg: VGG19Features, examples: dict[str, Tensor]):
        self.recipe, self.vgg, self.examples = recipe, vgg, examples
        self.frozen, self.game = (vgg,), WassersteinGP(recipe.gradient_penalty)
        self.networks = {
            "generator": paper_network(recipe),
            "critic": SRDiscriminator(recipe.side, recipe.critic_width, norm=False),
        }
        self.optimizers = {name: adam(net, recipe.lr, recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, low, high = self.recipe, batch["low"], batch["high"]
        maps, score = swap(self.vgg, low, batch["reference"])
        made = self.networks["generator"](low, maps)
        losses = {"l1": F.l1_loss(made, high)}
        total = r.reconstruction_weight * losses["l1"]
        if progress >= r.warm_up:
            losses["d"] = self._play(high, made.detach())
            seen, truth = self.vgg(made), self.vgg(high)
            losses["perceptual"] = perceptual_loss(seen[-1], truth[-1])
            losses["texture"] = swapped_texture_loss(seen[2::-1], maps, score)
            losses["g"] = self.game.generator(self.judged(made))
            total = total + r.perceptual_weight * losses["perceptual"] + r.texture_weight * losses["texture"]
            total = total + r.adversarial_weight * losses["g"]
        self.update("generator", total)
        return losses | {"score": score.mean()}

    def _play(self, real: Tensor, fake: Tensor) -> Tensor:
        critic = self.networks["critic"].requires_grad_(True)
        loss = self.game.discriminator(critic(real), critic(fake))
        loss = loss + self.game.penalty(critic, real, fake)
        self.update("critic", loss)
        return loss

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """Patches: bicubic | made | true | reference."""
        low, high, reference = (self.examples[k].to(self.accelerator.device) for k in ("low", "high", "reference"))
        made = generator(low, swap(self.vgg, low, reference).maps)
        return interleave(*(x.cpu() for x in (bicubic(low), made, high, reference))), 8


def content_loss(made: Tensor, true: Tensor, scale: float = 1 / 12.75) -> Tensor:
    """Mean squared difference of features, rescaled (Ledig et al., equation 5 and section 3.2). (N, C, H, W) each.

    The paper's sum runs over places and says nothing of channels; here they are averaged, too.
    """
    return F.mse_loss(scale * made, scale * true)


def perceptual_loss(made: Tensor, true: Tensor) -> Tensor:
    """Frobenius norms of the difference of features, channel by channel, added up and divided by the maps' volume.

    Zhang et al., 2019, their perceptual loss. (N, C, H, W) each; the mean over the batch.
    """
    volume = made[0].numel()
    return (made - true).flatten(2).norm(dim=2).sum(1).mean() / volume


def swapped_texture_loss(made: Sequence[Tensor], swapped: Sequence[Tensor], score: Tensor) -> Tensor:
    """How far the textures of what was made are from those that were swapped in (Zhang et al., 2019, equation 5).

    For each scale the Frobenius norm of Gram(made * S) - Gram(swapped * S); added up, and the mean over the batch.
    Where the reference suits badly, S is small, and it has little say. The paper's factor for a layer's size, which it
    does not spell out, is that of `gram_matrix`: one over C H W.

    Args:
        made, swapped: maps (N, C_i, H_i, W_i). score: S, (N, 1, h, w), enlarged to each map.
    """
    total = torch.zeros((), device=score.device)
    for a, b in zip(made, swapped, strict=True):
        weight = F.interpolate(score, size=a.shape[2:], mode="nearest")
        total = total + (gram_matrix(a * weight) - gram_matrix(b * weight)).flatten(1).norm(dim=1).mean()
    return total
