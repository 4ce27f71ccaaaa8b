"""The paper's ten age groups, and how an age between their centres is told to a network.

Zhang, Song, Qi, *Age Progression/Regression by Conditional Adversarial Autoencoder*, CVPR 2017, section 4.1.
"""

from __future__ import annotations

import torch
from torch import Tensor

BINS = ((0, 5), (6, 10), (11, 15), (16, 20), (21, 30), (31, 40), (41, 50), (51, 60), (61, 70), (71, 100))
CENTRES = (3.0, 8.0, 13.0, 18.0, 25.5, 35.5, 45.5, 55.5, 65.5, 77.0)  # years; the last group's usual age
GROUPS = (*(f"{first}–{last}" for first, last in BINS[:-1]), f"{BINS[-1][0]}+")  # as people read them
YOUNGEST, OLDEST = 1, 80  # years that can be asked for


def bin_of(age: float) -> int:
    """The index of the group that `age` in years belongs to, 0 to 9."""
    return next(i for i, (_, last) in enumerate(BINS) if age <= last or i == len(BINS) - 1)


def age_weights(ages: Tensor) -> Tensor:
    """Shares of the ten groups, (N,) years -> (N, 10), each row summing to 1.

    Between two centres they go over linearly, so that a slider is continuous; at a centre it is the paper's one-hot
    label, and beyond the outermost ones it stays.
    """
    centres = torch.tensor(CENTRES, device=ages.device)
    inside = ages.float().clamp(CENTRES[0], CENTRES[-1])
    upper = torch.searchsorted(centres, inside).clamp(1, len(CENTRES) - 1)
    low, high = centres[upper - 1], centres[upper]
    share = ((inside - low) / (high - low))[:, None]
    weights = torch.zeros(len(ages), len(CENTRES), device=ages.device)
    return weights.scatter(1, upper[:, None] - 1, 1 - share).scatter(1, upper[:, None], share)


def labels(ages: Tensor, genders: Tensor) -> Tensor:
    """Age shares followed by gender shares: (N,) years, (N,) from 0 male to 1 female -> (N, 12)."""
    female = genders.float()[:, None].clamp(0, 1)
    return torch.cat([age_weights(ages), 1 - female, female], 1)


LABELS = len(BINS) + 2
