"""What is read off a picture so that directions can be found and measured: age and gender of faces, colours of flowers.

Each reading is a function of uint8 pictures (n, S, S, 3) that gives numbers (n,).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ..caae.dataset import Faces
from ..evaluation.metrics import srgb_to_lab

Reading = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Quality:
    """Something that a direction can change.

    name: of its slider. less, more: what its ends look like. unit: of what is read.
    """

    name: str
    less: str
    more: str
    unit: str
    read: Reading


class FaceReader:
    """Age and gender by ridge regression on the pooled maps of a frozen network, fitted on real faces.

    Coarse for one face, but unmoved by a model's own habits, for it never saw what one makes.

    Args:
        features: a network giving a list of maps for uint8 pictures of any size, see `evaluation.Enlarging`.
        faces: some faces of all ages. count: how many of them are looked at.
    """

    def __init__(self, features: nn.Module, faces: Faces, count: int = 3000, penalty: float = 10.0):
        self.features = features
        chosen = np.random.default_rng(0).permutation(len(faces))[:count]
        x = self._seen(np.stack([faces.picture(i) for i in chosen]))
        self.mean, self.deviation = x.mean(0), x.std(0).clamp_min(1e-4)
        told = np.stack([np.minimum(faces.ages[chosen], 80), faces.genders[chosen]], 1)
        y = torch.from_numpy(told).float()
        self.centre = y.mean(0)
        x = (x - self.mean) / self.deviation
        self.weights = torch.linalg.solve(x.T @ x + penalty * torch.eye(x.shape[1]), x.T @ (y - self.centre))

    def _seen(self, pictures: np.ndarray, batch: int = 32) -> Tensor:
        """The last two maps, each averaged over the picture, (n, channels)."""
        parts = []
        with torch.no_grad():
            for start in range(0, len(pictures), batch):
                x = torch.from_numpy(np.array(pictures[start : start + batch])).permute(0, 3, 1, 2)
                parts.append(torch.cat([m.float().mean((2, 3)) for m in self.features(x)[-2:]], 1))
        return torch.cat(parts)

    def read(self, pictures: np.ndarray) -> np.ndarray:
        """Years, and gender from about 0, a man, to about 1, a woman: (n, 2)."""
        x = (self._seen(pictures) - self.mean) / self.deviation
        return (x @ self.weights + self.centre).numpy()

    def qualities(self) -> list[Quality]:
        return [
            Quality("age", "younger", "older", "years", lambda pictures: self.read(pictures)[:, 0]),
            Quality("gender", "man", "woman", "from man 0 to woman 1", lambda pictures: self.read(pictures)[:, 1]),
        ]


def middle_colors(pictures: np.ndarray) -> np.ndarray:
    """L*, a* and b* of what is in the middle and not leaf-green, on average, (n, 3)."""
    n, side = len(pictures), pictures.shape[1]
    line = (np.arange(side) + 0.5) / side - 0.5
    bell = np.exp(-(line[:, None] ** 2 + line**2) / (2 * 0.2**2)).ravel()
    lab = srgb_to_lab(pictures).reshape(n, -1, 3)
    leaf = (lab[..., 1] < -6) & (lab[..., 2] > 6)
    weight = bell * np.where(leaf, 0.05, 1) * np.where(lab[..., 0] < 15, 0.2, 1)
    return (lab * weight[..., None]).sum(1) / weight.sum(1, keepdims=True)


def color_qualities() -> list[Quality]:
    """Of flowers: the three axes of Lab, read off the middle of a picture."""

    def axis(k: int) -> Reading:
        return lambda pictures: middle_colors(pictures)[:, k]

    return [
        Quality("violet to yellow", "violet", "yellow", "b*", axis(2)),
        Quality("pale to red", "pale", "red", "a*", axis(1)),
        Quality("dark to light", "dark", "light", "L*", axis(0)),
    ]


def readings(qualities: Sequence[Quality], pictures: np.ndarray) -> np.ndarray:
    """Every quality of every picture, (n, K)."""
    return np.stack([quality.read(pictures) for quality in qualities], 1)
