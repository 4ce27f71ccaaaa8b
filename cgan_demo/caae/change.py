"""A change to a face, what moves and what is painted, goes onto a photo of any size."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from ..data.alignment import LEFT_EYE, RIGHT_EYE

EYE = (0.075, 0.05)  # half the width and height of an eye, as shares of the side
EYES_KEPT = 0.85  # share of what is painted on an eye's middle that is left out
FADE = 0.28  # of half the side: over which a change fades out towards the border


def faded(like: Tensor) -> Tensor:
    """Where a face may change, (1, 1, H, W): 1 in the middle, falling to 0 at the borders and in the corners.

    What lies behind a head does not grow old; and a face whose borders are the photo's own goes back into it without a
    seam.
    """
    ys, xs = (torch.linspace(-1, 1, n, device=like.device).abs() ** 3 for n in like.shape[2:])
    inside = ((1 - (ys[:, None] + xs) ** (1 / 3)) / FADE).clamp(0, 1)
    return (inside * inside * (3 - 2 * inside))[None, None]


def calmed(like: Tensor) -> Tensor:
    """How much may be painted, (1, 1, H, W): 1, but little on the eyes of an aligned face.

    They move and grow with the flow, and stay the person's own: a network that may paint them blackens a child's and
    reddens an old man's, since that tells their ages to readers of small pictures.
    """
    height, width = like.shape[2:]
    ys = torch.linspace(0, 1, height, device=like.device)[:, None]
    xs = torch.linspace(0, 1, width, device=like.device)
    held = torch.zeros(height, width, device=like.device)
    for x, y in (LEFT_EYE, RIGHT_EYE):
        held = torch.maximum(held, torch.exp(-(((xs - x) / EYE[0]) ** 2 + ((ys - y) / EYE[1]) ** 2)))
    return (1 - EYES_KEPT * held)[None, None]


def applied(photo: Tensor, flow: Tensor, delta: Tensor) -> Tensor:
    """A photo of any size, moved and painted upon where it is `faded` in: flow and delta are brought to its size.

    Shape: (N, 3, H, W), (N, 2, h, w), (N, 3, h', w') -> (N, 3, H, W), not clamped.
    """
    size = photo.shape[2:]
    if flow.shape[2:] != size:
        flow = F.interpolate(flow, size, mode="bilinear", align_corners=False)
    if delta.shape[2:] != size:
        delta = F.interpolate(delta, size, mode="bicubic", align_corners=False)
    share = faded(photo)
    return warped(photo.float(), share * flow) + share * calmed(photo) * delta


def warped(photo: Tensor, flow: Tensor) -> Tensor:
    """Each place shows what lies `flow` away, in shares of the side. (N, C, H, W), (N, 2, H, W) -> (N, C, H, W)."""
    height, width = photo.shape[2:]
    ys = torch.linspace(-1, 1, height, device=photo.device)[:, None].expand(height, width)
    xs = torch.linspace(-1, 1, width, device=photo.device).expand(height, width)
    grid = torch.stack([xs, ys], -1) + 2 * flow.permute(0, 2, 3, 1)
    return F.grid_sample(photo, grid, mode="bilinear", padding_mode="border", align_corners=True)


def repeated(code: Tensor | Sequence[Tensor], count: int) -> Tensor | list[Tensor]:
    """The code of one face, `count` times, without copying it."""
    if isinstance(code, Tensor):
        return code.expand(count, *code.shape[1:])
    return [part.expand(count, *part.shape[1:]) for part in code]
