"""A discriminator that looks through a frozen feature network.

Sauer, Chitta, Müller, Geiger, *Projected GANs Converge Faster*, NeurIPS 2021: features of a frozen classifier
at four scales are mixed by fixed random convolutions, across channels (section 3.2, CCM) and from coarse to
fine across scales (CSM); a small trained head per scale tells real from generated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from .objectives import Hinge

if TYPE_CHECKING:
    from .training.loop import System

SEEN = 128  # px at which the frozen network looks at what is smaller


def enlarged(pictures: Tensor) -> Tensor:
    """Pictures (N, 3, S, S) as the frozen network is shown them: at least `SEEN` px a side."""
    if pictures.shape[-1] >= SEEN:
        return pictures
    return F.interpolate(pictures, (SEEN, SEEN), mode="bilinear", align_corners=False)


class RandomProjection(nn.Module):
    """Fixed random mixing of four feature maps across channels and scales.

    Args:
        channels: channels of the incoming maps, fine to coarse.
        width: channels of each outgoing map.

    Shape: maps (N, channels[i], h_i, w_i), h_i halving -> maps (N, width, h_i, w_i).
    """

    def __init__(self, channels: Sequence[int], width: int = 64):
        super().__init__()
        self.across_channels = nn.ModuleList(nn.Conv2d(c, width, 1, bias=False) for c in channels)
        self.across_scales = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in channels)
        for conv in (*self.across_channels, *self.across_scales):
            nn.init.kaiming_normal_(conv.weight, nonlinearity="linear")  # type: ignore[arg-type]
        self.requires_grad_(False)

    def forward(self, features: Sequence[Tensor]) -> list[Tensor]:
        mixed: list[Tensor] = []
        above: Tensor | None = None
        for i in reversed(range(len(features))):
            h = self.across_channels[i](features[i])
            if above is not None:
                h = (h + F.interpolate(above, size=h.shape[2:], mode="nearest")) * 0.5**0.5
            above = self.across_scales[i](h)
            mixed.append(above)
        return mixed[::-1]


class ProjectedDiscriminator(nn.Module):
    """One spectrally normalised head per scale on projected frozen features, beside the pooled condition.

    The feature network is handed to `forward`, not held: it is shared with the perceptual loss and is not
    part of this module's state.

    Shape: features as `RandomProjection` takes them, condition (N, condition_channels, H, W)
        -> a list of logit maps (N, 1, h_i, w_i), one per scale.
    """

    def __init__(self, channels: Sequence[int], condition_channels: int = 0, width: int = 64):
        super().__init__()
        self.projection = RandomProjection(channels, width)
        self.heads = nn.ModuleList(self._head(width + condition_channels, width) for _ in channels)

    @staticmethod
    def _head(inner: int, width: int) -> nn.Sequential:
        return nn.Sequential(
            spectral_norm(nn.Conv2d(inner, width, 3, padding=1)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(width, width, 3, padding=1)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(width, 1, 1)),
        )

    def forward(self, features: Sequence[Tensor], condition: Tensor | None = None) -> list[Tensor]:
        logits = []
        for head, h in zip(self.heads, self.projection(features), strict=True):
            if condition is not None:
                pooled = F.adaptive_avg_pool2d(condition, h.shape[2:]).to(h.dtype)
                h = torch.cat([h, pooled], 1)
            logits.append(head(h))
        return logits


class Played(NamedTuple):
    """What a step of D came to: its loss, and its mean logits of real and of generated pictures."""

    loss: Tensor
    real: Tensor
    fake: Tensor


class ProjectedGame:
    """The hinge game of a system whose discriminator looks through frozen features: a step of D, and what G pays.

    Losses are means over the discriminator's scales. Pictures come as their feature maps, one for each scale.

    Args:
        system: has the `ProjectedDiscriminator`, and the optimiser of its heads, under `name`.
        features: the frozen network.
        longest: see `System.update`.
    """

    def __init__(self, system: System, features: nn.Module, name: str = "discriminator", longest: float | None = None):
        self.system, self.features, self.name, self.longest = system, features, name, longest
        self.objective = Hinge()

    def look(self, real: Tensor, made: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Feature maps of real pictures, without gradients, and of made ones, with. (N, 3, H, W) and (M, 3, H, W)."""
        with self.system.accelerator.autocast():
            with torch.no_grad():
                truth = self.features(real)
            return truth, self.features(made)

    def play(self, real: Sequence[Tensor], fake: Sequence[Tensor], condition: Tensor | None = None) -> Played:
        """One step of D on maps of N real and N generated pictures, none of which gets a gradient.

        condition: (2 N, C, H, W), of the real pictures, then of the generated ones.
        """
        self._heads().requires_grad_(True)
        both = [torch.cat([a.detach(), b.detach()]) for a, b in zip(real, fake, strict=True)]
        with self.system.accelerator.autocast():
            logits = [x.float().chunk(2) for x in self.system.networks[self.name](both, condition)]
        loss = torch.stack([self.objective.discriminator(*pair) for pair in logits]).mean()
        self.system.update(self.name, loss, self.longest)
        means = (torch.stack([pair[k].detach().mean() for pair in logits]).mean() for k in (0, 1))
        return Played(loss.detach(), *means)

    def cost(self, fake: Sequence[Tensor], condition: Tensor | None = None) -> Tensor:
        """What D, held fixed, makes G pay for maps of N generated pictures; condition: (N, C, H, W)."""
        self._heads().requires_grad_(False)
        with self.system.accelerator.autocast():
            logits = self.system.plain(self.name)(fake, condition)
        return torch.stack([self.objective.generator(x.float()) for x in logits]).mean()

    def _heads(self) -> Any:
        return self.system.plain(self.name).heads
