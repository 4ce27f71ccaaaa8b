"""How an age and a gender are told to a network, and which ages are asked for in training."""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.ages import BINS, CENTRES

LABELS = len(BINS) + 2  # numbers of a label


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


def random_ages(count: int, device: torch.device | str = "cpu") -> Tensor:
    """Ages in years, (count,): each group equally often, and in it each year up to 80."""
    bounds = torch.tensor([(first, min(last, 80)) for first, last in BINS], dtype=torch.float32)
    chosen = bounds[torch.randint(len(BINS), (count,))]
    return (chosen[:, 0] + torch.rand(count) * (chosen[:, 1] - chosen[:, 0])).to(device)
