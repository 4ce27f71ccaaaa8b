"""Blocks and initialisation shared by several systems."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

Block = TypeVar("Block", bound=nn.Module)


class ChannelNorm(nn.Module):
    """Layer normalisation over the channels of each pixel, with a learned gain and bias.

    Statistics never leave the pixel, so a batch of one, a batch of sixteen, a crop and a tile of a large
    picture all see the same function, in training as in serving (Ba, Kiros, Hinton, 2016; over channels
    only, as in ConvNeXt: Liu et al., CVPR 2022, section 2.6).

    Shape: (N, channels, H, W) -> the same.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)  # (N, H, W, C): free where the memory is channels_last
        x = F.layer_norm(x, (x.shape[-1],), self.weight.to(x.dtype), self.bias.to(x.dtype))
        return x.permute(0, 3, 1, 2)


class Dropout(nn.Module):
    """Dropout whose mask can come from an explicit generator, so that noise at test time has a seed.

    `always` keeps it on in `eval()` too: in pix2pix dropout is the only source of noise and stays on at
    test time (Isola et al., 2017, section 3.2.1). In `eval()` it acts only where a generator is handed in.
    """

    def __init__(self, rate: float = 0.5):
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        if not self.training and generator is None:
            return x
        keep = torch.rand(x.shape, device=x.device, generator=generator) >= self.rate
        return x * keep.to(x.dtype) / (1 - self.rate)


NORMS = ("batch", "instance", "channel", "none")


def make_norm(kind: str, channels: int) -> nn.Module:
    """The normalisation layer called `kind` (one of `NORMS`) for `channels` channels."""
    makers: dict[str, Callable[[], nn.Module]] = {
        "batch": lambda: nn.BatchNorm2d(channels, momentum=0.05),
        "instance": lambda: nn.InstanceNorm2d(channels, affine=True),
        "channel": lambda: ChannelNorm(channels),
        "none": nn.Identity,
    }
    if kind not in makers:
        raise ValueError(f"norm is one of {', '.join(NORMS)}, not {kind!r}.")
    return makers[kind]()


def silu(x: Tensor) -> Tensor:
    """x * sigmoid(x) of a tensor that nobody else needs: in its own memory where no gradient is recorded.

    On a processor, taking new memory for large maps costs about as much as the convolutions of a narrow block.
    """
    return F.silu(x, inplace=not torch.is_grad_enabled())


class ResidualBlock(nn.Module):
    """x + conv(act(norm(conv(act(norm(x)))))), 3x3 convolutions, the second starting at zero.

    Shape: (N, channels, H, W) -> the same.
    """

    def __init__(self, channels: int, norm: str = "batch"):
        super().__init__()
        self.norm1 = make_norm(norm, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = make_norm(norm, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        for parameter in self.conv2.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm1(x)
        h = self.conv1(F.silu(x) if h is x else silu(h))  # without a norm, h is x and still needed
        return self.conv2(silu(self.norm2(h))) + x


class StyledBlock(nn.Module):
    """A residual block whose second normalisation is scaled and shifted, channel by channel, by a code.

    Feature-wise modulation as in Perez et al., *FiLM*, AAAI 2018. Shape: (N, channels, H, W), (N, code) -> the same.
    """

    def __init__(self, channels: int, code: int):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels, momentum=0.05)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(channels, momentum=0.05, affine=False)
        self.style = nn.Linear(code, 2 * channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        gain, shift = self.style(code)[:, :, None, None].chunk(2, 1)
        h = self.norm2(self.conv1(silu(self.norm1(x)))) * (1 + gain) + shift
        return self.conv2(silu(h)) + x


def enlarged_twice(x: Tensor, smooth: bool = False) -> Tensor:
    """(N, C, H, W) -> (N, C, 2 H, 2 W), by nearest neighbours or, where `smooth`, bilinearly."""
    if smooth:
        return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def merge_upsampled(conv: nn.Conv2d, coarse: Tensor, skip: Tensor, smooth: bool = False) -> Tensor:
    """conv(cat([upsampled coarse, skip])) for a 1x1 convolution and upsampling by 2, but cheaper.

    A 1x1 convolution and upsampling (see `enlarged_twice`) can change places, so the coarse half is convolved while it
    is small, and nothing is concatenated.

    Shape: (N, a, H/2, W/2), (N, b, H, W) -> (N, conv.out_channels, H, W), a + b being conv.in_channels.
    """
    inner = coarse.shape[1]
    small = F.conv2d(coarse, conv.weight[:, :inner], conv.bias)
    return enlarged_twice(small, smooth) + F.conv2d(skip, conv.weight[:, inner:])


def freeze_batch_norms(module: nn.Module) -> None:
    """Let every batch norm use its running statistics from here on, as it will when serving.

    Training a last stretch like this closes the gap between the statistics of a batch and those of a visitor's one
    picture. `train()` on the module undoes it.
    """
    for m in module.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.eval()


def folded(module: Block) -> Block:
    """A copy for serving: in its residual blocks the second norm, with running statistics, is part of the convolution.

    `module` is in `eval()` and stays as it is.
    """
    copied = copy.deepcopy(module)
    for m in copied.modules():
        if isinstance(getattr(m, "norm2", None), nn.BatchNorm2d):
            m.conv1 = fuse_conv_bn_eval(m.conv1, m.norm2)  # type: ignore[arg-type, type-var]
            m.norm2 = nn.Identity()
    return copied


def init_gan_weights(module: nn.Module, std: float = 0.02) -> nn.Module:
    """Gaussian weights of standard deviation `std`, as DCGAN (section 3) and pix2pix (section 6.2) start from.

    Convolutions get N(0, std), affine normalisations N(1, std), biases 0. Returns the module.
    """
    for m in module.modules():
        weight, bias = getattr(m, "weight", None), getattr(m, "bias", None)
        if weight is None:
            continue
        if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.normal_(weight, 0.0, std)
        elif isinstance(m, (nn.BatchNorm2d, nn.InstanceNorm2d)):
            nn.init.normal_(weight, 1.0, std)
        if bias is not None:
            nn.init.zeros_(bias)
    return module
