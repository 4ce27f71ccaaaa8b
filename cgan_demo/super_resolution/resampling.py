"""Four times smaller and back, as `scaling`, of tensors."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from .scaling import FACTOR


def bicubic(low: Tensor) -> Tensor:
    """(N, C, h, w) -> (N, C, 4h, 4w)."""
    return F.interpolate(low, scale_factor=float(FACTOR), mode="bicubic", align_corners=False)


def shrunk(high: Tensor) -> Tensor:
    """(N, C, 4h, 4w) -> (N, C, h, w): antialiased bicubic, as `scaling.shrink`."""
    size = [side // FACTOR for side in high.shape[2:]]
    return F.interpolate(high, size, mode="bicubic", antialias=True, align_corners=False)
