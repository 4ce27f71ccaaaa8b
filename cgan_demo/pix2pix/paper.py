"""Pix2pix as published: Isola, Zhu, Zhou, Efros, *Image-to-Image Translation with Conditional Adversarial Networks*,
CVPR 2017, and the ablations of its sections 4.2 to 4.4.

Networks take and give NCHW float tensors, RGB in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F

from ..checks import integer, multiple, one_of
from ..features import EfficientNetLite
from ..layers import Dropout, init_gan_weights, make_norm
from ..objectives import ADVERSARIAL, Wasserstein, WassersteinGP
from ..training.pairs import PairedRecipe, Translation
from ..training.system import adam

OBJECTIVES = ("L1", "GAN", "cGAN", "L1+GAN", "L1+cGAN")
MAX_WIDTH_FACTOR = 8  # the paper's networks stop widening at 8 times their first width
PATCH_LAYERS = {1: 0, 16: 1, 70: 3, 286: 5}  # receptive field in px -> stride-2 convolutions of the discriminator
SMALLEST = {1: 1, 16: 6, 70: 24, 286: 96}  # px that a discriminator of each patch needs


@dataclass(frozen=True)
class Pix2PixRecipe(PairedRecipe):
    """The paper's method, sections 3 and 6.

    objective: any of `OBJECTIVES`; cGAN shows D the input, GAN does not.
    generator: "unet" or "encoder-decoder" (no skips).
    width: channels of the generator's first convolution.
    depth: the generator's halvings.
    patch: receptive field of D in pixels (1, 16, 70, 286).
    adversarial: a key of `objectives.ADVERSARIAL`; the paper maximises log D for G ("non-saturating").
    l1_weight: lambda of equation 4.
    load_size, crop, scale: side in px of the cached pictures, of the training crops, and range of zoom.
    reverse: the right-hand picture of a pair is the input.
    """

    objective: str = "L1+cGAN"
    generator: str = "unet"
    width: int = 64
    depth: int = 8
    dropout: float = 0.5
    norm: str = "instance"
    patch: int = 70
    discriminator_width: int = 64
    adversarial: str = "non-saturating"
    l1_weight: float = 100.0
    lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    batch: int = 1
    load_size: int = 286
    crop: int = 256
    scale: tuple[float, float] = (1.0, 1.0)
    flips: bool = True
    rotations: bool = False
    ema_half_life: float = 0.0
    precision: str = "no"
    reverse: bool = False

    def check(self) -> None:
        one_of("objective", self.objective, OBJECTIVES)
        one_of("patch", self.patch, SMALLEST)
        integer("depth", self.depth, 2, 12)
        multiple("crop", self.crop, 2**self.depth, f"the generator halves it {self.depth} times")
        if "GAN" in self.objective:
            integer("crop", self.crop, SMALLEST[self.patch], 8192)
        super().check()

    def network(self) -> UNetGenerator:
        skips = self.generator == "unet"
        return UNetGenerator(3, 3, self.width, self.depth, skips, self.norm, self.dropout)

    def system(self, examples: dict[str, Tensor], features: EfficientNetLite | None = None) -> Pix2Pix:
        return Pix2Pix(self, examples)


class UNetGenerator(nn.Module, PyTorchModelHubMixin):
    """The generator (section 6.1.1): 4x4 convolutions of stride 2 down to a bottleneck and back.

    With `width=64, depth=8, skips=True` it is the paper's U-Net with 54.4 M parameters; `skips=False` is its
    encoder-decoder without skip connections. Dropout sits in the (up to) three innermost of the decoder's
    512-wide blocks.

    Args:
        width: channels of the first convolution; doubles per level up to 8 times.
        depth: number of stride-2 convolutions. The sides of the input must be multiples of `2**depth`.
        norm: "instance" (statistics of the one picture, the same in training and serving; with batch size 1
            it is what the paper calls batch normalisation with test-time statistics), "picture" (the same without
            biases before it), "batch" (running statistics in `eval()`), "channel" or "none".
        dropout: rate in the innermost decoder blocks, 0 for none.
        dropout_levels: the levels whose decoder blocks drop out, 0 being the outermost, in place of the paper's.

    Shape: (N, in_channels, H, W) -> (N, out_channels, H, W), both in [-1, 1].
    """

    def __init__(
        self,
        in_channels: int = 3,
        out_channels: int = 3,
        width: int = 64,
        depth: int = 8,
        skips: bool = True,
        norm: str = "instance",
        dropout: float = 0.5,
        dropout_levels: Sequence[int] | None = None,
    ):
        super().__init__()
        if depth < 2:
            raise ValueError(f"depth must be at least 2, not {depth}.")
        self.in_channels, self.out_channels = in_channels, out_channels
        self.skips = skips
        self.noise_channels = 0
        self.stride = 2**depth
        widths = [width * min(2**i, MAX_WIDTH_FACTOR) for i in range(depth)]
        if dropout_levels is None:
            dropout_levels = [i for i in range(max(2, depth - 3), depth) if widths[i - 1] == widths[-1]]
        bias = norm not in ("batch", "picture")  # a batch norm subtracts the mean, and a bias with it
        self.down = nn.ModuleList()
        for i, out in enumerate(widths):
            has_norm = 0 < i < depth - 1  # none on the first, none on the 1x1 bottleneck
            conv = nn.Conv2d(widths[i - 1] if i else in_channels, out, 4, 2, 1, bias=bias or not has_norm)
            self.down.append(nn.Sequential(conv, make_norm(norm, out) if has_norm else nn.Identity()))
        self.up, self.drop = nn.ModuleList(), nn.ModuleList()
        for i in reversed(range(depth)):
            inner = widths[i] * (2 if skips and i < depth - 1 else 1)
            out = widths[i - 1] if i else out_channels
            up = nn.ConvTranspose2d(inner, out, 4, 2, 1, bias=bias or i == 0)
            self.up.append(nn.Sequential(up, make_norm(norm, out) if i else nn.Identity()))
            self.drop.append(Dropout(dropout) if dropout and i in dropout_levels else nn.Identity())
        init_gan_weights(self)

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Translate. `generator` seeds the dropout masks; without one, dropout acts in `train()` only."""
        features = []
        for i, layer in enumerate(self.down):
            x = layer(F.leaky_relu(x, 0.2) if i else x)
            features.append(x)  # (N, widths[i], H / 2**(i+1), W / 2**(i+1))
        features.pop()
        for layer, drop in zip(self.up, self.drop, strict=True):
            x = layer(F.relu(x))
            if isinstance(drop, Dropout):
                x = drop(x, generator)
            if features:
                skip = features.pop()
                x = torch.cat([skip, x], 1) if self.skips else x
        return torch.tanh(x)


