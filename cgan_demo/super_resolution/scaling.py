"""Four times smaller and back: what low resolution means here, and the luminance that quality is measured on."""

from __future__ import annotations

import numpy as np
from PIL import Image

FACTOR = 4
SMALLEST, LARGEST = 8, 640  # px a side, of what is enlarged
LARGEST_REFERENCE, MOST_REFERENCES = 1024, 5  # px a side, to which larger references are shrunk; and their number
BORDER = 4  # px that PSNR and SSIM leave out on each side
# ITU-R BT.601 for 8-bit video levels, as MATLAB's rgb2ycbcr: 16 to 235.
_LUMA = np.array([65.481, 128.553, 24.966]) / 255


def shrink(picture: Image.Image, factor: int = FACTOR) -> Image.Image:
    """`picture` with its sides divided by `factor`, rounded down: antialiased bicubic.

    What does not fill a whole low-resolution pixel is cut off at the right and below, see `trimmed`.
    """
    picture = trimmed(picture, factor)
    return picture.resize((picture.width // factor, picture.height // factor), Image.Resampling.BICUBIC)


def trimmed(picture: Image.Image, factor: int = FACTOR) -> Image.Image:
    """`picture` cut to multiples of `factor`."""
    width, height = (side - side % factor for side in picture.size)
    return picture if (width, height) == picture.size else picture.crop((0, 0, width, height))


def enlarge(picture: Image.Image, factor: int = FACTOR) -> Image.Image:
    """Plain bicubic enlargement: what every method here is compared with."""
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.BICUBIC)


def luminance(picture: Image.Image | np.ndarray) -> np.ndarray:
    """Y of BT.601 of an RGB picture, float64 (H, W), 16 to 235."""
    return np.asarray(picture, np.float64) @ _LUMA + 16
