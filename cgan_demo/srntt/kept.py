"""What a picture came as: grey, with transparency, of 16 bits. Its enlargement goes back as the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..images import Source, open_as_is, open_image, to_pil, to_tensor

FULL = 65535  # of 16 bits
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

    Transparent places keep the colour they have in the file. Numbers of other kinds than 8 and 16 bits become 8 bits.

    Raises:
        InputError: see `images.open_image`.
    """
    image = open_as_is(source)
    if image.mode in _DEEP and _in_16_bits(image):
        numbers = torch.from_numpy(np.asarray(image).astype(np.float32))[None, None] * (2 / FULL) - 1
        return Kept(numbers.expand(-1, 3, -1, -1).contiguous(), grey=True, deep=True)
    if not image.has_transparency_data:
        return Kept(to_tensor(open_image(image)), grey=image.mode in _GREY)
    colors = image.convert("RGBA")
    alpha = torch.from_numpy(np.asarray(colors.getchannel("A"), np.float32))[None, None] / 255
    return Kept(to_tensor(colors.convert("RGB")), image.mode in _GREY, alpha=alpha)


def _in_16_bits(image: Image.Image) -> bool:
    low, high = image.getextrema()
    return image.mode != "I" or (low >= 0 and 255 < high <= FULL)  # type: ignore[operator]
