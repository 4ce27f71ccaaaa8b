"""What a picture came as: grey, with transparency, of 16 bits. Its enlargement goes back as the same."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from ..depths import to_8_bits
from ..images import Source, open_as_is, open_image, to_pil, to_tensor

FULL = 65535  # of 16 bits
SEEN = 8  # of 255: from which opacity a colour counts; fainter ones are what is left in a file that nobody looked at
_GREY = ("1", "L", "LA", "La")
_DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N")


@dataclass(frozen=True)
class Kept:
    """A picture as numbers, and what it takes to give an enlargement of it the same form.

    values: (1, 3, H, W) float32 in [-1, 1], at its full depth; grey in all three channels.
    alpha: (1, 1, H, W) in [0, 1], or None where everything is opaque.
    """

    values: Tensor
    grey: bool = False
    deep: bool = False
    alpha: Tensor | None = None

    def restored(self, values: Tensor, alpha: Tensor | None = None) -> Image.Image:
        """(1, 3, H, W) in [-1, 1] and maybe (1, 1, H, W) in [0, 1] as a picture of this one's mode."""
        if self.deep:
            numbers = (values[0].mean(0).clamp(-1, 1) + 1) * (FULL / 2)
            return Image.fromarray(numbers.round().cpu().numpy().astype(np.uint16))
        picture = to_pil(values)
        if self.grey:
            picture = to_pil(values.mean(1, keepdim=True).expand(-1, 3, -1, -1)).getchannel(0)
        if alpha is not None:
            picture.putalpha(to_pil(alpha.expand(-1, 3, -1, -1) * 2 - 1).getchannel(0))
        return picture


def keep(source: Source | None) -> Kept:
    """Read a picture without losing its depth, greyness or transparency.

    Transparent places take the colour of the nearest that can be seen: what lies hidden there, often black, would reach
    over the edge when the picture is enlarged. Numbers of other kinds than 8 and 16 bits become 8 bits.

    Raises:
        InputError: see `images.open_image`.
    """
    image = open_as_is(source)
    if image.mode in _DEEP and _in_16_bits(image):
        numbers = torch.from_numpy(np.asarray(image).astype(np.float32))[None, None] * (2 / FULL) - 1
        return Kept(numbers.expand(-1, 3, -1, -1).contiguous(), grey=True, deep=True)
    if not image.has_transparency_data:
        return Kept(to_tensor(open_image(image)), grey=image.mode in _GREY)
    colors = to_8_bits(image).convert("RGBA")
    alpha = torch.from_numpy(np.asarray(colors.getchannel("A"), np.float32))[None, None] / 255
    visible = filled(np.asarray(colors.convert("RGB")), np.asarray(colors.getchannel("A")) >= SEEN)
    return Kept(to_tensor(Image.fromarray(visible)), image.mode in _GREY, alpha=alpha)


def filled(colors: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Every place that is not known takes the colour of the nearest that is; where none is, all stay as they are.

    By jump flooding (Rong and Tan, 2006): places tell each other of the nearest known place they have heard of, first
    across half the picture and at last from neighbour to neighbour.

    Shape: (H, W, C), bool (H, W) -> (H, W, C).
    """
    if known.all() or not known.any():
        return colors
    place = np.moveaxis(np.indices(known.shape), 0, -1)  # (H, W, 2)
    unheard = np.iinfo(np.int64).max
    heard, off = place.copy(), np.where(known, 0, unheard)
    steps = [1 << k for k in reversed(range((max(known.shape) - 1).bit_length()))] + [1]
    for step, dy, dx in product(steps, (-1, 0, 1), (-1, 0, 1)):
        if dy or dx:
            to, of = zip(*map(_shifted, known.shape, (dy * step, dx * step)), strict=True)
            told = heard[of]
            far = np.where(off[of] < unheard, ((told - place[to]) ** 2).sum(-1), unheard)
            nearer = far < off[to]
            heard[to][nearer], off[to][nearer] = told[nearer], far[nearer]
    return colors[heard[..., 0], heard[..., 1]]


def _shifted(size: int, by: int) -> tuple[slice, slice]:
    """Of 0..size-1, the part that has a neighbour `by` places on, and those neighbours."""
    length = max(0, size - abs(by))
    return slice(max(0, -by), max(0, -by) + length), slice(max(0, by), max(0, by) + length)


def plain_as_it_was(low: Tensor, made: Tensor, factor: int) -> Tensor:
    """An enlargement `factor` times as large, whose places lie plain wherever `low` is: white paper stays 255.

    Plain is what has one colour as far as bicubic interpolation sees.

    Shape: (1, C, H, W), (1, C, factor H, factor W) -> the latter.
    """
    around = F.pad(low, (2, 2, 2, 2), mode="replicate")
    plain = (F.max_pool2d(around, 5, 1) == -F.max_pool2d(-around, 5, 1)).all(1, keepdim=True)
    same, plain = (F.interpolate(x, scale_factor=factor, mode="nearest") for x in (low, plain.to(low)))
    return torch.where(plain > 0, same, made)


def _in_16_bits(image: Image.Image) -> bool:
    low, high = image.getextrema()
    return image.mode != "I" or (low >= 0 and 255 < high <= FULL)  # type: ignore[operator]
