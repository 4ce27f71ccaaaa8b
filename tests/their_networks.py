"""Generators as the most used public implementation builds and names them, written anew: what imports are held against.

Their test script leaves batch norms and dropout in training mode; `train()` is therefore what it computes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SeededDropout(nn.Module):
    """nn.Dropout(0.5) whose masks come from the generator `rng` of all of them; off without one, or in `eval()`."""

    rng: torch.Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or SeededDropout.rng is None:
            return x
        return x * (torch.rand(x.shape, generator=SeededDropout.rng) >= 0.5) / 0.5


def norm_of(kind: str, channels: int) -> nn.Module:
    return {
        "batch": lambda: nn.BatchNorm2d(channels),
        "instance": lambda: nn.InstanceNorm2d(channels),
        "tracked": lambda: nn.InstanceNorm2d(channels, track_running_stats=True),
        "none": nn.Identity,
    }[kind]()


def biased(norm: str) -> bool:
    return norm in ("instance", "tracked")


class Block(nn.Module):
    """One level of the nested U-Net."""

    def __init__(self, outer: int, inner: int, norm: str, inside: Block | None, dropout: bool = False):
        super().__init__()
        down = [nn.LeakyReLU(0.2), nn.Conv2d(outer, inner, 4, 2, 1, bias=biased(norm))]
        if inside is not None:
            down += [norm_of(norm, inner), inside]
        width = inner if inside is None else 2 * inner
        up = [nn.ReLU(), nn.ConvTranspose2d(width, outer, 4, 2, 1, bias=biased(norm)), norm_of(norm, outer)]
        self.model = nn.Sequential(*down, *up, *([SeededDropout()] if dropout else []))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.model(x)], 1)


class Outermost(nn.Module):
    def __init__(self, given: int, made: int, width: int, norm: str, inside: Block):
        super().__init__()
        first = nn.Conv2d(given, width, 4, 2, 1, bias=biased(norm))
        self.model = nn.Sequential(first, inside, nn.ReLU(), nn.ConvTranspose2d(2 * width, made, 4, 2, 1), nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x)


class Whole(nn.Module):
    """What holds a generator, so that all names begin with `model.`"""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x)


def unet(depth: int, width: int, norm: str, dropout: bool = False, given: int = 3, made: int = 3) -> nn.Module:
    block = Block(8 * width, 8 * width, norm, None)
    for _ in range(depth - 5):
        block = Block(8 * width, 8 * width, norm, block, dropout)
    for factor in (4, 2, 1):
        block = Block(factor * width, 2 * factor * width, norm, block)
    return Whole(Outermost(given, made, width, norm, block))


class Residual(nn.Module):
    def __init__(self, channels: int, norm: str, dropout: bool):
        super().__init__()
        layers: list[nn.Module] = []
        for i in range(2):
            layers += [
                nn.ReflectionPad2d(1),
                nn.Conv2d(channels, channels, 3, bias=biased(norm)),
                norm_of(norm, channels),
            ]
            if i == 0:
                layers += [nn.ReLU(), *([SeededDropout()] if dropout else [])]
        self.conv_block = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv_block(x)


def resnet(blocks: int, width: int, norm: str, dropout: bool = False, given: int = 3, made: int = 3) -> nn.Module:
    bias = biased(norm)
    layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(given, width, 7, bias=bias)]
    layers += [norm_of(norm, width), nn.ReLU()]
    for n in (width, 2 * width):
        layers += [nn.Conv2d(n, 2 * n, 3, 2, 1, bias=bias), norm_of(norm, 2 * n), nn.ReLU()]
    layers += [Residual(4 * width, norm, dropout) for _ in range(blocks)]
    for n in (4 * width, 2 * width):
        layers += [nn.ConvTranspose2d(n, n // 2, 3, 2, 1, 1, bias=bias), norm_of(norm, n // 2), nn.ReLU()]
    layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, made, 7), nn.Tanh()]
    return Whole(nn.Sequential(*layers))


def discriminator(channels: int = 6, width: int = 4) -> nn.Module:
    """PatchGAN."""
    layers: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2)]
    for n, stride in ((width, 2), (2 * width, 2), (4 * width, 1)):
        layers += [nn.Conv2d(n, 2 * n, 4, stride, 1, bias=False), nn.BatchNorm2d(2 * n), nn.LeakyReLU(0.2)]
    return Whole(nn.Sequential(*layers, nn.Conv2d(8 * width, 1, 4, 1, 1)))


@torch.no_grad()
def trained(network: nn.Module, seed: int = 0) -> nn.Module:
    """The network with weights of a trained one's size, and running statistics that belong to no picture."""
    rng = torch.Generator().manual_seed(seed)

    def draw(like: Tensor, mean: float, std: float) -> Tensor:
        return torch.randn(like.shape, generator=rng) * std + mean

    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            module.weight.copy_(draw(module.weight, 0, 0.1))
            if module.bias is not None:
                module.bias.copy_(draw(module.bias, 0, 0.1))
        elif isinstance(module, (nn.BatchNorm2d, nn.InstanceNorm2d)):
            if module.weight is not None:
                module.weight.copy_(draw(module.weight, 1, 0.2))
                module.bias.copy_(draw(module.bias, 0, 0.2))
            if module.running_mean is not None and module.running_var is not None:
                module.running_mean.copy_(draw(module.running_mean, 0, 0.5))
                module.running_var.copy_(draw(module.running_var, 0, 0.5).exp())
    return network
