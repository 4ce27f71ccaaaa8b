"""Patterns of a few pixels are seen, and photographs without them are not accused."""

import numpy as np
import pytest

from cgan_demo.evaluation.weave import PERIODS, peaks, spectrum, weave_figures


def clouds(count: int = 12, side: int = 128, seed: int = 0) -> np.ndarray:
    """Pictures whose power falls with frequency, as photographs' does."""
    rng = np.random.default_rng(seed)
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    pictures = np.fft.ifft2(np.fft.fft2(rng.normal(size=(count, side, side))) / (f + 0.01)).real
    pictures = 128 + 40 * pictures / pictures.std()
    return np.repeat(np.clip(pictures, 0, 255).astype(np.uint8)[..., None], 3, 3)


def test_clouds_have_no_weave():
    assert max(peaks(spectrum(clouds())).values()) < 4
    figures = weave_figures(clouds(seed=1), clouds(seed=2))
    assert list(figures) == [f"weave, period {p} px" for p in PERIODS]
    assert all(0.4 < row["value"] / row["reference"] < 2.5 for row in figures.values())


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("way", ["across", "down", "diagonal"])
def test_a_faint_pattern_stands_out_at_its_period_alone(period, way):
    plain = clouds()
    y, x = np.mgrid[:128, :128]
    phase = {"across": x, "down": y, "diagonal": x + y}[way]
    wave = (12 if period == 8 else 3) * np.cos(2 * np.pi * phase / period)
    woven = np.clip(plain + wave[..., None], 0, 255).astype(np.uint8)
    before, after = peaks(spectrum(plain)), peaks(spectrum(woven))
    assert after[period] > 5 * before[period]
    assert all(after[p] < 2 * before[p] + 2 for p in PERIODS if p != period)


def test_too_small_pictures_are_refused():
    with pytest.raises(ValueError, match="at least 48"):
        spectrum(np.zeros((1, 40, 60, 3), np.uint8))
