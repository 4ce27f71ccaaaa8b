"""What is read off a picture so that directions can be found and measured: age and gender of faces, colours of flowers.

Each reading is a function of uint8 pictures (n, S, S, 3) that gives numbers (n,).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..data.faces import Faces
from ..evaluation.metrics import srgb_to_lab

Reading = Callable[[np.ndarray], np.ndarray]
Score = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Quality:
    """Something that a direction can change.

    name: of its slider. less, more: what its ends look like. unit: of what is read.
    means: its direction is the difference of means, as in the paper, in place of a regression.
    score: the same reading of float pictures (n, 3, S, S) in [-1, 1], with gradients, (n,).
    span: of what is read, from one end to the other in real pictures.
    learned: its direction is learned by the scores, see `steering.steered`; all that have one are kept as they are.
    """

    name: str
    less: str
    more: str
    unit: str
    read: Reading
    means: bool = False
    score: Score | None = None
    span: float = 1.0
    learned: bool = False


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

    def _pooled(self, x: Tensor) -> Tensor:
        """The last two maps, each averaged over the picture, (n, channels)."""
        return torch.cat([m.float().mean((2, 3)) for m in self.features(x)[-2:]], 1)

    @torch.no_grad()
    def _seen(self, pictures: np.ndarray, batch: int = 32) -> Tensor:
        parts = [np.array(pictures[start : start + batch]) for start in range(0, len(pictures), batch)]
        return torch.cat([self._pooled(torch.from_numpy(part).permute(0, 3, 1, 2)) for part in parts])

    def _told(self, pooled: Tensor) -> Tensor:
        return (pooled - self.mean) / self.deviation @ self.weights + self.centre

    def read(self, pictures: np.ndarray) -> np.ndarray:
        """Years, and gender from about 0, a man, to about 1, a woman: (n, 2)."""
        return self._told(self._seen(pictures)).numpy()

    def score(self, pictures: Tensor) -> Tensor:
        """The same of float pictures (n, 3, S, S) in [-1, 1], with gradients, (n, 2)."""
        return self._told(self._pooled(pictures))

    def qualities(self) -> list[Quality]:
        def read(k: int) -> Reading:
            return lambda pictures: self.read(pictures)[:, k]

        def score(k: int) -> Score:
            return lambda pictures: self.score(pictures)[:, k]

        return [
            Quality("age", "younger", "older", "years", read(0), score=score(0), span=80.0),
            Quality("gender", "man", "woman", "from man 0 to woman 1", read(1), score=score(1), learned=True),
        ]


class TurnReader:
    """How far a head is turned, in standard deviations of real faces; positive towards the right of the picture.

    Nobody has labelled that. But of all that differs between a face and its mirror image, the turn of the head differs
    most: it is the first principal component of that difference in a frozen network's map, four times as large as the
    second.

    Args: as for `FaceReader`.
    """

    def __init__(self, features: nn.Module, faces: Faces, count: int = 800):
        self.features = features
        chosen = np.random.default_rng(1).permutation(len(faces))[:count]
        pictures = np.stack([faces.picture(i) for i in chosen])
        x = self._seen(pictures)
        self.deviation = x.std(0).clamp_min(1e-3)
        axis = torch.linalg.svd(x / self.deviation, full_matrices=False).Vh[0]
        read = x / self.deviation @ axis
        right = float((read * torch.from_numpy(_lower_edges(pictures)).float()).sum()) >= 0
        self.axis = axis * (1 if right else -1) / read.std()

    def _seen(self, pictures: np.ndarray, batch: int = 32) -> Tensor:
        """The map before the last, at 4x4 places, minus that of the mirror images, (n, values)."""
        parts = []
        with torch.no_grad():
            for start in range(0, len(pictures), batch):
                x = torch.from_numpy(np.array(pictures[start : start + batch])).permute(0, 3, 1, 2)
                a, b = (F.adaptive_avg_pool2d(self.features(p)[-2].float(), 4) for p in (x, x.flip(3)))
                parts.append((a - b).flatten(1))
        return torch.cat(parts)

    def read(self, pictures: np.ndarray) -> np.ndarray:
        return (self._seen(pictures) / self.deviation @ self.axis).numpy()

    def quality(self) -> Quality:
        return Quality("turn", "to the left", "to the right", "deviations of real heads", self.read, means=True)


def _lower_edges(pictures: np.ndarray) -> np.ndarray:
    """Where nose and mouth are, from -1 left to 1 right, by the upright edges of the lower middle of faces, (n,)."""
    side = pictures.shape[1]
    rows, columns = slice(round(0.45 * side), round(0.85 * side)), slice(round(0.15 * side), round(0.85 * side))
    edges = np.abs(np.diff(pictures[:, rows, columns].mean(3), axis=2)).sum(1)  # (n, columns)
    line = np.linspace(-1, 1, edges.shape[1])
    places = (edges * line).sum(1) / np.maximum(edges.sum(1), 1e-6)
    return places - places.mean()


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
