"""Does a network weave? Periodic patterns of a few pixels, which upsampling leaves and no feature distance sees.

Odena, Dumoulin, Olah, *Deconvolution and Checkerboard Artifacts*, Distill 2016, show where they come from; in a
spectrum they are peaks at the periods of the strides (Durall, Keuper, Keuper, CVPR 2020).
"""

from __future__ import annotations

from itertools import product

import numpy as np

PERIODS = (2, 3, 4, 8)  # px
NEAR, FAR = 2, 5  # cells of the spectrum around a peak that are its neighbours: further than one, no further than other


def spectrum(pictures: np.ndarray) -> np.ndarray:
    """Mean power over the frequencies of the grey levels of uint8 pictures (n, H, W, 3), float (s, s).

    The middle is taken, its side s a multiple of all periods, under a Hann window.
    """
    side = min(pictures.shape[1:3]) // 24 * 24
    if side < 48:
        raise ValueError(f"Pictures of {pictures.shape[1:3]} px are too small: at least 48 are needed.")
    top, left = ((n - side) // 2 for n in pictures.shape[1:3])
    window = np.hanning(side + 1)[:-1]
    total = np.zeros((side, side))
    for picture in pictures:
        grey = picture[top : top + side, left : left + side].astype(np.float64).mean(2)
        total += np.abs(np.fft.fft2((grey - grey.mean()) * window[:, None] * window)) ** 2
    return total / len(pictures)


def peaks(power: np.ndarray) -> dict[int, float]:
    """How far the spectrum stands above its neighbours at each of `PERIODS`: the largest ratio of those across, down
    and along both diagonals. 1 where nothing repeats."""
    side = len(power)
    found = {}
    for period in PERIODS:
        step = side // period
        ratios = [_ratio(power, y, x) for y, x in ((0, step), (step, 0), (step, step), (step, -step))]
        found[period] = max(ratios)
    return found


def _ratio(power: np.ndarray, y: int, x: int) -> float:
    """The peak over the median of its neighbours; the lines of frequency 0, which borders fill, are no neighbours."""
    side = len(power)
    cells = list(product(range(-FAR, FAR + 1), repeat=2))
    around = [(y + a, x + b) for a, b in cells if max(abs(a), abs(b)) > NEAR]
    if y == 0 or x == 0:  # on an axis: compare along it
        around = [(y + a * (y != 0), x + a * (x != 0)) for a in range(-FAR, FAR + 1) if abs(a) > NEAR]
    here = max(power[(y + a) % side, (x + b) % side] for a, b in ((0, 0), (0, 1), (1, 0), (0, -1), (-1, 0)))
    if y == 0 or x == 0:
        here = max(power[(y + a * (y != 0)) % side, (x + a * (x != 0)) % side] for a in (-1, 0, 1))
    return float(here / max(1e-12, np.median([power[v % side, u % side] for v, u in around])))


def weave_figures(made: np.ndarray, real: np.ndarray) -> dict[str, dict[str, float]]:
    """`peaks` of made pictures beside those of as many true photos, as a report's figures."""
    ours, theirs = peaks(spectrum(made)), peaks(spectrum(real))
    return {f"weave, period {p} px": {"value": ours[p], "reference": theirs[p]} for p in PERIODS}
