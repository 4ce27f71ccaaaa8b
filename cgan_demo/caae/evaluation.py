"""What the card of face ageing reports: does the face have the asked age, and is it still that person?

Each validation face is shown at the ten groups' centres. Ages are read by a judge trained on the training split alone,
identity by an embedding that no training used; "both at once" is what neither a stranger of the right age nor the
unchanged input can have.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..evaluation import metrics
from ..evaluation.identity import load_embedding
from ..evaluation.report import Figures, table, without_nan
from ..features import efficientnet_lite
from ..objectives import perceptual_distance
from .aged import Aged, age_all
from .ages import BINS, CENTRES, bin_of
from .dataset import Faces, load_faces
from .judges import JUDGE_IMAGES, AgeJudge, cached_judge
from .likeness import Likeness
from .predictor import DETAIL


def age_figures(aged: Aged, judge: AgeJudge) -> tuple[Figures, np.ndarray]:
    """How far estimated ages are from the asked ones, beside the judge's own error; and the estimates (n, 10)."""
    n, bins = aged.made.shape[:2]
    estimates = judge.years(aged.made.reshape(n * bins, *aged.made.shape[2:])).reshape(n, bins)
    true = judge.years(aged.inputs)
    asked = np.array(CENTRES)
    means = estimates.mean(0)
    figures = {
        "age error": {
            "value": float(np.abs(estimates - asked).mean()),
            "reference": float(np.abs(true - np.minimum(aged.ages, 100)).mean()),
        },
        "rising steps of 9": {"value": float((np.diff(means) > 0).sum()), "reference": 9.0},
    }
    true_bins = np.array([bin_of(age) for age in aged.ages])
    for b, (first, last) in enumerate(BINS):
        known = true[true_bins == b]
        reference = float(known.mean()) if len(known) else float("nan")
        figures[f"mean age, asked {first}-{last}"] = {"value": float(means[b]), "reference": reference}
    return figures, estimates


def reconstruction_figures(aged: Aged, features: nn.Module) -> Figures:
    """How far faces at their own age are from the input, beside how far two different inputs are."""
    own, inputs = (_maps(p, features) for p in (aged.own, aged.inputs))
    others = [m.roll(1, 0) for m in inputs]
    distances = [float(perceptual_distance(a, inputs).mean()) for a in (own, others)]
    rmse = [metrics.rmse(aged.inputs, p) for p in (aged.own, np.roll(aged.inputs, 1, 0))]
    names = ("perceptual distance of the copy", "RMSE of the copy")
    return {name: {"value": v, "reference": r} for name, (v, r) in zip(names, (distances, rmse), strict=True)}


@torch.inference_mode()
def _maps(pictures: np.ndarray, features: nn.Module, batch: int = 16) -> list[Tensor]:
    parts = []
    for start in range(0, len(pictures), batch):
        x = torch.from_numpy(np.array(pictures[start : start + batch])).permute(0, 3, 1, 2).contiguous().float()
        parts.append(features(x / 127.5 - 1))
    return [torch.cat(maps) for maps in zip(*parts, strict=True)]


def kid_figures(aged: Aged, training: Faces, validation: Faces, features: metrics.PooledFeatures) -> Figures:
    """KID of the faces made for each age group against true validation faces of it, beside true training faces'.

    A group with fewer than two faces on any side has no figure, NaN, and is left out of the mean.
    """
    groups, figures = [(faces, faces.bins()) for faces in (validation, training)], {}
    for b, (first, last) in enumerate(BINS):
        real, others = (faces.some(bins == b, 100) for faces, bins in groups)
        pair = {"value": float("nan"), "reference": float("nan")}
        if min(len(real), len(others), len(aged.made)) >= 2:
            embedded = metrics.embed(real, features)
            for name, faces in (("value", aged.made[:, b]), ("reference", others)):
                pair[name] = metrics.kernel_distance(embedded, metrics.embed(faces, features))[0]
        figures[f"KID, asked {first}-{last}"] = pair
    measured = [pair for pair in figures.values() if np.isfinite(pair["value"])]
    mean = {name: sum(pair[name] for pair in measured) / (len(measured) or np.nan) for name in ("value", "reference")}
    return {"KID, mean over groups": mean, **figures}


def evaluate(
    model_id: str,
    network: nn.Module,
    data: Path,
    cache: Path,
    judge_images: int = JUDGE_IMAGES,
    identity: Path | None = None,
    count: int = 400,
    features: metrics.PooledFeatures | None = None,
    size: int = 128,
) -> dict:
    """Measure an ageing network on `count` validation faces, print a table and return it (JSON-able).

    identity: folder of the embedding's files, see `evaluation.identity`; without it, identity is left out.
    features: frozen, by default EfficientNet-lite2, which no model here trains with.
    """
    features = features or metrics.PooledFeatures(efficientnet_lite("lite2"))
    training, validation = load_faces(data, size, cache)
    judge = cached_judge(training, features.net, judge_images, cache)
    aged = age_all(network.eval(), validation, count)
    figures, estimates = age_figures(aged, judge)
    figures |= reconstruction_figures(aged, features.net) | kid_figures(aged, training, validation, features)
    detailed = aged.with_detail(DETAIL)
    detailed_figures, detailed_estimates = age_figures(detailed, judge)
    detailed_figures = {name: detailed_figures[name] for name in ("age error", "rising steps of 9")}
    if identity is not None:
        likeness = Likeness(aged, training, load_embedding(identity), judge)
        figures |= likeness.figures(aged.made, estimates) | likeness.known_answers()
        detailed_figures |= likeness.figures(detailed.made, detailed_estimates)
    figures |= {f"detail {DETAIL}: {name}": pair for name, pair in detailed_figures.items()}
    report = {"model": model_id, "pairs": len(aged.inputs), "of": "faces", "size": size, "reference": "reference"}
    report |= {"judge_images": judge_images, "figures": without_nan(figures)}
    print(table(report))
    return report
