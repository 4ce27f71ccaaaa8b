"""What the card of face ageing reports: does the face have the asked age, and is it still that person?

Each validation face is shown at the ten groups' centres. Ages are read by a judge trained on the training split alone,
identity by an embedding that no training used; "both at once" is what neither a stranger of the right age nor the
unchanged input can have.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from ..evaluation import metrics
from ..evaluation.identity import load_embedding
from ..evaluation.report import Figures, table, without_nan
from ..features import efficientnet_lite
from .ages import BINS, CENTRES, bin_of
from .dataset import Faces, load_faces
from .judges import AgeJudge, cached_judge

NEAR = 10  # years within which an asked age counts as met
APART = 20  # years between true and asked age from which "both at once" is asked
STRANGERS = 150  # of each age group and gender


@dataclass(frozen=True)
class Aged:
    """Validation faces at all ages.

    inputs: uint8 (n, S, S, 3); own: their reconstructions at their own age; made: (n, 10, S, S, 3) at `CENTRES`.
    """

    inputs: np.ndarray
    own: np.ndarray
    made: np.ndarray
    ages: np.ndarray
    genders: np.ndarray


@torch.inference_mode()
def age_all(network: nn.Module, faces: Faces, count: int) -> Aged:
    """Show every so many-th of the validation faces, `count` in all, at all ages."""
    chosen = np.unique(np.linspace(0, len(faces) - 1, min(count, len(faces))).round().astype(int))
    inputs = np.stack([faces.picture(i) for i in chosen])
    own, made = [], []
    for i, picture in zip(chosen, tqdm(inputs, desc="ageing", unit="face", mininterval=2), strict=True):
        face = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1
        code = network.encode(face)  # type: ignore[operator]
        ages = torch.tensor([float(faces.ages[i]), *CENTRES])
        genders = torch.full_like(ages, float(faces.genders[i]))
        codes = code.expand(len(ages), *code.shape[1:])
        out = network.decode(codes, ages, genders).clamp(-1, 1)  # type: ignore[operator]
        pictures = ((out + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
        own.append(pictures[0])
        made.append(pictures[1:])
    return Aged(inputs, np.stack(own), np.stack(made), faces.ages[chosen], faces.genders[chosen])


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
    distances = [float(metrics.perceptual_distance(a, inputs).mean()) for a in (own, others)]
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
    """KID of the faces made for each age group against true validation faces of it, beside true training faces'."""
    values, floors = [], []
    for b in range(len(BINS)):
        real, others = (_some(faces, faces.bins() == b, 100) for faces in (validation, training))
        if min(len(real), len(others), len(aged.made)) < 2:
            continue
        embedded = metrics.embed(real, features)
        values.append(metrics.kernel_distance(embedded, metrics.embed(aged.made[:, b], features))[0])
        floors.append(metrics.kernel_distance(embedded, metrics.embed(others, features))[0])
    return {"KID, mean over groups": {"value": float(np.mean(values)), "reference": float(np.mean(floors))}}


def _some(faces: Faces, mask: np.ndarray, count: int) -> np.ndarray:
    """Up to `count` of the faces where `mask` holds, evenly spread, uint8 (m, S, S, 3)."""
    places = np.flatnonzero(mask)
    places = places[np.unique(np.linspace(0, max(0, len(places) - 1), min(count, len(places))).astype(int))]
    return np.stack([faces.picture(i) for i in places]) if len(places) else np.zeros((0, 1, 1, 3), np.uint8)


# ---- the same person


def identity_figures(
    aged: Aged, estimates: np.ndarray, training: Faces, embedding: nn.Module, judge: AgeJudge
) -> Figures:
    """Distances of embeddings, asked ages of 16 and more; and both at once, for adults asked to be 20 years away.

    Somebody is "still that person" where the face is closer to the input than 99 % of strangers of the asked age and
    the same gender. The references of "both" are the best of the three known answers: the unchanged input, a stranger
    of the right age, and a half-and-half blend of the two.
    """
    n, bins = aged.made.shape[:2]
    inputs = metrics.embed(aged.inputs, embedding)
    made = metrics.embed(aged.made.reshape(n * bins, *aged.made.shape[2:]), embedding).view(n, bins, -1)
    distances = (made - inputs[:, None]).norm(dim=2).numpy()
    pools = {
        (b, g): _some(training, (training.bins() == b) & (training.genders == g), STRANGERS)
        for b in range(bins)
        for g in (0, 1)
    }
    embedded = {key: metrics.embed(pool, embedding) for key, pool in pools.items() if len(pool)}
    limits, strange = np.full((n, bins), np.nan), np.full((n, bins), np.nan)
    for i, gender in enumerate(aged.genders):
        for b in range(bins):
            if (b, int(gender)) in embedded:
                apart = (embedded[b, int(gender)] - inputs[i]).norm(dim=1)
                limits[i, b], strange[i, b] = float(apart.quantile(0.01)), float(apart.mean())
    grown = np.array(CENTRES) >= 16
    same = distances < limits
    asked = np.array(CENTRES)[None]
    far = (np.abs(asked - aged.ages[:, None]) >= APART) & grown & (aged.ages[:, None] >= 20)
    figures = {
        "distance to the input": {
            "value": float(distances[:, grown].mean()),
            "reference": float(np.nanmean(strange[:, grown])),
        },
        "still that person": {"value": float(same[:, grown].mean()), "reference": 0.01},
    }
    if far.any():
        met = np.abs(estimates - asked) <= NEAR
        known = _known_answers(aged, pools, inputs, limits, far, embedding, judge)
        figures["both at once"] = {"value": float((met & same)[far].mean()), "reference": max(known.values())}
        figures |= {f"both at once, {name}": {"value": v, "reference": v} for name, v in known.items()}
    return figures


def _known_answers(
    aged: Aged,
    pools: dict[tuple[int, int], np.ndarray],
    inputs: Tensor,
    limits: np.ndarray,
    far: np.ndarray,
    embedding: nn.Module,
    judge: AgeJudge,
) -> dict[str, float]:
    """ "Both at once" of answers that need no model."""
    cases = [(i, b) for i, b in np.argwhere(far) if len(pools[b, int(aged.genders[i])])]
    strangers = [pools[b, int(aged.genders[i])][i % len(pools[b, int(aged.genders[i])])] for i, b in cases]
    unchanged = [aged.inputs[i] for i, _ in cases]
    blends = [((u.astype(np.uint16) + s + 1) // 2).astype(np.uint8) for u, s in zip(unchanged, strangers, strict=True)]
    answers = {"unchanged": np.stack(unchanged), "stranger": np.stack(strangers), "blend": np.stack(blends)}
    asked = np.array([CENTRES[b] for _, b in cases])
    limit = np.array([limits[i, b] for i, b in cases])
    rows = torch.tensor([i for i, _ in cases])
    shares = {}
    for name, pictures in answers.items():
        distance = (metrics.embed(pictures, embedding) - inputs[rows]).norm(dim=1).numpy()
        met = np.abs(judge.years(pictures) - asked) <= NEAR
        shares[name] = float((met & (distance < limit)).mean())
    return shares


def evaluate(
    model_id: str,
    network: nn.Module,
    data: Path,
    cache: Path,
    judge_images: int = 24000,
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
    if identity is not None:
        figures |= identity_figures(aged, estimates, training, load_embedding(identity), judge)
    report = {"model": model_id, "pairs": len(aged.inputs), "of": "faces", "size": size, "reference": "reference"}
    report |= {"judge_images": judge_images, "figures": without_nan(figures)}
    print(table(report))
    return report
