"""Style verification: does the style encoder put two pictures of the same style closer together than two others?

Reed et al., ICML 2016, section 5.4 (figure 5): real pictures are clustered by the colour of their background and by
pose; pairs from one cluster are to be told from pairs of two clusters by the cosine of what S reads off them, and text
alone should not be able to. The paper has marked outlines and key points of its birds. We have none: background is the
median colour of a picture's border, pose the map of what differs from it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from ..errors import DataError
from ..evaluation.report import Figures
from ..images import batches
from .colours import border, foreground, small_lab
from .dataset import Captioned

PER_CLUSTER = 40  # pictures, on average
PAIRS = 20_000  # of each kind


def backgrounds(pictures: np.ndarray) -> np.ndarray:
    """L*a*b* of the border, (n, 3), of uint8 pictures (n, S, S, 3)."""
    return border(small_lab(pictures))


def poses(pictures: np.ndarray) -> np.ndarray:
    """Where there is something, on 8x8 places, each map of mean 0 and length 1: (n, 64)."""
    maps = foreground(small_lab(pictures)).reshape(len(pictures), 8, 4, 8, 4).mean((2, 4)).reshape(len(pictures), -1)
    maps = maps - maps.mean(1, keepdims=True)
    return maps / np.maximum(np.linalg.norm(maps, axis=1, keepdims=True), 1e-6)


def clusters(points: np.ndarray, count: int, seed: int = 0, rounds: int = 30) -> np.ndarray:
    """k-means: the cluster, 0 to count - 1, of each of points (n, d). Beginnings are drawn far from each other."""
    rng = np.random.default_rng(seed)
    x = torch.from_numpy(np.ascontiguousarray(points, np.float32))
    centres = x[[int(rng.integers(len(x)))]]
    while len(centres) < count:  # k-means++, Arthur and Vassilvitskii 2007
        far = torch.cdist(x, centres).min(1).values.square().double().numpy() + 1e-12
        centres = torch.cat([centres, x[[int(rng.choice(len(x), p=far / far.sum()))]]])
    for _ in range(rounds):
        own = torch.cdist(x, centres).argmin(1)
        centres = torch.stack([x[own == k].mean(0) if (own == k).any() else centres[k] for k in range(count)])
    return torch.cdist(x, centres).argmin(1).numpy()


def draw_pairs(labels: np.ndarray, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of different places with the same label, and with different ones; up to `count` each, (m, 2).

    Raises:
        DataError: there are none of a kind.
    """
    a, b = np.random.default_rng(seed).integers(len(labels), size=(2, 100 * count))
    same = labels[a] == labels[b]
    alike, unlike = (np.stack([a, b], 1)[keep][:count] for keep in (same & (a != b), ~same))
    if not len(alike) or not len(unlike):
        raise DataError("There are too few pictures to tell styles apart.")
    return alike, unlike


def roc_auc(positive: np.ndarray, negative: np.ndarray) -> float:
    """The chance that a positive's score is above a negative's, ties counting half: exact, as torchmetrics' is not."""
    order = np.sort(negative)
    below, upto = (np.searchsorted(order, positive, side) for side in ("left", "right"))  # type: ignore[call-overload]
    return float((below + upto).mean() / 2 / len(negative))


def verification(vectors: np.ndarray, labels: np.ndarray, pairs: int = PAIRS, seed: int = 0) -> float:
    """ROC AUC of the cosine of vectors (n, d) for pairs of one label against pairs of two."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    alike, unlike = ((unit[p[:, 0]] * unit[p[:, 1]]).sum(1) for p in draw_pairs(labels, pairs, seed))
    return roc_auc(alike, unlike)


@torch.inference_mode()
def styles(network: nn.Module, pictures: np.ndarray, batch: int = 64) -> np.ndarray:
    """What the style encoder of a `model.TextToImage` reads off uint8 pictures (n, S, S, 3), (n, Z)."""
    return torch.cat([network.style(x) for x in batches(pictures, batch)]).numpy()  # type: ignore[operator]


def style_figures(
    network: nn.Module, data: Captioned, splits: Sequence[str] = ("val", "unseen"), pairs: int = PAIRS
) -> Figures:
    """ROC AUC of S on held-out pictures, beside that of the sentence vector of a caption."""
    rows = np.concatenate([data.rows(split) for split in splits])
    pictures = np.asarray(data.images[rows])
    with torch.inference_mode():
        text = network.encoder.read([data.captions[i][0] for i in rows]).numpy()  # type: ignore[operator, union-attr]
    read, figures = styles(network, pictures), {}
    for name, points in (("background", backgrounds(pictures)), ("pose", poses(pictures))):
        labels = clusters(points, max(2, len(rows) // PER_CLUSTER))
        values = [verification(vectors, labels, pairs) for vectors in (read, text)]
        figures[f"style AUC, {name} (reference: text)"] = dict(zip(("value", "reference"), values, strict=True))
    return figures
