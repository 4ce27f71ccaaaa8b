"""Is it still that person? Likeness by an embedding that no training used, and together with the age: both at once.

Somebody is "still that person" where the face is closer to the input than 99 % of strangers of the asked age and the
same gender.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ..data.ages import BINS, CENTRES
from ..data.faces import Faces
from ..evaluation import metrics
from ..evaluation.report import Figures
from .aged import Aged

ASKED = np.array(CENTRES)
GROWN = ASKED >= 16  # groups at which a face is asked to be the same person's
ADULT = 20  # years
NEAR = 10  # years within which an asked age counts as met
APART = 20  # years between true and asked age from which "both at once" is asked
STRANGERS = 150  # of each age group and gender


class Estimator(Protocol):
    """Reads ages in years, (n,), off uint8 faces (n, S, S, 3)."""

    def years(self, faces: np.ndarray) -> np.ndarray: ...


class Likeness:
    """Compares faces made of some inputs with these and with strangers.

    Args:
        aged: the inputs; what was made of them is handed to `figures`, so that several ways can be compared.
        training: where strangers come from.
        embedding: (N, 3, H, W) -> (N, D); the nearer, the more alike.
    """

    def __init__(self, aged: Aged, training: Faces, embedding: nn.Module, judge: Estimator):
        self.aged, self.embedding, self.judge = aged, embedding, judge
        self.inputs = metrics.embed(aged.inputs, embedding)
        groups = training.bins()
        self.pools = {
            (b, g): training.some((groups == b) & (training.genders == g), STRANGERS)
            for b in range(len(BINS))
            for g in (0, 1)
        }
        self.limits, self.strange = self._strangers()
        far = (np.abs(ASKED - aged.ages[:, None]) >= APART) & GROWN
        self.far = far & (aged.ages[:, None] >= ADULT)

    def _strangers(self) -> tuple[np.ndarray, np.ndarray]:
        """Distance that 99 % of strangers keep, and their mean distance, for each input and asked age; (n, 10) each."""
        embedded = {key: metrics.embed(pool, self.embedding) for key, pool in self.pools.items() if len(pool)}
        limits, strange = np.full((2, len(self.inputs), len(BINS)), np.nan)
        for i, gender in enumerate(self.aged.genders):
            for b in range(len(BINS)):
                if (b, int(gender)) in embedded:
                    apart = (embedded[b, int(gender)] - self.inputs[i]).norm(dim=1)
                    limits[i, b], strange[i, b] = float(apart.quantile(0.01)), float(apart.mean())
        return limits, strange

    def figures(self, made: np.ndarray, estimates: np.ndarray) -> Figures:
        """Distances at asked ages of 16 and more, and both at once for adults asked to be 20 years away.

        made: uint8 (n, 10, S, S, 3). estimates: their ages by the judge, (n, 10).
        """
        distances = self._distances(made)
        same = distances < self.limits
        figures = {"distance to the input": _pair(distances[:, GROWN].mean(), np.nanmean(self.strange[:, GROWN]))}
        for b in np.flatnonzero(GROWN):
            name = f"distance to the input, asked {BINS[b][0]}-{BINS[b][1]}"
            known = self.strange[:, b][~np.isnan(self.strange[:, b])]
            figures[name] = _pair(distances[:, b].mean(), known.mean() if len(known) else np.nan)
        figures["still that person"] = _pair(same[:, GROWN].mean(), 0.01)
        if self.far.any():
            met = np.abs(estimates - ASKED) <= NEAR
            for name, hits in (
                ("both at once", met & same),
                ("of these, the age", met),
                ("of these, the person", same),
            ):
                figures[name] = _pair(hits[self.far].mean(), np.nan)
        return figures

    def same(self, made: np.ndarray) -> np.ndarray:
        """Whether each of the made faces (n, 10, S, S, 3) is still that person, (n, 10)."""
        return self._distances(made) < self.limits

    def _distances(self, made: np.ndarray) -> np.ndarray:
        n, bins = made.shape[:2]
        embedded = metrics.embed(made.reshape(n * bins, *made.shape[2:]), self.embedding).view(n, bins, -1)
        return (embedded - self.inputs[:, None]).norm(dim=2).numpy()

    def known_answers(self) -> Figures:
        """ "Both at once" of answers that need no model: the unchanged input, a stranger of the right age, a blend."""
        if not self.far.any():
            return {}
        aged = self.aged
        cases = [(i, b) for i, b in np.argwhere(self.far) if len(self.pools[b, int(aged.genders[i])])]
        pools = [self.pools[b, int(aged.genders[i])] for i, b in cases]
        strangers = [pool[i % len(pool)] for pool, (i, _) in zip(pools, cases, strict=True)]
        unchanged = [aged.inputs[i] for i, _ in cases]
        halves = zip(unchanged, strangers, strict=True)
        blends = [((u.astype(np.uint16) + s + 1) // 2).astype(np.uint8) for u, s in halves]
        answers = {"unchanged": np.stack(unchanged), "stranger": np.stack(strangers), "blend": np.stack(blends)}
        return {f"both at once, {name}": _pair(self._both(p, cases), np.nan) for name, p in answers.items()}

    def _both(self, pictures: np.ndarray, cases: list[tuple[int, int]]) -> float:
        """The share of `pictures`, one for each (input, group) of `cases`, that meet both."""
        rows, groups = (torch.tensor(x) for x in zip(*cases, strict=True))
        apart: Tensor = (metrics.embed(pictures, self.embedding) - self.inputs[rows]).norm(dim=1)
        met = np.abs(self.judge.years(pictures) - ASKED[groups]) <= NEAR
        return float((met & (apart.numpy() < self.limits[rows, groups])).mean())


def _pair(value: float, reference: float) -> dict[str, float]:
    return {"value": float(value), "reference": float(reference)}