class PatchDiscriminator(nn.Module):
    """PatchGAN (section 3.2.2, layers in 6.1.2): one real/fake logit per overlapping patch of the picture.

    Args:
        condition_channels: channels of the input picture shown beside the output (cGAN); 0 makes it the
            unconditional GAN of the ablation.
        patch: receptive field in pixels: 1 (PixelGAN), 16, 70 or 286 (ImageGAN).

    Shape: image (N, channels, H, W), condition (N, condition_channels, H, W) -> logits (N, 1, h, w).
    """

    def __init__(
        self, channels: int = 3, condition_channels: int = 3, patch: int = 70, width: int = 64, norm: str = "instance"
    ):
        super().__init__()
        if patch not in PATCH_LAYERS:
            raise ValueError(f"patch is one of {sorted(PATCH_LAYERS)}, not {patch}.")
        self.conditional = condition_channels > 0
        layers: list[nn.Module] = []
        inner, out, n = channels + condition_channels, width, PATCH_LAYERS[patch]
        kernel = (4, 1) if n else (1, 0)  # kernel size, padding
        for i in range(n):
            layers += self._block(inner, out, kernel, 2, norm if i else "none")
            inner, out = out, width * min(2 ** (i + 1), MAX_WIDTH_FACTOR)
        if not n:
            layers += self._block(inner, width, kernel, 1, "none")
            inner, out = width, 2 * width
        layers += self._block(inner, out, kernel, 1, norm)
        layers.append(nn.Conv2d(out, 1, kernel[0], 1, kernel[1]))
        self.layers = nn.Sequential(*layers)
        init_gan_weights(self)

    @staticmethod
    def _block(inner: int, out: int, kernel: tuple[int, int], stride: int, norm: str) -> list[nn.Module]:
        return [nn.Conv2d(inner, out, kernel[0], stride, kernel[1]), make_norm(norm, out), nn.LeakyReLU(0.2)]

    def forward(self, image: Tensor, condition: Tensor | None = None) -> Tensor:
        if self.conditional:
            assert condition is not None
            image = torch.cat([condition, image], 1)
        return self.layers(image)


class Pix2Pix(Translation):
    """The objective: G* = arg min_G max_D L_cGAN(G, D) + lambda L_L1(G) (equation 4), or its ablations.

    One step of D, its loss halved, then one of G (section 3.3), on the same generated pictures.
    """

    def __init__(self, recipe: Pix2PixRecipe, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        self.networks: dict[str, nn.Module] = {"generator": recipe.network()}
        self.reconstructs, self.adversarial = recipe.objective.startswith("L1"), "GAN" in recipe.objective
        self.game = ADVERSARIAL[recipe.adversarial]()
        if self.adversarial:
            condition = 3 if "cGAN" in recipe.objective else 0
            self.networks["discriminator"] = PatchDiscriminator(
                3, condition, recipe.patch, recipe.discriminator_width, recipe.norm
            )
        self.optimizers = {name: adam(net, recipe.lr, recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        source, target = batch["input"], batch["target"]
        with self.accelerator.autocast():
            fake = self.networks["generator"](source)
        losses = {"d": self._discriminator_step(source, target, fake.detach())} if self.adversarial else {}
        weighted = []
        if self.reconstructs:
            losses["l1"] = F.l1_loss(fake.float(), target)
            weighted.append(self.recipe.l1_weight * losses["l1"])
        if self.adversarial:
            losses["g"] = self._judged(source, fake)
            weighted.append(losses["g"])
        self.update("generator", torch.stack(weighted).sum())
        return losses

    def _discriminator_step(self, source: Tensor, target: Tensor, fake: Tensor) -> Tensor:
        net = self.networks["discriminator"].requires_grad_(True)
        with self.accelerator.autocast():
            real_logits, fake_logits = net(target, source), net(fake, source)
        loss = 0.5 * self.game.discriminator(real_logits.float(), fake_logits.float())
        if isinstance(self.game, WassersteinGP):
            loss = loss + self.game.penalty(lambda y: net(y, source), target, fake.float())
        self.update("discriminator", loss)
        if isinstance(self.game, Wasserstein):
            self.game.constrain(net)
        return loss

    def _judged(self, source: Tensor, fake: Tensor) -> Tensor:
        """What D, held fixed, makes G pay."""
        with self.accelerator.autocast():
            logits = self.plain("discriminator").requires_grad_(False)(fake, source)
        return self.game.generator(logits.float())
