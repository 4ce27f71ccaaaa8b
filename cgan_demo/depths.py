"""Numbers of any depth as 8 bits: 16 bits, fractions, arrays; and any mode of a picture as RGB."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .errors import InputError
from .profiles import to_srgb

SIXTEEN_BITS = ("PNG", "PPM")  # file formats whose modes of more than 8 bits fill 0..65535


def to_rgb(image: Image.Image) -> Image.Image:
    """A picture of any mode as 8-bit sRGB: depths scaled, transparency on white, colour profiles applied.

    Returns: a picture, or `image` itself where there was nothing to do.
    """
    image = to_srgb(to_8_bits(image))
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def to_8_bits(image: Image.Image) -> Image.Image:
    """A picture whose channels have 8 bits: numbers of more are scaled to grey, with the transparency of its key."""
    key = image.info.get("transparency")
    if image.mode == "RGB" and isinstance(key, tuple) and max(key) > 255:  # of 16 bits, where Pillow keeps the upper 8
        image = image.copy()
        image.info["transparency"] = tuple(value >> 8 for value in key)
    if image.mode in ("La", "RGBa"):
        return image.convert({"La": "LA", "RGBa": "RGBA"}[image.mode])
    if image.mode[0] not in "IF":
        return image
    values = np.asarray(image)
    grey = Image.fromarray(scaled(values, image.format in SIXTEEN_BITS or image.mode.startswith("I;16")))
    if isinstance(key, int):
        grey.putalpha(Image.fromarray(np.where(values == key, 0, 255).astype(np.uint8)))
    if "icc_profile" in image.info:
        grey.info["icc_profile"] = image.info["icc_profile"]
    return grey


def from_array(values: np.ndarray) -> Image.Image:
    """(H, W), (H, W, 1), (H, W, 3) or (H, W, 4) numbers of any type -> RGB or RGBA of 8 bits a channel.

    Raises:
        InputError: another shape.
    """
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    if not (values.ndim == 2 or (values.ndim == 3 and values.shape[2] in (3, 4))) or 0 in values.shape:
        raise InputError(f"An array of shape {values.shape} is not a picture: give (height, width, 3).")
    if values.dtype != np.uint8:
        values = scaled(values, values.dtype in (">u2", "<u2"))
    image = Image.fromarray(np.ascontiguousarray(values))
    return image if image.mode == "RGBA" else image.convert("RGB")


def scaled(values: np.ndarray, sixteen_bit: bool) -> np.ndarray:
    """Numbers as 0..255: from 16 bits, from 0..1 where they are fractions, else from their own range."""
    fraction = values.dtype.kind in "fb"
    numbers = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = min(numbers.min(), 0.0), numbers.max()
    if sixteen_bit and low == 0.0 and high <= 65535:
        high = 65535.0
    elif fraction and low == 0.0 and high <= 1:
        high = 1.0
    elif low == 0.0 and high <= 255:
        high = 255.0
    elif not fraction and low == 0.0 and high <= 65535:
        high = 65535.0
    return np.rint((numbers - low) * (255.0 / ((high - low) or 1.0))).astype(np.uint8)
