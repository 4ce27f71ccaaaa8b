"""PSNR and SSIM of super-resolution as the papers measure it: luminance, four pixels of border left out."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .scaling import BORDER, luminance


def psnr(truth: Image.Image, guess: Image.Image) -> float:
    """Peak signal-to-noise ratio in dB of the luminances, whose range is 255 by convention; infinite for equals."""
    difference = _inner(truth) - _inner(guess)
    error = float(np.square(difference).mean())
    return float("inf") if error == 0 else 10 * float(np.log10(255**2 / error))


def _inner(picture: Image.Image) -> np.ndarray:
    return luminance(picture)[BORDER:-BORDER, BORDER:-BORDER]
