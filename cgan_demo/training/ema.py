"""Exponential moving average of a generator's weights: the copy that is sampled, measured and served.

It is not `torch.optim.swa_utils.AveragedModel`, which counts updates, not pictures, takes its first update whole, and
names its weights `module.`*, so that no checkpoint of ours would fit.
"""

from __future__ import annotations

import copy

import torch
from torch import nn


class EMA:
    """Averages with a half-life counted in images, ramped up so that the start is forgotten quickly.

    Args:
        half_life: images after which an old weight counts half; 0 keeps a plain copy.
        ramp: the half-life never exceeds this share of the images seen so far (as in StyleGAN2-ADA's training).
    """

    def __init__(self, module: nn.Module, half_life: float = 5000, ramp: float = 0.1):
        self.module = copy.deepcopy(module).eval().requires_grad_(False)
        self.half_life, self.ramp = half_life, ramp

    @torch.no_grad()
    def update(self, module: nn.Module, batch: int, images: int) -> None:
        half_life = min(self.half_life, images * self.ramp)
        decay = 0.5 ** (batch / half_life) if half_life > 0 else 0.0
        for ours, theirs in zip(self.module.parameters(), module.parameters(), strict=True):
            ours.lerp_(theirs, 1 - decay)
        for average, current in zip(self.module.buffers(), module.buffers(), strict=True):
            average.copy_(current)
