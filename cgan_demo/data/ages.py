"""The ten age groups in which faces are counted, drawn and aged.

Zhang, Song, Qi, *Age Progression/Regression by Conditional Adversarial Autoencoder*, CVPR 2017, section 4.1.
"""

from __future__ import annotations

BINS = ((0, 5), (6, 10), (11, 15), (16, 20), (21, 30), (31, 40), (41, 50), (51, 60), (61, 70), (71, 100))
CENTRES = (3.0, 8.0, 13.0, 18.0, 25.5, 35.5, 45.5, 55.5, 65.5, 77.0)  # years; the last group's usual age
GROUPS = (*(f"{first}–{last}" for first, last in BINS[:-1]), f"{BINS[-1][0]}+")  # as people read them
YOUNGEST, OLDEST = 1, 80  # years that can be asked for


def bin_of(age: float) -> int:
    """The index of the group that `age` in years belongs to, 0 to 9."""
    return next(i for i, (_, last) in enumerate(BINS) if age <= last or i == len(BINS) - 1)
