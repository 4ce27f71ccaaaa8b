"""What the card of face ageing reports: does the face have the asked age, and is it still that person?

Each validation face is shown at the ten groups' centres. Ages are read by an estimator of another family than any
network in a loss, identity by an embedding that no loss used; "both at once" is what neither a stranger of the right
age nor the unchanged input can have. A judge of the teacher's family is fooled by what satisfies the teacher: once it
said 4.5 years of a model whose pictures an independent one found 18.8 years off.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..data.ages import BINS, CENTRES, bin_of
from ..data.faces import Faces, load_faces
from ..evaluation import metrics
from ..evaluation.age_judge import JUDGE_IMAGES, cached_judge
from ..evaluation.apparent_age import IndependentAge, load_age_gender
from ..evaluation.identity import load_embedding
from ..evaluation.report import Figures, table, without_nan
from ..evaluation.resnet import resnet50_thin
from ..features import efficientnet_lite
from ..images import batches
from ..objectives import perceptual_distance
from .aged import Aged, age_all
from .light import ResidualAger
from .likeness import GROWN, Estimator, Likeness
from .predictor import DETAIL

ORIGINS = ("white", "black", "asian", "indian")  # UTKFace's own labels 0 to 3; "others" are 4
RELATIVE = (
    "Ages are read through EfficientNet-lite2, a relative of the network in the losses, which it lets itself be fooled "
    "by: give --estimator for a figure that counts."
)


def age_figures(aged: Aged, judge: Estimator) -> tuple[Figures, np.ndarray]:
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
        "slope of shown over asked age": {
            "value": float(np.polyfit(asked, means, 1)[0]),
            "reference": float(np.polyfit(aged.ages, true, 1)[0]) if np.ptp(aged.ages) else float("nan"),
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
    parts = [features(x.contiguous()) for x in batches(pictures, batch)]
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


def fairness_figures(aged: Aged, estimates: np.ndarray, same: np.ndarray | None) -> Figures:
    """Age error and, where it was measured, likeness by gender and by the set's own labels of origin.

    estimates: (n, 10) years. same: (n, 10), whether each is still that person. References: those of all faces.
    """
    error = np.abs(estimates - np.array(CENTRES))
    parts = {"men": aged.genders == 0, "women": aged.genders == 1}
    if aged.groups is not None:
        parts |= {name: aged.groups == k for k, name in enumerate(ORIGINS)}
    figures = {}
    for name, chosen in parts.items():
        if chosen.any():
            figures[f"age error, {name}"] = {"value": float(error[chosen].mean()), "reference": float(error.mean())}
            if same is not None:
                shares = same[chosen][:, GROWN].mean(), same[:, GROWN].mean()
                figures[f"still that person, {name}"] = {"value": float(shares[0]), "reference": float(shares[1])}
    return figures


class _Teacher:
    """The estimator that read the ages of the made pairs, as a judge of its own pupils."""

    def __init__(self, folder: Path):
        self.network = load_age_gender(folder)

    @torch.inference_mode()
    def years(self, faces: np.ndarray, batch: int = 32) -> np.ndarray:
        return torch.cat([self.network(x)[0] for x in batches(faces, batch)]).numpy()


def evaluate(
    model_id: str,
    network: nn.Module,
    data: Path,
    cache: Path,
    count: int = 400,
    features: metrics.PooledFeatures | None = None,
    size: int = 128,
    *,
    judge_images: int = JUDGE_IMAGES,
    identity: Path | None = None,
    estimator: Path | None = None,
) -> dict:
    """Measure an ageing network on `count` validation faces, print a table and return it (JSON-able).

    judge_images: faces that our own judge of ages is trained on, where no estimator is given.
    identity: folder of the embedding's and the teacher's files, see `evaluation.identity` and
        `evaluation.apparent_age`; without it, identity is left out.
    estimator: file of `evaluation.apparent_age.IndependentAge`. Without it, ages are read by a judge of our own, whose
        frozen network is a relative of the one in the losses; a warning says so.
    features: frozen, for KID; by default EfficientNet-lite2 and a thin ResNet-50, of another family.
    """
    families = {"": features or metrics.PooledFeatures(efficientnet_lite("lite2"))}
    if features is None:
        families[" (ResNet-50-thin)"] = metrics.PooledFeatures(resnet50_thin())
    training, validation = load_faces(data, size, cache)
    judge: Estimator
    if estimator is not None:
        judge = IndependentAge(estimator)
    else:
        print(RELATIVE)
        judge = cached_judge(training, families[""].net, judge_images, cache)
    aged = age_all(network.eval(), validation, count)
    if not isinstance(network, ResidualAger):  # what the page shows by default
        aged = aged.with_detail(DETAIL)
    figures, estimates = age_figures(aged, judge)
    likeness = None if identity is None else Likeness(aged, training, load_embedding(identity), judge)
    if likeness is not None and identity is not None:
        figures |= likeness.figures(aged.made, estimates) | likeness.known_answers()
        told, guesses = age_figures(aged, _Teacher(identity))
        told |= likeness.figures(aged.made, guesses)
        names = ("age error", "slope of shown over asked age", "rising steps of 9", "both at once")
        figures |= {f"by the teacher: {name}": told[name] for name in names if name in told}
    figures |= fairness_figures(aged, estimates, None if likeness is None else likeness.same(aged.made))
    figures |= reconstruction_figures(aged, families[""].net)
    for name, family in families.items():
        kid = kid_figures(aged, training, validation, family)
        figures |= {f"{key}{name}": pair for key, pair in kid.items()}
    report = {"model": model_id, "pairs": len(aged.inputs), "of": "faces", "size": size, "reference": "reference"}
    report |= {"judge_images": judge_images if estimator is None else 0, "figures": without_nan(figures)}
    print(table(report))
    return report
