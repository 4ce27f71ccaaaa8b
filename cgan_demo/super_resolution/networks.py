"""Networks of plain super-resolution: SRResNet and SRGAN's discriminator (Ledig et al., *Photo-Realistic Single Image
Super-Resolution Using a Generative Adversarial Network*, CVPR 2017), and the lighter one of the bundled weights.

Pictures are NCHW float tensors, RGB in [-1, 1].
"""

from __future__ import annotations

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F

from .scaling import FACTOR


class NormedBlock(nn.Module):
    """Convolution, batch norm, PReLU, convolution, batch norm, and the input added (figure 4)."""

    def __init__(self, width: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1),
            nn.BatchNorm2d(width),
            nn.PReLU(),
            nn.Conv2d(width, width, 3, padding=1),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class SRResNet(nn.Module, PyTorchModelHubMixin):
    """The paper's generator (figure 4): residual blocks at low resolution, then two pixel-shuffles by 2.

    Shape: (N, 3, h, w) -> (N, 3, 4h, 4w). 1.5 M parameters at the paper's size.
    """

    def __init__(self, width: int = 64, blocks: int = 16):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, width, 9, padding=4), nn.PReLU())
        self.blocks = nn.Sequential(*(NormedBlock(width) for _ in range(blocks)))
        self.last = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width))
        grow = [
            layer
            for _ in range(2)
            for layer in (nn.Conv2d(width, 4 * width, 3, padding=1), nn.PixelShuffle(2), nn.PReLU())
        ]
        self.grow = nn.Sequential(*grow, nn.Conv2d(width, 3, 9, padding=4))

    def forward(self, low: Tensor) -> Tensor:
        h = self.first(low)
        return torch.tanh(self.grow(h + self.last(self.blocks(h))))


class SRDiscriminator(nn.Module):
    """The paper's discriminator (figure 4): eight convolutions, every second with stride 2, and two dense layers.

    Args:
        size: side of the pictures, a multiple of 16. width: channels of the first convolution.
        norm: batch norms as in SRGAN; without, for WGAN-GP, whose penalty looks at each picture alone.

    Shape: (N, 3, size, size) -> (N, 1).
    """

    def __init__(self, size: int = 96, width: int = 64, norm: bool = True):
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, width, 3, padding=1), nn.LeakyReLU(0.2)]
        channels = [width, width, 2 * width, 2 * width, 4 * width, 4 * width, 8 * width, 8 * width]
        for i, (a, b) in enumerate(zip(channels, channels[1:], strict=False)):
            layers.append(nn.Conv2d(a, b, 3, 2 if i % 2 == 0 else 1, 1))
            layers += [nn.BatchNorm2d(b)] if norm else []
            layers.append(nn.LeakyReLU(0.2))
        self.layers = nn.Sequential(*layers)
        self.out = nn.Sequential(nn.Linear(8 * width * (size // 16) ** 2, 1024), nn.LeakyReLU(0.2), nn.Linear(1024, 1))

    def forward(self, picture: Tensor) -> Tensor:
        return self.out(self.layers(picture).flatten(1))


class _Distilled(nn.Module):
    """Three convolutions and a 1x1 one around which the input is added; no norms, which blur what they scale.

    A residual block of the family of Kong et al., *Residual Local Feature Network*, CVPRW 2022, without its attention.
    """

    def __init__(self, width: int):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(3))
        self.out = nn.Conv2d(width, width, 1)
        nn.init.zeros_(self.out.bias)  # type: ignore[arg-type]
        with torch.no_grad():
            self.out.weight.mul_(0.2)

    def forward(self, x: Tensor) -> Tensor:
        h = x
        for conv in self.convs:
            h = F.leaky_relu(conv(h), 0.05, inplace=not torch.is_grad_enabled())
        return x + self.out(h)


class LightSRResNet(nn.Module, PyTorchModelHubMixin):
    """The bundled plain model: all work at low resolution, one pixel-shuffle by 4, added to the bicubic enlargement.

    It starts as bicubic enlargement, and what it says is what that lacks.

    Shape: (N, 3, h, w) -> (N, 3, 4h, 4w). 1.0 M parameters.
    """

    def __init__(self, width: int = 64, blocks: int = 8):
        super().__init__()
        self.width = width
        self.first = nn.Conv2d(3, width, 3, padding=1)
        self.blocks = nn.Sequential(*(_Distilled(width) for _ in range(blocks)))
        self.last = nn.Conv2d(width, width, 3, padding=1)
        self.grow = nn.Conv2d(width, 3 * FACTOR**2, 3, padding=1)
        for parameter in self.grow.parameters():
            nn.init.zeros_(parameter)

    def features(self, low: Tensor) -> Tensor:
        """(N, 3, h, w) -> (N, width, h, w), what the picture is made of."""
        h = self.first(low)
        return h + self.last(self.blocks(h))

    def from_features(self, features: Tensor, low: Tensor) -> Tensor:
        """Those and the picture they were read off -> (N, 3, 4h, 4w)."""
        return bicubic(low) + F.pixel_shuffle(self.grow(features), FACTOR)

    def forward(self, low: Tensor) -> Tensor:
        return self.from_features(self.features(low), low)


def bicubic(low: Tensor) -> Tensor:
    """(N, C, h, w) -> (N, C, 4h, 4w)."""
    return F.interpolate(low, scale_factor=float(FACTOR), mode="bicubic", align_corners=False)
