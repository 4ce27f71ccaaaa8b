"""A generator whose pictures are made smaller, so that it can be measured beside one that paints smaller ones."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import DataError


class Reduced(nn.Module):
    """`generator` with its pictures (N, 3, S, S) brought to `size` px a side; all else is asked of it.

    Bicubic, nearly as sharp as the filter that real pictures are read with: a bilinear one softens, and distances
    between sets of pictures see that.

    Raises:
        DataError: it paints smaller pictures than that.
    """

    def __init__(self, generator: nn.Module, size: int):
        super().__init__()
        painted = int(generator.size)  # type: ignore[arg-type]
        if not 0 < size <= painted:
            raise DataError(f"The model paints {painted} px, so it cannot be measured at {size}: leave --size out.")
        self.generator, self.size = generator, size

    def forward(self, *given: Tensor) -> Tensor:
        made = self.generator(*given).float()
        smaller = F.interpolate(made, (self.size, self.size), mode="bicubic", antialias=True, align_corners=False)
        return smaller.clamp(-1, 1)  # it overshoots at edges

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("generator"), name)


def at_size(network: nn.Module, size: int | None) -> nn.Module:
    """`network`, whose `generator` paints at `size` px from now on; None for its own size."""
    if hasattr(network, "generator") and size not in (None, network.generator.size):
        network.generator = Reduced(network.generator, size)  # type: ignore[arg-type]
    return network
