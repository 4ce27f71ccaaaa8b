"""The training steps of pix2pix: the paper's, and the light one with frozen features."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..augment import augment_pair
from ..features import EfficientNetLite
from ..layers import freeze_batch_norms
from ..objectives import ADVERSARIAL, Wasserstein, WassersteinGP, feature_distance, palette_cross_entropy
from ..projected import ProjectedDiscriminator, ProjectedGame
from ..training.loop import System, adam
from ..training.report import interleave
from .networks import LightUNetGenerator, PatchDiscriminator, UNetGenerator
from .recipes import LightRecipe, Pix2PixRecipe


class _Translation(System):
    """What both recipes share: the preview grid of input | output | truth."""

    examples: dict[str, Tensor]

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        source = self.examples["input"].to(self.accelerator.device)
        rng = torch.Generator(source.device).manual_seed(0)
        if isinstance(generator, LightUNetGenerator):
            shape = (source.shape[0], generator.noise_channels, *source.shape[2:])
            output = generator(source, torch.randn(shape, generator=rng, device=source.device))
        else:
            output = generator(source, generator=rng)
        return interleave(source.cpu(), output.float().cpu(), self.examples["target"]), 6


class Pix2Pix(_Translation):
    """The paper's objective: G* = arg min_G max_D L_cGAN(G, D) + lambda L_L1(G) (equation 4), or its ablations.

    One step of D, its loss halved, then one of G (section 3.3), on the same generated pictures.

    Args:
        examples: fixed pairs {"input", "target"} (N, 3, H, W) for the sample grids.
    """

    def __init__(self, recipe: Pix2PixRecipe, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        skips = recipe.generator == "unet"
        generator = UNetGenerator(3, 3, recipe.width, recipe.depth, skips, recipe.norm, recipe.dropout)
        self.networks = {"generator": generator}
        self.optimizers = {"generator": adam(generator, recipe.lr, recipe.betas)}
        self.reconstructs, self.adversarial = recipe.objective.startswith("L1"), "GAN" in recipe.objective
        self.game = ADVERSARIAL[recipe.adversarial]()
        if self.adversarial:
            condition = 3 if "cGAN" in recipe.objective else 0
            critic = PatchDiscriminator(3, condition, recipe.patch, recipe.discriminator_width, recipe.norm)
            self.networks["discriminator"] = critic
            self.optimizers["discriminator"] = adam(critic, recipe.lr, recipe.betas)

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        source, target = batch["input"], batch["target"]
        with self.accelerator.autocast():
            fake = self.networks["generator"](source)
        losses: dict[str, Tensor] = {}
        if self.adversarial:
            losses["d"] = self._discriminator_step(source, target, fake.detach())
        losses |= self._generator_step(source, target, fake)
        return losses

    def _discriminator_step(self, source: Tensor, target: Tensor, fake: Tensor) -> Tensor:
        net = self.networks["discriminator"]
        net.requires_grad_(True)
        with self.accelerator.autocast():
            real_logits, fake_logits = net(target, source), net(fake, source)
        loss = 0.5 * self.game.discriminator(real_logits.float(), fake_logits.float())
        if isinstance(self.game, WassersteinGP):
            loss = loss + self.game.penalty(lambda y: net(y, source), target, fake.float())
        self.update("discriminator", loss)
        if isinstance(self.game, Wasserstein):
            self.game.constrain(net)
        return loss

    def _generator_step(self, source: Tensor, target: Tensor, fake: Tensor) -> dict[str, Tensor]:
        losses: dict[str, Tensor] = {}
        total = torch.zeros((), device=fake.device)
        if self.reconstructs:
            losses["l1"] = F.l1_loss(fake.float(), target)
            total = total + self.recipe.l1_weight * losses["l1"]
        if self.adversarial:
            critic = self.plain("discriminator").requires_grad_(False)
            with self.accelerator.autocast():
                logits = critic(fake, source)
            losses["g"] = self.game.generator(logits.float())
            total = total + losses["g"]
        self.update("generator", total)
        return losses


class LightPix2Pix(_Translation):
    """The bundled recipe: L1, frozen-feature distance and a projected hinge game on a light U-Net.

    Args:
        features: a frozen network giving a list of feature maps for (N, 3, H, W) in [-1, 1].
    """

    decay, floor = 1 / 3, 0.01

    def __init__(self, recipe: LightRecipe, features: EfficientNetLite, examples: dict[str, Tensor]):
        self.recipe, self.features, self.examples = recipe, features, examples
        generator = light_generator(recipe)
        if generator.guide is not None:  # the same network as the critic's, ended earlier
            state = features.state_dict()
            generator.guide.load_state_dict({name: state[name] for name in generator.guide.state_dict()})
        critic = ProjectedDiscriminator(features.channels, condition_channels=3)
        self.frozen = (features,)
        self.game = ProjectedGame(self, features)
        self.networks = {"generator": generator, "discriminator": critic}
        for net in (generator, critic, features):
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizers = {name: adam(net, recipe.lr, recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        source, target = (batch[k].contiguous(memory_format=torch.channels_last) for k in ("input", "target"))
        if progress > self.recipe.freeze_norms_after:
            freeze_batch_norms(self.networks["generator"])
        condition = self.plain("generator").stretch(source)  # type: ignore[operator]
        with self.accelerator.autocast():
            output = self.networks["generator"](source).float()
        fake, shares = output[:, :3], output[:, 3:]
        losses: dict[str, Tensor] = {}
        if self.recipe.adversarial_weight:
            losses["d"] = self._discriminator_step(condition, target, fake.detach())
        return losses | self._generator_step(condition, target, fake, shares)

    def _discriminator_step(self, source: Tensor, target: Tensor, fake: Tensor) -> Tensor:
        image, condition = augment_pair(torch.cat([target, fake]), torch.cat([source, source]), self.recipe.augment)
        with torch.no_grad():
            real_maps, fake_maps = self.game.look(*image.chunk(2))
        return self.game.play(real_maps, fake_maps, condition).loss

    def _generator_step(self, source: Tensor, target: Tensor, fake: Tensor, shares: Tensor) -> dict[str, Tensor]:
        r = self.recipe
        losses = {"l1": (fake - target).abs().mean()}
        total = r.l1_weight * losses["l1"]
        if r.palette_weight:
            palette, weights = (torch.tensor(x, device=fake.device) for x in (r.palette, r.palette_class_weights))
            losses["palette"] = palette_cross_entropy(shares, target, palette, weights)
            total = total + r.palette_weight * losses["palette"]
        with self.accelerator.autocast():
            features = self.features(fake) if r.feature_weight or r.adversarial_weight else []
        if r.feature_weight:
            losses["feature"] = self._feature_distance(features, target)
            total = total + r.feature_weight * losses["feature"]
        if r.adversarial_weight:
            losses["g"] = self._judged(source, fake, features)
            total = total + r.adversarial_weight * losses["g"]
        self.update("generator", total)
        return losses

    def _feature_distance(self, features: list[Tensor], target: Tensor) -> Tensor:
        with self.accelerator.autocast(), torch.no_grad():
            truth = self.features(target)
        return feature_distance([x.float() for x in features[:3]], [x.float() for x in truth[:3]])

    def _judged(self, source: Tensor, fake: Tensor, features: list[Tensor]) -> Tensor:
        """What the discriminator, held fixed, makes the generator pay; `features` are those of `fake`."""
        image, condition = augment_pair(fake, source, self.recipe.augment)
        if image is not fake:
            with self.accelerator.autocast():
                features = self.features(image)
        return self.game.cost(features, condition)


def light_generator(recipe: LightRecipe) -> LightUNetGenerator:
    """The generator of a light recipe, untrained; its guide, if it has one, is still to be filled."""
    return LightUNetGenerator(
        3,
        3,
        recipe.widths,
        recipe.blocks,
        recipe.noise_channels,
        contrast=recipe.contrast,
        guide=recipe.guide,
        palette=recipe.palette,
    )


def photometric(strength: float):
    """Random gain and gamma on an input picture, one draw for all pixels; for `PairedDataset(augment_input=)`."""

    def apply(image: Tensor, rng: np.random.Generator) -> Tensor:
        light = (image + 1) / 2
        light = light.clamp_min(1e-4) ** float(np.exp(rng.normal(0, strength)))
        gain = torch.from_numpy(np.exp(rng.normal(0, strength / 3, (3, 1, 1)))).float()
        return (light * gain).clamp(0, 1) * 2 - 1

    return apply
