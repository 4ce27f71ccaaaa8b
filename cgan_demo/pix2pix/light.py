"""What the bundled weights of maps, aerials and edges use: pix2pix on a light U-Net, against a discriminator that looks
through frozen features.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F

from ..augment import augment_pair
from ..checks import integer, multiple
from ..features import LITE0, EfficientNetLite, efficientnet_lite
from ..layers import ResidualBlock, freeze_batch_norms, make_norm, merge_upsampled, silu
from ..objectives import feature_distance, palette_cross_entropy
from ..projected import ProjectedDiscriminator, ProjectedGame
from ..training.pairs import PairedRecipe, Translation
from ..training.system import adam

GUIDE_STAGES = 5  # of EfficientNet-lite0: up to stride 16, 0.7 M parameters
INK_AND_PAPER = ((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0))  # the palette of a network that draws lines


@dataclass(frozen=True)
class LightRecipe(PairedRecipe):
    """A light U-Net against a projected discriminator.

    loss of G = l1_weight * L1 + feature_weight * frozen-feature distance + adversarial_weight * hinge
        + palette_weight * palette cross-entropy, each colour with its class weight (where there is a palette).

    contrast: centre colour and width of the stretched look at the input (see `LightUNetGenerator`).
    noise_channels: channels of noise beside the input; one input then has several outputs.
    guide, palette: see `LightUNetGenerator`.
    input_jitter: strength of random gain and contrast on the input picture (for aerial photographs as input).
    freeze_norms_after: progress from which batch norms use their running statistics, as in serving.
    augment: strength of differentiable augmentation before the discriminator.
    load_size, crop, scale: side in px of the cached pictures, of the training crops, and range of zoom.
    reverse: the right-hand picture of a pair is the input.
    """

    widths: tuple[int, ...] = (32, 64, 128, 192, 256)
    blocks: int = 1
    noise_channels: int = 0
    contrast: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.3)
    guide: bool = False
    palette: tuple[tuple[float, float, float], ...] = ()
    l1_weight: float = 5.0
    palette_weight: float = 0.0
    palette_class_weights: tuple[float, ...] = ()
    feature_weight: float = 1.0
    adversarial_weight: float = 0.5
    augment: float = 0.3
    input_jitter: float = 0.0
    lr: float = 2e-4
    betas: tuple[float, float] = (0.0, 0.99)
    batch: int = 8
    load_size: int = 300
    crop: int = 128
    scale: tuple[float, float] = (0.8, 1.0)
    flips: bool = True
    rotations: bool = True
    ema_half_life: float = 2000.0
    freeze_norms_after: float = 0.85
    precision: str = "auto"
    reverse: bool = False

    def check(self) -> None:
        smallest = 2 ** len(self.widths)
        multiple("crop", self.crop, smallest, f"the generator halves it {len(self.widths)} times")
        integer("batch", self.batch, 2 if self.crop == smallest else 1, 65536)  # a norm of one number is nothing
        super().check()

    def network(self) -> LightUNetGenerator:
        """The generator; its guide, if it has one, is still to be filled."""
        return LightUNetGenerator(
            3, 3, self.widths, self.blocks, self.noise_channels, "batch", self.contrast, self.guide, self.palette
        )

    def system(self, examples: dict[str, Tensor], features: EfficientNetLite | None = None) -> LightPix2Pix:
        return LightPix2Pix(self, features or efficientnet_lite("lite0"), examples)

    def augment_input(self) -> Callable[[Tensor, np.random.Generator], Tensor] | None:
        return photometric(self.input_jitter) if self.input_jitter else None


def photometric(strength: float) -> Callable[[Tensor, np.random.Generator], Tensor]:
    """Random gain and gamma on an input picture, one draw for all pixels; for `PairedDataset(augment_input=)`."""

    def apply(image: Tensor, rng: np.random.Generator) -> Tensor:
        light = (image + 1) / 2
        light = light.clamp_min(1e-4) ** float(np.exp(rng.normal(0, strength)))
        gain = torch.from_numpy(np.exp(rng.normal(0, strength / 3, (3, 1, 1)))).float()
        return (light * gain).clamp(0, 1) * 2 - 1

    return apply


class LightUNetGenerator(nn.Module, PyTorchModelHubMixin):
    """Our serving network: a residual U-Net that starts at half resolution behind a pixel-unshuffle.

    Three choices mend what the paper's generator shows on flat map colours and large pictures:
    batch normalisation with running statistics (no bright blobs as instance statistics make on flat colours, and
    a tile of a large picture sees what the whole would; the last stretch of training uses them too),
    nearest-neighbour upsampling followed by convolutions (no checkerboard: Odena et al., Distill 2016),
    and `noise_channels` of Gaussian noise appended to the input in place of dropout.

    Args:
        widths: channels at 1/2, 1/4, ... of the input's resolution.
        blocks: residual blocks per level on the way down, and again on the way up.
        noise_channels: channels of N(0, 1) noise, at the input's resolution, that `forward` expects.
        contrast: centre R, G, B and width, in [-1, 1] units, of a second, stretched look at the input,
            tanh((x - centre) / width), shown beside it: on a map, white streets differ from beige ground by
            0.15 only.
        guide: show the encoder, at 1/4, 1/8 and 1/16, what the first stages of a frozen ImageNet network say of the
            input. They are part of the saved weights; `LightPix2Pix` fills them for a training.
        palette: RGB colours in [-1, 1]; each output pixel is then a learned mixture of them (for maps), not free.

    Shape: (N, in_channels, H, W), (N, noise_channels, H, W) -> (N, out_channels, H, W) in [-1, 1];
        H and W are multiples of `self.stride`.
    """

    def __init__(
        self,
        in_channels: int = 3,
        out_channels: int = 3,
        widths: Sequence[int] = (32, 64, 128, 192, 256),
        blocks: int = 1,
        noise_channels: int = 0,
        norm: str = "batch",
        contrast: Sequence[float] = (0.0, 0.0, 0.0, 0.3),
        guide: bool = False,
        palette: Sequence[Sequence[float]] = (),
    ):
        super().__init__()
        widths = list(widths)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.contrast = tuple(contrast)
        self.noise_channels = noise_channels
        self.draws_lines = tuple(map(tuple, palette)) == INK_AND_PAPER
        self.stride = 2 ** len(widths)
        self.stem = nn.Conv2d(4 * (2 * in_channels + noise_channels), widths[0], 3, padding=1)
        self.encoder = nn.ModuleList(_blocks(w, blocks, norm) for w in widths)
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 2, 2) for a, b in zip(widths, widths[1:], strict=False))
        self.merge = nn.ModuleList(nn.Conv2d(b + a, a, 1) for a, b in zip(widths, widths[1:], strict=False))
        self.decoder = nn.ModuleList(_blocks(w, blocks, norm) for w in widths[:-1])
        self.norm = make_norm(norm, widths[0])
        self.expand = nn.Conv2d(widths[0], widths[0], 3, padding=1)
        self.head = nn.Conv2d(widths[0] // 4, len(palette) or out_channels, 3, padding=1)
        self.palette = nn.Parameter(torch.tensor(palette)) if palette else None  # (K, out_channels)
        self.guide = EfficientNetLite(LITE0[:GUIDE_STAGES]) if guide else None
        if self.guide is not None:
            pairs = zip(self.guide.channels, widths[1:], strict=False)
            self.project = nn.ModuleList(nn.Conv2d(c, w, 1) for c, w in pairs)

    def stretch(self, x: Tensor) -> Tensor:
        """The input with its contrast stretched around the usual colour, (N, in_channels, H, W) in [-1, 1]."""
        *centre, width = self.contrast
        return torch.tanh((x - x.new_tensor(centre).view(1, -1, 1, 1)) / width)

    def forward(self, x: Tensor, noise: Tensor | None = None, generator: torch.Generator | None = None) -> Tensor:
        """Translate `x`; `noise` is (N, noise_channels, H, W), drawn from N(0, 1) by `generator` where it is left out.

        With a palette in `train()`, the logarithms of its colours' shares follow the picture's channels, so that a
        loss can have both: (N, out_channels + K, H, W).
        """
        stretched = self.stretch(x)
        taps = self.guide(x) if self.guide is not None else []
        if self.noise_channels:
            if noise is None:
                shape = (x.shape[0], self.noise_channels, *x.shape[2:])
                noise = torch.randn(shape, generator=generator, device=x.device)
            x = torch.cat([x, noise.to(x.dtype)], 1)
        x = torch.cat([x, stretched], 1)
        h = self.stem(F.pixel_unshuffle(x, 2))  # (N, widths[0], H/2, W/2)
        skips = []
        for i, level in enumerate(self.encoder):
            if 0 < i <= len(taps):
                h = h + self.project[i - 1](taps[i - 1])
            h = level(h)  # (N, widths[i], H / 2**(i+1), W / 2**(i+1))
            if i < len(self.shrink):
                skips.append(h)
                h = self.shrink[i](h)
        for i in reversed(range(len(self.merge))):
            h = self.decoder[i](merge_upsampled(self.merge[i], h, skips.pop()))  # type: ignore[arg-type]
        h = F.pixel_shuffle(self.expand(silu(self.norm(h))), 2)  # (N, widths[0]/4, H, W)
        h = self.head(silu(h))
        if self.palette is not None:
            shares = h.float().log_softmax(1)
            image = torch.einsum("nkhw,kc->nchw", shares.exp(), self.palette.float()).clamp(-1, 1)
            return torch.cat([image, shares], 1) if self.training else image
        return torch.tanh(h)


def _blocks(channels: int, count: int, norm: str) -> nn.Sequential:
    return nn.Sequential(*(ResidualBlock(channels, norm) for _ in range(count)))


class LightPix2Pix(Translation):
    """L1, frozen-feature distance and a projected hinge game on a light U-Net.

    Args:
        features: a frozen network giving a list of feature maps for (N, 3, H, W) in [-1, 1].
    """

    decay, floor = 1 / 3, 0.01

    def __init__(self, recipe: LightRecipe, features: EfficientNetLite, examples: dict[str, Tensor]):
        self.recipe, self.features, self.examples = recipe, features, examples
        generator = recipe.network()
        if generator.guide is not None:  # the network that the discriminator looks through, ended earlier
            state = features.state_dict()
            generator.guide.load_state_dict({name: state[name] for name in generator.guide.state_dict()})
        discriminator = ProjectedDiscriminator(features.channels, condition_channels=3)
        self.frozen = (features,)
        self.game = ProjectedGame(self, features)
        self.networks = {"generator": generator, "discriminator": discriminator}
        for net in (generator, discriminator, features):
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
            losses["d"] = self._discriminator_step(condition, target, fake)
        return losses | self._generator_step(condition, target, fake, shares)

    def _discriminator_step(self, source: Tensor, target: Tensor, fake: Tensor) -> Tensor:
        both = torch.cat([target, fake.detach()])
        image, condition = augment_pair(both, torch.cat([source, source]), self.recipe.augment)
        with torch.no_grad():
            real_maps, fake_maps = self.game.look(*image.chunk(2))
        return self.game.play(real_maps, fake_maps, condition).loss

    def _generator_step(self, source: Tensor, target: Tensor, fake: Tensor, shares: Tensor) -> dict[str, Tensor]:
        r, losses = self.recipe, {"l1": (fake - target).abs().mean()}
        weights = {"l1": r.l1_weight, "feature": r.feature_weight, "g": r.adversarial_weight}
        if r.palette_weight:
            palette, classes = (torch.tensor(x, device=fake.device) for x in (r.palette, r.palette_class_weights))
            losses["palette"] = palette_cross_entropy(shares, target, palette, classes)
            weights["palette"] = r.palette_weight
        if r.feature_weight or r.adversarial_weight:
            losses |= self._seen(source, target, fake)
        self.update("generator", torch.stack([weights[k] * loss for k, loss in losses.items()]).sum())
        return losses

    def _seen(self, source: Tensor, target: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """The losses that look through the frozen features."""
        losses: dict[str, Tensor] = {}
        truth, maps = self.game.look(target, fake)
        if self.recipe.feature_weight:
            losses["feature"] = feature_distance([x.float() for x in maps[:3]], [x.float() for x in truth[:3]])
        if self.recipe.adversarial_weight:
            image, condition = augment_pair(fake, source, self.recipe.augment)
            if image is not fake:
                with self.accelerator.autocast():
                    maps = self.features(image)
            losses["g"] = self.game.cost(maps, condition)
        return losses
