"""Lines and the paper around them: a machine's edges roughened as hands draw, and floods that lines hold back.

Ink is a float map (1, H, W): 1 where the pen went, 0 on paper.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..pix2pix.edges import to_ink

INKED = 0.3  # from which a place holds the flood back
FLOOD_SIDE = 64  # px at which the outside of a drawing is found; leaks through gaps of up to 3 px are closed there


def to_drawing(ink: Tensor) -> Tensor:
    """The inverse of `to_ink`: (..., 1, H, W) in [0, 1] -> (..., 3, H, W) in [-1, 1]."""
    return (1 - 2 * ink).expand(*ink.shape[:-3], 3, *ink.shape[-2:]).contiguous()


def roughen(drawing: Tensor, rng: np.random.Generator) -> Tensor:
    """Make a machine's edges look as if a hand had drawn them, at random and for training only.

    Lines are bent by a smooth displacement of a few pixels, broken and dropped in places, reduced to the outline once
    in four, and drawn with a pen 1 to 4 px wide. One drawing in eight stays as it is.

    Shape: (3, H, W) in [-1, 1] -> the same.
    """
    if rng.random() < 1 / 8:
        return drawing
    ink = to_ink(drawing)
    if rng.random() < 1 / 4:
        ink = outline(ink)
    if rng.random() < 0.7:
        ink = bend(ink, rng, float(rng.uniform(0.5, 3.5)) * drawing.shape[-1] / 256)
    if rng.random() < 0.7:
        ink = ink * keep_mask(ink, rng, float(rng.uniform(0.0, 0.4)))
    return to_drawing(pen(ink, rng))


def bend(ink: Tensor, rng: np.random.Generator, strength: float, cells: int = 6) -> Tensor:
    """Displace by a smooth random field whose standard deviation at its `cells` x `cells` knots is `strength` px."""
    height, width = ink.shape[1:]
    knots = torch.from_numpy(rng.normal(0, strength, (1, 2, cells, cells))).float()
    field = F.interpolate(knots, (height, width), mode="bicubic", align_corners=True)[0]
    ys, xs = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    grid = torch.stack([(xs + field[0]) * 2 / (width - 1) - 1, (ys + field[1]) * 2 / (height - 1) - 1], -1)
    moved = F.grid_sample(ink[None], grid[None], align_corners=True)[0]
    return (moved * 1.6).clamp(0, 1)  # resampling pales thin lines


def keep_mask(ink: Tensor, rng: np.random.Generator, dropped: float) -> Tensor:
    """A mask (1, H, W) of 0 and 1 with soft-edged holes over about the share `dropped` of the picture."""
    cells = int(rng.integers(6, 28))
    noise = torch.from_numpy(rng.random((1, 1, cells, cells))).float()
    noise = F.interpolate(noise, ink.shape[1:], mode="bilinear", align_corners=False)[0]
    return (noise > torch.quantile(noise, dropped)).float()


def outline(ink: Tensor) -> Tensor:
    """Only the lines that the paper outside reaches: the silhouette of a drawing with a closed contour."""
    reached = F.max_pool2d(outside(ink[None], FLOOD_SIDE), 3, 1, 1)
    return ink * F.interpolate(reached, ink.shape[1:], mode="nearest")[0]


def outside(ink: Tensor, side: int) -> Tensor:
    """Where the paper around a drawing reaches when it floods in from the border and lines hold it back.

    It is found on a grid of `side` x `side`, so that gaps of less than a cell are closed; a coarser grid closes wider
    ones. Shape: (N, 1, H, W) in [0, 1] -> (N, 1, side, side), 1 outside, 0 on lines and within them.
    """
    return flooded(F.adaptive_max_pool2d(ink, side) <= INKED)


def flooded(free: Tensor) -> Tensor:
    """Which of the places that are free are reached from the border, in eight directions.

    Shape: bool (N, 1, h, w) -> (N, 1, h, w), 1 where reached.
    """
    open_ = F.pad(free, (1, 1, 1, 1), value=True).float()
    reached = torch.zeros_like(open_)
    reached[..., 0, :] = reached[..., -1, :] = reached[..., :, 0] = reached[..., :, -1] = 1
    for _ in range(free.shape[-2] * free.shape[-1]):
        grown = torch.minimum(F.max_pool2d(reached, 3, 1, 1), open_)
        if torch.equal(grown, reached):
            break
        reached = grown
    return reached[..., 1:-1, 1:-1]


def white_around(photo: Tensor, threshold: float = 0.92, cells: int = 32) -> Tensor:
    """Where the white that touches the border reaches: 1 there, 0 on the object, its shadow and holes in it.

    It is found on a grid of `cells` x `cells`, each white throughout. A random code gives an object another colour than
    its photo has, so there the photo cannot be the target; but the paper around it stays white whatever the code.

    Shape: (N, 3, H, W) in [-1, 1], sides multiples of `cells` -> (N, 1, H, W).
    """
    height, width = photo.shape[2:]
    darkest = -F.adaptive_max_pool2d(-photo.amin(1, keepdim=True), cells)
    return F.interpolate(flooded(darkest > threshold), (height, width), mode="nearest")


def paper_around(ink: Tensor, grids: Sequence[int] = (64, 32, 16)) -> Tensor | None:
    """The paper around a thing whose outline is closed, or None where no grid closes it.

    The finest grid counts whose inside is nearly as large as the coarsest's: a gap that it does not close would let
    the paper into the thing. An inside is that only where it fills a good part of what the lines span.

    Shape: (1, 1, H, W) in [0, 1] -> (1, 1, side, side), 1 outside, or None.
    """
    insides = []
    for side in grids:
        inside = 1 - outside(ink, side)
        hollow = inside - (F.adaptive_max_pool2d(ink, side) > INKED).float()
        insides.append((inside, float(hollow.mean())))
    inked = ink[0, 0] > INKED
    rows, columns = inked.any(1).sum(), inked.any(0).sum()
    spanned = float(rows * columns) / inked.numel()
    for inside, share in insides:
        if share > 0.8 * insides[-1][1] and share > 0.2 * spanned:
            return 1 - inside
    return None


def pen(ink: Tensor, rng: np.random.Generator) -> Tensor:
    """Draw with a pen 1 to 4 px wide, hard or soft."""
    width = int(rng.choice([1, 1, 2, 2, 3, 4]))
    if width > 1:
        ink = F.max_pool2d(F.pad(ink[None], ((width - 1) // 2, width // 2) * 2), width, 1)[0]
    if rng.random() < 0.3:
        ink = F.avg_pool2d(F.pad(ink[None], (1, 1, 1, 1), mode="replicate"), 3, 1)[0] * float(rng.uniform(1.0, 2.0))
    return ink.clamp(0, 1)
