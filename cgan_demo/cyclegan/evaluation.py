"""What is measured without pairs: how much translated pictures look like the other pile, and what a cycle loses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .. import weights
from ..errors import CganDemoError
from ..evaluation import metrics
from ..evaluation.report import Figures, table, without_nan
from ..evaluation.resnet import resnet50_thin
from ..features import efficientnet_lite
from ..images import batches, to_pixels
from .dataset import cached_piles
from .predictor import opposite, translated

SIZE = 256  # px


@torch.inference_mode()
def made_of(network: nn.Module, pictures: np.ndarray) -> np.ndarray:
    """uint8 (n, H, W, 3) -> the same, one picture at a time, as they are served."""
    return np.concatenate([to_pixels(translated(network, x)) for x in batches(pictures, 1)])


def measure(
    network: nn.Module,
    source: np.ndarray,
    target: np.ndarray,
    families: dict[str, metrics.PooledFeatures],
    back: nn.Module | None = None,
) -> Figures:
    """KID and FID of translated pictures against the other pile's, in each family of features, and the cycle's error.

    The reference is the same of the pictures as they are: a model that does nothing has to lose. The cycle's error is
    the mean absolute difference, in levels of 255, of a picture and itself there and back; its reference is how far the
    picture went.

    Args:
        source, target: uint8 (n, H, W, 3) and (m, H, W, 3).
        back: the network of the other direction; without it no cycle is measured.
    """
    made, figures = made_of(network, source), Figures()
    for name, features in families.items():
        real, ours, untouched = (metrics.embed(x, features) for x in (target, made, source))
        for measured, distance in (("KID", _kid), ("FID", metrics.frechet_distance)):
            figures[f"{measured} ({name})"] = {"value": distance(real, ours), "reference": distance(real, untouched)}
    if back is not None:
        lost, gone = (_levels(source, x) for x in (made_of(back, made), made))
        figures["cycle error"] = {"value": lost, "reference": gone}
    return figures


def _kid(real: Tensor, made: Tensor) -> float:
    return metrics.kernel_distance(real, made)[0]


def _levels(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.mean([np.abs(x.astype(np.float32) - y).mean() for x, y in zip(a, b, strict=True)]))


def families() -> dict[str, metrics.PooledFeatures]:
    """Features to measure by: a relative of those in the losses, and one of another family."""
    return {
        "EfficientNet-lite2": metrics.PooledFeatures(efficientnet_lite("lite2")),
        "ResNet-50-thin": metrics.PooledFeatures(resnet50_thin()),
    }


def evaluate_there(model_id: str, network: nn.Module, data: Path, cache: Path) -> dict:
    """Measure a model on the pictures held out for validation, print a table and return it (JSON-able)."""
    return _evaluated(model_id, network, cached_piles(data, SIZE, cache, "val"))


def evaluate_back(model_id: str, network: nn.Module, data: Path, cache: Path) -> dict:
    """The same of a model that translates the second pile."""
    return _evaluated(model_id, network, cached_piles(data, SIZE, cache, "val", reverse=True))


def _evaluated(model_id: str, network: nn.Module, piles: list[np.ndarray]) -> dict:
    source, target = piles
    figures = measure(network.eval(), source, target, families(), _back(model_id))
    report: dict[str, Any] = {"model": model_id, "pairs": len(source), "of": "pictures", "size": SIZE}
    report |= {"reference": "untouched", "figures": without_nan(figures)}
    print(table(report))
    return report


def _back(model_id: str) -> nn.Module | None:
    try:
        return weights.load_network(weights.find(opposite(model_id)))
    except CganDemoError:  # a model of one's own may know one direction only
        return None
