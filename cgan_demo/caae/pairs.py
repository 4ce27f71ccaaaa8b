"""What the bundled recipe learns from: pairs of one made person at two ages, and real faces."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .. import load, weights
from ..data.cache import computed_once, digest, network_key
from ..data.faces import FaceDataset
from ..errors import DataError
from ..evaluation.apparent_age import load_age_gender
from ..evaluation.identity import load_embedding
from ..images import from_pixels
from .path import balanced_path
from .series import Series, make_series

if TYPE_CHECKING:
    from .light import PairsRecipe

FIRST_SEED = 100000  # of the made people; the page's opening seeds are small


class PairsAndFaces(torch.utils.data.Dataset):
    """An endless, seeded stream: at each position a pair of one made person, and a real face.

    `dataset[position]` -> {"source", "target", "target age", "target gender", "face", "age", "gender"}; what stands at
    a position follows from (seed, position) alone. Each step from one of the series' ages to another is as frequent.
    """

    def __init__(self, series: Series, faces: FaceDataset, recipe: PairsRecipe, seed: int = 0):
        self.series, self.faces, self.recipe, self.seed = series, faces, recipe, seed
        steps: dict[tuple[int, int], list[int]] = {}
        for person, a, b in kindred(series, recipe):
            steps.setdefault((a, b), []).append(person)
        self.steps = sorted(steps.items())

    def __len__(self) -> int:
        return len(self.faces)

    def __getitem__(self, position: int) -> dict[str, Tensor]:
        rng = np.random.default_rng([self.seed, position, 2])
        (a, b), people = self.steps[int(rng.integers(len(self.steps)))]
        person = people[int(rng.integers(len(people)))]
        source, target = (from_pixels(self.series.pictures[person, k]).contiguous() for k in (a, b))
        if rng.integers(2):
            source, target = source.flip(2), target.flip(2)
        item = self.faces[position]
        if rng.random() < self.recipe.grey:
            source, target = (_grey(x) for x in (source, target))
        if rng.random() < self.recipe.dimmed:
            source = dimmed(source, float(rng.uniform(0.5, 1)))
        if rng.random() < self.recipe.dimmed:
            item["face"] = dimmed(item["face"], float(rng.uniform(0.5, 1)))
        age, gender = (float(x[person, b]) for x in (self.series.ages, self.series.genders))
        told = {"target age": torch.tensor(age), "target gender": torch.tensor(gender)}
        return {"source": source, "target": target, **told, **item}


def kindred(series: Series, recipe: PairsRecipe) -> list[tuple[int, int, int]]:
    """(person, from, to) of the pairs whose identity, gender, glasses and smile stay within the recipe's bounds."""
    pairs = []
    for person in range(len(series)):
        far = np.linalg.norm(_between(series.embeddings[person]), axis=-1)
        gender = np.abs(_between(series.genders[person][:, None]))[..., 0]
        glasses, smile = (np.abs(_between(series.looks[person][:, k : k + 1]))[..., 0] for k in (0, 1))
        years = np.abs(_between(series.ages[person][:, None]))[..., 0]
        good = (far <= recipe.kin + recipe.kin_per_year * years) & (gender <= recipe.gender_drift)
        good &= (glasses <= recipe.glasses_drift) & (smile <= recipe.smile_drift)
        pairs += [(person, int(a), int(b)) for a, b in zip(*np.nonzero(good), strict=True) if a != b]
    return pairs


def _between(x: np.ndarray) -> np.ndarray:
    """Differences of all pairs of rows, (k, d) -> (k, k, d)."""
    return x[:, None] - x[None]


def _grey(x: Tensor) -> Tensor:
    return x.mean(0, keepdim=True).expand_as(x).contiguous()


def dimmed(x: Tensor, share: float) -> Tensor:
    """Shrunk to a share of its size and enlarged again. (3, S, S) -> (3, S, S)."""
    small = F.interpolate(x[None], scale_factor=share, mode="bilinear", antialias=True, align_corners=False)
    return F.interpolate(small, x.shape[1:], mode="bicubic", align_corners=False)[0].clamp(-1, 1)


def made_series(people: int, files: Path | None, cache: Path) -> Series:
    """So many people, made by our latent-faces model.

    files: folder of the estimator of ages and the identity embedding, see `evaluation.apparent_age`.

    Raises:
        DataError: no such folder is given, or a file in it is missing.
    """
    if files is None:
        raise DataError("An estimator reads the ages of the made pairs: give the folder of its files as --identity.")
    seeds = range(FIRST_SEED, FIRST_SEED + people)
    walker, estimator = load("latent-faces"), load_age_gender(files)
    key = f"latent-faces|{sha256(weights.find('latent-faces').joinpath(weights.WEIGHTS).read_bytes()).hexdigest()}"
    vector = walker.network.vectors[[d.name for d in walker.directions].index("age")].cpu()
    judged = digest(key, network_key(estimator), vector.detach().numpy())
    path = computed_once(cache, "age-path", judged, lambda: balanced_path(walker, vector, estimator))
    return make_series(walker, path, estimator, load_embedding(files), seeds, key, cache)
