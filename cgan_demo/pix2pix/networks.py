"""Networks of pix2pix: Isola, Zhu, Zhou, Efros, *Image-to-Image Translation with Conditional Adversarial
Networks*, CVPR 2017, and a light U-Net of our own for serving on two CPU cores.

All of them take and give NCHW float tensors, RGB in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F

from ..features import LITE0, EfficientNetLite
from ..layers import (
    Dropout,
    ResidualBlock,
    init_gan_weights,
    make_norm,
    merge_upsampled,
    silu,
)

GUIDE_STAGES = 5  # of EfficientNet-lite0: up to stride 16, 0.7 M parameters
MAX_WIDTH_FACTOR = 8  # the paper's networks stop widening at 8 times their first width


class UNetGenerator(nn.Module, PyTorchModelHubMixin):
    """The paper's generator (section 6.1.1): 4x4 convolutions of stride 2 down to a bottleneck and back.

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
            self.down.append(
                nn.Sequential(
                    nn.Conv2d(widths[i - 1] if i else in_channels, out, 4, 2, 1, bias=bias or not has_norm),
                    make_norm(norm, out) if has_norm else nn.Identity(),
                )
            )
        self.up = nn.ModuleList()
        self.drop = nn.ModuleList()
        for i in reversed(range(depth)):
            inner = widths[i] * (2 if skips and i < depth - 1 else 1)
            out = widths[i - 1] if i else out_channels
            self.up.append(
                nn.Sequential(
                    nn.ConvTranspose2d(inner, out, 4, 2, 1, bias=bias or i == 0),
                    make_norm(norm, out) if i else nn.Identity(),
                )
            )
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
            input. They are part of the saved weights; `runs.make_system` fills them for a training.
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

    def forward(self, x: Tensor, noise: Tensor | None = None) -> Tensor:
        """Translate `x`; `noise` is (N, noise_channels, H, W), drawn from N(0, 1) where it is left out.

        With a palette in `train()`, the logarithms of its colours' shares follow the picture's channels, so that a
        loss can have both: (N, out_channels + K, H, W).
        """
        stretched = self.stretch(x)
        taps = self.guide(x) if self.guide is not None else []
        if self.noise_channels:
            if noise is None:
                noise = torch.randn(x.shape[0], self.noise_channels, *x.shape[2:], device=x.device)
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


PATCH_LAYERS = {1: 0, 16: 1, 70: 3, 286: 5}  # receptive field in pixels -> stride-2 convolutions


class PatchDiscriminator(nn.Module):
    """PatchGAN (section 3.2.2, layers in 6.1.2): one real/fake logit per overlapping patch of the picture.

    Args:
        condition_channels: channels of the input picture shown beside the output (cGAN); 0 makes it the
            unconditional GAN of the ablation.
        patch: receptive field in pixels: 1 (PixelGAN), 16, 70 or 286 (ImageGAN).

    Shape: image (N, channels, H, W), condition (N, condition_channels, H, W) -> logits (N, 1, h, w).
    """

    def __init__(
        self,
        channels: int = 3,
        condition_channels: int = 3,
        patch: int = 70,
        width: int = 64,
        norm: str = "instance",
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
        return [
            nn.Conv2d(inner, out, kernel[0], stride, kernel[1]),
            make_norm(norm, out),
            nn.LeakyReLU(0.2),
        ]

    def forward(self, image: Tensor, condition: Tensor | None = None) -> Tensor:
        if self.conditional:
            assert condition is not None
            image = torch.cat([condition, image], 1)
        return self.layers(image)
