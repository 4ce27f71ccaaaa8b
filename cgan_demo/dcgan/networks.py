"""Networks of the latent room: those of Radford, Metz, Chintala, *Unsupervised Representation Learning with Deep
Convolutional Generative Adversarial Networks* (DCGAN), ICLR 2016, and the ones of our own that the bundled weights use.

Pictures are NCHW float tensors, RGB in [-1, 1], square, of 64 or 128 px. Latents are (N, Z).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from ..layers import StyledBlock, init_gan_weights, make_norm, silu

SIZES = (64, 128)
PRIORS = ("normal", "uniform")


def levels_of(size: int) -> int:
    """How often 4 px is doubled to reach `size`."""
    if size not in SIZES:
        raise ValueError(f"size is 64 or 128, not {size}.")
    return round(math.log2(size / 4))


class DCGANGenerator(nn.Module, PyTorchModelHubMixin):
    """The paper's generator (figure 1): a projection, then fractionally strided 5x5 convolutions; batch norm and ReLU
    everywhere but at the output, which is a tanh. No pooling, no hidden fully connected layer.

    Args:
        size: side of the pictures in px, 64 or 128; the larger one has one more convolution.
        latent: numbers of z. prior: what z is drawn from: "uniform" on [-1, 1], as in the paper, or "normal".
        width: channels at 4 px, halved per level; the paper's are 1024.

    Shape: (N, latent) -> (N, 3, size, size).
    """

    def __init__(self, size: int = 64, latent: int = 100, width: int = 1024, prior: str = "uniform"):
        super().__init__()
        self.size, self.latent, self.prior = size, latent, prior
        widths = [max(1, width // 2**i) for i in range(levels_of(size))]
        self.first = nn.Linear(latent, 16 * widths[0], bias=False)  # the batch norm after it has one
        self.norms = nn.ModuleList(nn.BatchNorm2d(w) for w in widths)
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(a, b, 5, 2, 2, output_padding=1) for a, b in zip(widths, [*widths[1:], 3], strict=True)
        )
        init_gan_weights(self)

    def forward(self, z: Tensor) -> Tensor:
        h = self.first(z).view(len(z), -1, 4, 4)
        for norm, conv in zip(self.norms, self.up, strict=True):
            h = conv(F.relu(norm(h)))
        return torch.tanh(h)

    def entry(self) -> Tensor:
        """The weights that z meets first, (outputs, latent)."""
        return self.first.weight

    def early(self) -> nn.Module:
        """The module whose output is the first activations."""
        return self.up[0]


class DCGANDiscriminator(nn.Module):
    """The paper's discriminator: strided convolutions, leaky ReLU of slope 0.2, batch norm but at the input; the last
    maps are flattened and give one number.

    Args:
        width: channels of the first convolution, doubled per level.
        norm: "batch", as in the paper; "channel" or "none" where one sample must not see the others (WGAN-GP);
            "spectral" for spectrally normalised weights instead (Miyato et al., ICLR 2018).

    Shape: (N, 3, size, size) -> logits (N, 1).
    """

    def __init__(self, size: int = 64, width: int = 64, norm: str = "batch"):
        super().__init__()
        widths = [width * 2**i for i in range(levels_of(size))]
        self.down = nn.ModuleList(nn.Conv2d(a, b, 5, 2, 2) for a, b in zip([3, *widths], widths, strict=False))
        self.norms = nn.ModuleList(make_norm("none" if norm == "spectral" else norm, w) for w in widths[1:])
        self.out = nn.Linear(16 * widths[-1], 1)
        init_gan_weights(self)
        if norm == "spectral":
            for layer in (*self.down, self.out):
                spectral_norm(layer)

    def forward(self, picture: Tensor) -> Tensor:
        h = F.leaky_relu(self.down[0](picture), 0.2)
        for conv, norm in zip(self.down[1:], self.norms, strict=True):  # type: ignore[arg-type]
            h = F.leaky_relu(norm(conv(h)), 0.2)
        return self.out(h.flatten(1))


class LightGenerator(nn.Module, PyTorchModelHubMixin):
    """Our generator: residual blocks from 4 px up, in every one of which z scales and shifts the channels.

    All of z enters every block, through one linear layer each and no network before them, so that a straight step in z
    is a straight step in what every block is told. At full size pixels are shuffled out of wide small maps.

    Args:
        size: side of the pictures in px. prior: what z is drawn from, see `DCGANGenerator`.
        widths: channels of the blocks at 4, 8, 16 and 32 px. fine: at 64, and 128 px.
        smooth: low-pass what was shuffled. The four neighbours that come out of one place are made by weights of their
            own, which else weave a pattern of two pixels over everything.

    Shape: (N, latent) -> (N, 3, size, size).
    """

    def __init__(
        self,
        size: int = 64,
        latent: int = 128,
        widths: Sequence[int] = (224, 224, 160, 96),
        fine: Sequence[int] = (32, 24),
        prior: str = "normal",
        smooth: bool = False,
    ):
        super().__init__()
        self.size, self.latent, self.prior, self.smooth = size, latent, prior, smooth
        widths, fine = list(widths), list(fine)[: levels_of(size) - 3]
        self.first = nn.Linear(latent, 16 * widths[0])
        self.coarse = nn.ModuleList(StyledBlock(w, latent) for w in widths)
        self.widen = nn.ModuleList(
            nn.Conv2d(a, b, 1, bias=False) if a != b else nn.Identity()
            for a, b in zip(widths, widths[1:], strict=False)
        )
        self.grow = nn.ModuleList(
            nn.Conv2d(a, 4 * b, 3, padding=1) for a, b in zip([widths[-1], *fine], fine, strict=False)
        )
        self.fine = nn.ModuleList(StyledBlock(w, latent) for w in fine)
        self.heads = nn.ModuleList(nn.Conv2d(w, 3, 3, padding=1) for w in fine)
        for head in self.heads[1:]:  # a larger picture begins as the smaller one enlarged
            for parameter in head.parameters():
                nn.init.zeros_(parameter)

    def forward(self, z: Tensor) -> Tensor:
        h = self.first(z).view(len(z), -1, 4, 4)
        for i, block in enumerate(self.coarse):
            if i:
                h = F.interpolate(self.widen[i - 1](h), scale_factor=2.0, mode="nearest")
            h = block(h, z)  # (N, widths[i], 4 * 2**i, 4 * 2**i)
        rgb = torch.zeros(1, device=z.device)
        for grow, block, head in zip(self.grow, self.fine, self.heads, strict=True):
            h = F.pixel_shuffle(grow(h), 2)
            h = block(smoothed(h) if self.smooth else h, z)
            if rgb.ndim == 4:
                rgb = F.interpolate(rgb, scale_factor=2.0, mode="bilinear", align_corners=False)
            rgb = rgb + head(silu(h))
        return torch.tanh(rgb)

    def entry(self) -> Tensor:
        """The weights that z meets first, in all blocks of 4 to 16 px, (outputs, latent)."""
        styles = [block.get_parameter("style.weight") for block in list(self.coarse)[:3]]
        return torch.cat([self.first.weight, *styles])

    def early(self) -> nn.Module:
        """The module whose output is the first activations."""
        return self.coarse[0]


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


def smoothed(x: Tensor) -> Tensor:
    """(N, C, H, W) through the binomial filter [1 2 1] / 4 in both directions, which stops patterns of two pixels."""
    return F.avg_pool2d(F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 2, 1), 2, 1)


def resized(picture: Tensor, size: int) -> Tensor:
    """(N, 3, S, S) -> (N, 3, size, size), smoothed where it gets smaller."""
    if picture.shape[-1] == size:
        return picture
    return F.interpolate(picture, (size, size), mode="bilinear", antialias=True, align_corners=False)


GENERATORS: dict[str, type[nn.Module]] = {"DCGANGenerator": DCGANGenerator, "LightGenerator": LightGenerator}


def arguments(network: Any) -> dict[str, Any]:
    """What a network of the Hub mixin was built with, and lists in place of tuples, as in its config.json."""
    given = dict(getattr(network, "_hub_mixin_config", None) or {})
    return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
