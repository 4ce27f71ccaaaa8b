"""Drawings as people bring them, photographed, scanned, pale or transparent, as thin dark lines on white paper.

What is clean already stays as it is. Elsewhere ink is what is darker than the paper around it, in whichever channel
shows it best, so that shadows, coloured pens and grey paper make no difference; where the lines end is then told from
how dark this drawing's own lines are and how noisy its paper is.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional as F

from ..depths import to_8_bits, to_rgb
from ..errors import InputError
from ..images import Source, open_as_is

EMPTY = "The drawing is empty: draw the outline of something first."
WORK = 768  # px, longer side at which a photo of a drawing is looked at
WHITE, DARK, PALE = 250, 128, 220  # grey levels from which on is paper, below which is ink, and below which is either
WIDEST = 0.12  # of the longer side: lines and areas up to here are ink, wider ones are shadow or another paper
DIM = 0.35  # of the brightest paper: where it is darker, as on a table around it, noise would be as dark as ink
FAINTEST = 0.03  # of the paper's brightness, by which ink is darker at least
SURE, MAYBE = 0.6, 0.2  # of the ink's own darkness, from which a place is all ink, and below which it is none
DARKEST = 0.35  # of the paper's brightness, from which on it is ink however uneven the paper
NOISE = 7.0  # standard deviations of the paper's own, which no ink lies within
TILES = 12  # along the longer side, in which the paper's own unevenness is measured
AROUND = 0.04  # of the longer side: surroundings from which lines stand out
MOST_INK = 0.35  # share of the paper that lines cover at most
SPECK = 0.015  # share of ink in a square of `WIDEST`, below which it is dirt


def read_drawing(source: Source | None) -> Image.Image:
    """Any drawing as grey lines on white paper, mode L: the picture's own values where it is clean, else at most
    `WORK` px a side.

    Raises:
        InputError: the picture cannot be read, or there is nothing drawn on it.
    """
    picture = to_8_bits(open_as_is(source))
    ink = _by_transparency(picture)
    picture = Image.fromarray(255 - ink) if ink is not None else to_rgb(picture)
    grey = picture.convert("L")
    for candidate in (grey, ImageOps.invert(grey)):
        if is_clean(np.asarray(candidate)):
            return candidate
    picture.thumbnail((WORK, WORK), Image.Resampling.BOX)
    return Image.fromarray(np.rint(255 * (1 - inked(np.asarray(picture.convert("RGB"))))).astype(np.uint8))


def is_clean(grey: np.ndarray) -> bool:
    """Whether white paper and dark lines are nearly all that there is."""
    paper, dark, drawn = (grey >= WHITE).mean(), (grey < DARK).mean(), (grey < PALE).mean()
    return bool(paper >= 0.5 and dark > 0 and dark >= 0.3 * drawn)


def inked_again(grey: Image.Image) -> Image.Image:
    """Thin lines that shrinking has paled, as dark as lines are; others as they are."""
    ink = 255 - np.asarray(grey, np.float32)
    if (ink > 255 - DARK).sum() >= 0.3 * (ink > 255 - PALE).sum() > 0:
        return grey
    drawn = ink[ink > 0.25 * ink.max()]
    if not len(drawn):
        return grey
    return Image.fromarray(np.rint(255 - np.minimum(ink * (255 / np.quantile(drawn, 0.5)), 255)).astype(np.uint8))


def _by_transparency(picture: Image.Image) -> np.ndarray | None:
    """The opacity (H, W) of 0..255, where it is what draws: strokes of any colour on nothing. Else None."""
    if not picture.has_transparency_data:
        return None
    rgba = picture.convert("RGBA")
    alpha, grey = np.asarray(rgba.getchannel("A")), np.asarray(rgba.convert("RGB").convert("L"), np.float32)
    seen = alpha >= DARK
    if not seen.any() or seen.mean() > 0.5:
        return None
    one_colour = grey[seen].std() < 24
    width = max(3, round(WIDEST * max(alpha.shape)))
    thick = _eroded(torch.from_numpy(seen).float()[None, None], width).mean()
    return alpha if one_colour or thick < 0.1 * seen.mean() else None


def inked(picture: np.ndarray) -> np.ndarray:
    """How much ink lies where on a photo of a drawing, uint8 (H, W, 3) -> float (H, W), 0 paper to 1 ink.

    Raises:
        InputError: none.
    """
    values = torch.from_numpy(picture.astype(np.float32)).permute(2, 0, 1)[None] / 255
    if max(picture.shape) > WORK // 2:
        values = _mean(values, 3)  # against the sensor's noise
    width = max(3, round(WIDEST * max(picture.shape)))
    if _lines_are_light(values):
        values = 1 - values
    paper = _paper(values, width)
    bright = torch.maximum(paper, DIM * paper.max()).clamp_min(1e-3)
    darkness = ((paper - values) / bright).amax(1, keepdim=True)  # (1, 1, H, W)
    uneven = _paper_at_most(darkness)
    drawn = (darkness > uneven).float()
    drawn *= _mean(drawn, width | 1, "constant") >= SPECK
    if not drawn.any():
        raise InputError(EMPTY)
    most = float(np.quantile(darkness[drawn > 0].numpy(), 0.75))
    least = uneven.clamp(MAYBE * most, SURE * most)
    ink = ((darkness - least) / (SURE * most - least).clamp_min(0.25 * most)).clamp(0, 1)
    ink = ink * (_mean(drawn, width | 1, "constant") >= SPECK)
    if (ink > 0.5).float().mean() > MOST_INK:  # what is left is the grain of the paper
        raise InputError(EMPTY)
    return ink[0, 0].numpy()


def _lines_are_light(values: Tensor) -> bool:
    """Whether what stands out from its surroundings is lighter than they are; edges of areas do so both ways."""
    grey = values.mean(1, keepdim=True)
    return bool((grey - _mean(grey, round(AROUND * max(grey.shape)) | 1)).pow(3).mean() > 0)


def _paper(values: Tensor, width: int) -> Tensor:
    """The brightness that the paper has at each place: lines narrower than `width` px closed, shadows left.

    Beyond the border brightness goes on as it went before it.
    """
    room = min(width, min(values.shape[2:]) - 1)
    rims = ((0, 0), (0, 0), (room, room), (room, room))
    wide = torch.from_numpy(np.pad(_mean(values, 15).numpy(), rims, mode="reflect", reflect_type="odd"))
    rows, columns = (slice(room, room + side) for side in values.shape[2:])
    wide[:, :, rows, columns] = values
    return _eroded(_dilated(wide, width), width)[:, :, rows, columns]


def _mean(x: Tensor, width: int, beyond: str = "replicate") -> Tensor:
    """Over a square of `width` px, an odd number, around each place; `beyond` the border lies what `F.pad` calls so."""
    x = F.pad(x, [width // 2 + 1, width // 2] * 2, mode=beyond).double()
    for axis in (2, 3):  # sums from the border on, which takes as long for any width
        x, length = x.cumsum(axis), x.shape[axis] - width
        x = (x.narrow(axis, width, length) - x.narrow(axis, 0, length)) / width
    return x.float()


def _dilated(x: Tensor, width: int) -> Tensor:
    """The largest value in a square of about `width` px around each place; twice as far with each look."""
    half = width // 2
    x = F.pad(x, (half, half, half, half), mode="replicate")
    for axis in (2, 3):
        reach = 1
        while reach < 2 * half + 1:
            step = min(reach, 2 * half + 1 - reach)
            length = x.shape[axis] - step
            x = torch.maximum(x.narrow(axis, 0, length), x.narrow(axis, step, length))
            reach += step
    return x


def _eroded(x: Tensor, width: int) -> Tensor:
    return -_dilated(-x, width)


def _paper_at_most(darkness: Tensor) -> Tensor:
    """What the paper's own unevenness reaches at each place, told in tiles by the lightest quarter of each.

    A tile may be full of ink: its darkness is the paper's as far as its unevenness explains it.
    """
    height, width = darkness.shape[2:]
    side = max(8, max(height, width) // TILES)
    whole = F.pad(darkness, (0, -width % side, 0, -height % side), mode="replicate")
    tiles = whole.unfold(2, side, side).unfold(3, side, side).flatten(4).numpy()  # (1, 1, h, w, side^2)
    light, lighter = np.quantile(tiles, 0.25, axis=-1), np.quantile(tiles, 0.05, axis=-1)
    spread = light - lighter  # of normal noise, one standard deviation
    most = np.minimum(light, 5 * spread) + NOISE * spread + FAINTEST
    around = F.pad(torch.from_numpy(most).float(), (1, 1, 1, 1), mode="replicate")
    around = F.max_pool2d(around, 2, 1)
    return F.interpolate(around, (height, width), mode="bilinear", align_corners=True).clamp_max(DARKEST)
