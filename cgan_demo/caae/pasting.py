"""A changed face goes back into the photo that it was cut out of."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageFilter

from ..data.alignment import Eyes, crop_transform

CHANGED = 24  # levels of 255, of a neighbourhood's mean change, from which a place is the new face's alone
NEAR = 0.015  # of the side: a neighbourhood's radius
EDGE = 0.06  # of the side, over which what is left of a change fades out


def put_back(photo: Image.Image, eyes: Eyes, before: Image.Image, after: Image.Image) -> Image.Image:
    """`photo` with `after` where the crop of `eyes`, which was `before`, came from; it keeps its size.

    Where little changed, the change is added to the photo's own pixels, which stays as sharp as it is; where much did,
    the photo gives way, lest what moved be seen twice.

    Args:
        photo: RGB. before, after: squares, as `alignment.align` frames them; of one size, or `after` the smaller.
    """
    if after.size != before.size:
        after = after.resize(before.size, Image.Resampling.BICUBIC)
    window = _window(photo, eyes)
    if window is None:
        return photo.copy()
    left, top, right, bottom = window
    bicubic, bilinear = Image.Resampling.BICUBIC, Image.Resampling.BILINEAR
    old, new = (_placed(x, eyes, window, bicubic) for x in (before, after))
    share = _placed(_changed(before, after), eyes, window, bilinear)[..., None] / 255
    inside = _placed(_inside(before.width), eyes, window, bilinear)[..., None] / 255
    own = np.asarray(photo.crop(window), np.float32)
    pixels = own + inside * ((new - old) + share * (old - own))
    result = photo.copy()
    result.paste(Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8)), (left, top, right, bottom))
    return result


def _window(photo: Image.Image, eyes: Eyes) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of the photo's part that a crop shows; None where it shows nothing of it."""
    a, b, c, d, e, f = crop_transform(eyes, 1)
    ends = [(a * x + b * y + c, d * x + e * y + f) for x in (0, 1) for y in (0, 1)]
    low = [max(0, math.floor(min(end[k] for end in ends))) for k in (0, 1)]
    high = [min(photo.size[k], math.ceil(max(end[k] for end in ends))) for k in (0, 1)]
    return (low[0], low[1], high[0], high[1]) if low[0] < high[0] and low[1] < high[1] else None


def _placed(crop: Image.Image, eyes: Eyes, window: tuple[int, int, int, int], resample: Image.Resampling) -> np.ndarray:
    """A crop as it lies in a window of the photo, black beyond its borders: float32 (h, w) or (h, w, 3)."""
    side = max(1, round(eyes.resolution))
    if crop.width > 1.25 * side:  # shrink first: the transform takes single pixels and would alias
        crop = crop.resize((side, side), Image.Resampling.BICUBIC)
    a, b, c, d, e, f = crop_transform(eyes, crop.width)
    c, f = c - window[0], f - window[1]
    size, turn = (window[2] - window[0], window[3] - window[1]), a * e - b * d
    inverse = (e / turn, -b / turn, (b * f - e * c) / turn, -d / turn, a / turn, (d * c - a * f) / turn)
    return np.asarray(crop.transform(size, Image.Transform.AFFINE, inverse, resample), np.float32)


def _changed(before: Image.Image, after: Image.Image) -> Image.Image:
    """How far each place is the new face's own, grey: 0 where nothing changed near it."""
    change = np.abs(np.asarray(after, np.float32) - np.asarray(before, np.float32)).mean(2)
    share = Image.fromarray((255 * (change / CHANGED).clip(0, 1)).astype(np.uint8))
    return share.filter(ImageFilter.GaussianBlur(NEAR * before.width))


def _inside(side: int) -> Image.Image:
    """255 within a square, falling smoothly to 0 at its borders."""
    ramp = np.minimum(np.arange(side) + 0.5, side - 0.5 - np.arange(side)) / (EDGE * side)
    ramp = ramp.clip(0, 1) ** 2 * (3 - 2 * ramp.clip(0, 1))
    return Image.fromarray((255 * np.minimum(ramp[:, None], ramp)).round().astype(np.uint8))
