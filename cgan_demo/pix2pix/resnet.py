"""The residual generator of CycleGAN: Zhu, Park, Isola, Efros, *Unpaired Image-to-Image Translation using
Cycle-Consistent Adversarial Networks*, ICCV 2017, appendix 7.2, after Johnson, Alahi, Fei-Fei, *Perceptual Losses
for Real-Time Style Transfer and Super-Resolution*, ECCV 2016.

In the paper's notation c7s1-64, d128, d256, nine (or six) R256, u128, u64, c7s1-3: two halvings, a chain of residual
blocks at a quarter of the resolution, and two doublings. Borders are reflected, so that they do not show.
"""

from __future__ import annotations

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from ..layers import Dropout, init_gan_weights, make_norm

HALVINGS = 2


class ResnetGenerator(nn.Module, PyTorchModelHubMixin):
    """A translator that keeps what is where: each block changes the picture's features by a little.

    Args:
        width: channels at full resolution; doubled by each of the two halvings.
        blocks: residual blocks; the paper has 9 for pictures of 256 px and larger, 6 for 128 px.
        norm: "instance" (the paper's: statistics of the one picture, no gain and no bias), "picture" (the same with
            a gain and a bias, which is a batch norm with the statistics of the one picture), "batch" (running
            statistics in `eval()`), "channel" or "none".
        dropout: rate within the blocks; the paper has none.

    Shape: (N, in_channels, H, W) -> (N, out_channels, H, W), both in [-1, 1]; H and W are multiples of `self.stride`
        and at least 8.
    """

    def __init__(
        self,
        in_channels: int = 3,
        out_channels: int = 3,
        width: int = 64,
        blocks: int = 9,
        norm: str = "instance",
        dropout: float = 0.0,
    ):
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels
        self.noise_channels = 0
        self.stride = 2**HALVINGS
        bias = has_bias(norm)
        widths = [width * 2**i for i in range(HALVINGS + 1)]
        self.stem = _normed(_reflected(in_channels, width, 7, bias), norm)
        self.down = nn.ModuleList(
            _normed(nn.Conv2d(a, b, 3, 2, 1, bias=bias), norm) for a, b in zip(widths, widths[1:], strict=False)
        )
        self.blocks = nn.ModuleList(ReflectedBlock(widths[-1], norm, dropout) for _ in range(blocks))
        widths.reverse()
        self.up = nn.ModuleList(
            _normed(nn.ConvTranspose2d(a, b, 3, 2, 1, output_padding=1, bias=bias), norm)
            for a, b in zip(widths, widths[1:], strict=False)
        )
        self.head = _reflected(width, out_channels, 7, True)
        init_gan_weights(self)

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Translate. `generator` seeds the dropout masks; without one, dropout acts in `train()` only."""
        x = self.stem(x)  # (N, width, H, W)
        for layer in self.down:
            x = layer(x)  # (N, 4 width, H/4, W/4) after the last
        for block in self.blocks:
            x = block(x, generator)
        for layer in self.up:
            x = layer(x)  # (N, width, H, W) after the last
        return torch.tanh(self.head(x))


class ReflectedBlock(nn.Module):
    """x + norm(conv(dropout(relu(norm(conv(x)))))), 3x3 convolutions with reflected borders, nothing after the sum.

    Shape: (N, channels, H, W) -> the same; H and W are at least 2.
    """

    def __init__(self, channels: int, norm: str, dropout: float = 0.0):
        super().__init__()
        self.first = _normed(_reflected(channels, channels, 3, has_bias(norm)), norm)
        self.drop = Dropout(dropout) if dropout else None
        self.second = _normed(_reflected(channels, channels, 3, has_bias(norm)), norm, active=False)

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        h = self.first(x)
        if self.drop is not None:
            h = self.drop(h, generator)
        return x + self.second(h)


def has_bias(norm: str) -> bool:
    """Whether the convolutions before a norm of this kind have biases: not where it has one of its own."""
    return norm not in ("batch", "picture")


def _reflected(inner: int, out: int, kernel: int, bias: bool) -> nn.Conv2d:
    return nn.Conv2d(inner, out, kernel, padding=kernel // 2, padding_mode="reflect", bias=bias)


def _normed(conv: nn.Module, norm: str, active: bool = True) -> nn.Sequential:
    """A convolution, its norm, and a ReLU where it is `active`."""
    channels: int = conv.out_channels  # type: ignore[assignment]
    layer = nn.InstanceNorm2d(channels) if norm == "instance" else make_norm(norm, channels)
    return nn.Sequential(conv, layer, *([nn.ReLU(True)] if active else []))
