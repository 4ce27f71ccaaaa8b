"""What the card of a latent model reports.

Likeness to pictures it has not seen, smoothness, whether it repeats what it has seen, and whether its directions do
what they say, by estimators that neither the training nor the search for the directions used.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ..data.faces import load_faces
from ..errors import DataError
from ..evaluation import metrics
from ..evaluation.age_judge import JUDGE_IMAGES, cached_judge
from ..evaluation.reduced import at_size
from ..evaluation.report import Figures, table, without_nan
from ..features import efficientnet_lite
from .dataset import is_faces, load_pictures
from .evaluation import (
    SEEN,
    Enlarging,
    along,
    draws,
    likeness_figures,
    nearest_figures,
    painted,
    rank_correlation,
    smoothness_figures,
    some_pictures,
)
from .model import LatentModel
from .readers import FaceReader, Reading, TurnReader, color_qualities

ENOUGH = 0.9  # rank correlation from which a direction counts as nearly monotone on a seed


def evaluate(
    model_id: str,
    network: nn.Module,
    data: Path,
    cache: Path,
    count: int = 1000,
    pairs: int = 200,
    seeds: int = 100,
    features: nn.Module | None = None,
    *,
    judge_images: int = JUDGE_IMAGES,
    size: int | None = None,
) -> dict:
    """Measure a latent model, print a table and return it (JSON-able).

    Args:
        count: samples that are held against as many pictures, or all validation pictures where those are fewer.
        pairs: for the path length. seeds: for each direction.
        features: frozen, by default EfficientNet-lite2, which no model here trains with.
        judge_images: faces that the judge of ages is trained on, where it is not in the cache.
        size: px to which everything is brought, by default what the model paints.

    Raises:
        DataError: another network, data that cannot be used, or the model paints smaller pictures than `size`.
    """
    if not isinstance(network, LatentModel):
        raise DataError(f"{model_id} is {type(network).__name__}, which is no model of a latent space.")
    at_size(network.eval(), size)
    net = features or efficientnet_lite("lite2")
    looking = Enlarging(net)
    pooled = metrics.PooledFeatures(looking)
    training, validation = load_pictures(data, network.size, cache)
    made = metrics.embed(painted(network, draws(network, count)), pooled)
    held, others, seen = (
        metrics.embed(pictures, pooled)
        for pictures in (some_pictures(validation, count), some_pictures(training, count), training.some(len(training)))
    )
    figures = likeness_figures(made, held, others)
    figures |= smoothness_figures(network, looking, pairs)
    figures |= nearest_figures(made, seen, held)
    figures |= direction_figures(network, judges(data, cache, net, judge_images), seeds)
    report = {"model": model_id, "pairs": count, "of": "samples", "size": network.size, "reference": "real pictures"}
    report |= {"figures": without_nan(figures)}
    print(table(report))
    return report


def judges(data: Path, cache: Path, features: nn.Module, judge_images: int = JUDGE_IMAGES) -> dict[str, Reading]:
    """What measures directions, by their names: of faces the judge of ages, and readers of gender and turn through
    another network than directions were found with; of others colours, which are read off the pictures themselves.
    """
    if not is_faces(data):
        return {quality.name: quality.read for quality in color_qualities()}
    training, _ = load_faces(data, SEEN, cache)
    judge = cached_judge(training, features, judge_images, cache)
    looking = Enlarging(features)
    reader = FaceReader(looking, training)
    return {
        "age": lambda pictures: judge.years(enlarged(pictures)),
        "gender": lambda pictures: reader.read(pictures)[:, 1],
        "turn": TurnReader(looking, training).read,
    }


def enlarged(pictures: np.ndarray) -> np.ndarray:
    """uint8 (n, S, S, 3) -> (n, 128, 128, 3), as the judge of ages knows them."""
    if pictures.shape[1] == SEEN:
        return pictures
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float()
    x = F.interpolate(x, (SEEN, SEEN), mode="bicubic", align_corners=False)
    return x.clamp(0, 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()


def direction_figures(network: LatentModel, readers: dict[str, Reading], seeds: int, steps: int = 9) -> Figures:
    """For each direction that can be read: the mean of its reading at both ends, and the share of seeds on which the
    reading rises nearly monotonically over `steps`.
    """
    figures: Figures = {}
    z = draws(network, seeds, first=3 * 10**7)
    for k, direction in enumerate(network.directions):
        if direction.name not in readers:
            continue
        pictures = along(network, k, z, steps)
        values = readers[direction.name](pictures.reshape(-1, *pictures.shape[2:])).reshape(seeds, steps)
        low, high = (float(values[:, end].mean()) for end in (0, -1))
        share = float((rank_correlation(values) >= ENOUGH).mean())
        figures[f"{direction.name}, upper end (lower)"] = {"value": high, "reference": low}
        figures[f"{direction.name}, seeds that rise over {steps} steps"] = {"value": share, "reference": float("nan")}
    return figures
