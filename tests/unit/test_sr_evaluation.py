"""SSIM of super-resolution, against values worked out by hand and window by window."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from cgan_demo.super_resolution.evaluation import ssim
from cgan_demo.super_resolution.scaling import BORDER, luminance


def noise(seed: int, size: tuple[int, int] = (40, 94)) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(values)


def test_equals_are_one() -> None:
    assert ssim(noise(0), noise(0)) == pytest.approx(1, abs=1e-9)


def test_plain_surfaces_differ_by_their_means_alone() -> None:
    dark, light = (Image.new("RGB", (24, 24), (v, v, v)) for v in (50, 100))
    x, y = (float(luminance(picture)[0, 0]) for picture in (dark, light))  # no variance: the second factor is 1
    c1 = (0.01 * 255) ** 2
    assert ssim(dark, light) == pytest.approx((2 * x * y + c1) / (x**2 + y**2 + c1))


def test_the_border_does_not_count() -> None:
    framed = noise(1)
    framed.paste("black", (0, 0, framed.width, BORDER))
    framed.paste("white", (0, 0, BORDER, framed.height))
    assert ssim(noise(1), framed) == pytest.approx(1, abs=1e-9)


def test_it_agrees_with_the_formula_window_by_window() -> None:
    truth, guess = noise(2), Image.blend(noise(2), noise(3), 0.4)
    x, y = (luminance(picture)[BORDER:-BORDER, BORDER:-BORDER] for picture in (truth, guess))
    bell = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    weights = np.outer(bell, bell) / bell.sum() ** 2
    values = []
    for i, j in np.ndindex(x.shape[0] - 10, x.shape[1] - 10):
        a, b = (p[i : i + 11, j : j + 11] for p in (x, y))
        mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
        spread = (weights * ((a - mean_a) ** 2 + (b - mean_b) ** 2)).sum()
        both = (weights * (a - mean_a) * (b - mean_b)).sum()
        means = (2 * mean_a * mean_b + 6.5025) / (mean_a**2 + mean_b**2 + 6.5025)
        values.append(means * (2 * both + 58.5225) / (spread + 58.5225))
    assert ssim(truth, guess) == pytest.approx(np.mean(values))
