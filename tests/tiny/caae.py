"""Face ageing: the paper's, the autoencoder, by pairs of made people, and the judge of ages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cgan_demo.caae.autoencoder import AgeingRecipe
from cgan_demo.caae.light import PairedAgeing, PairsRecipe
from cgan_demo.caae.pairs import PairsAndFaces
from cgan_demo.caae.paper import PaperRecipe
from cgan_demo.caae.series import Series
from cgan_demo.data.faces import FaceDataset, load_faces
from cgan_demo.evaluation.age_judge import AgeJudge, _JudgeTraining
from cgan_demo.training.runs import first_of

from . import LATE, SMALL, Built, Features, Systems, prepared


class Stems(nn.Module):
    """Two maps of a picture, for a judge to look through."""

    def forward(self, x: Tensor) -> list[Tensor]:
        return [F.avg_pool2d(x, k) for k in (8, 16)]


def _age_judge(folder: Path) -> Built:
    stream = FaceDataset(load_faces(folder / "faces", 64, folder / "cache")[0], 0)
    return _JudgeTraining(AgeJudge(Stems(), 8), torch.stack([stream[i]["face"] for i in range(4)])), stream


def _pairs(features: Features) -> Callable[[Path], Built]:
    """Face ageing by pairs: its made people are grey squares."""

    def build(folder: Path) -> Built:
        recipe = PairsRecipe(widths=(8, 8, 8), fine=4, load_size=64, alone=0.0, kin=99.0, **SMALL, **LATE)
        rng = np.random.default_rng(0)
        people = rng.integers(0, 255, (3, 7, 1, 1, 3), np.uint8).repeat(64, 2).repeat(64, 3)
        ages, none = np.tile(np.linspace(5, 70, 7, dtype=np.float32), (3, 1)), np.zeros((3, 7), np.float32)
        series = Series(people, ages, none, np.zeros((3, 7, 5), np.float32), np.zeros((3, 7, 8), np.float32))
        faces = FaceDataset(load_faces(folder / "faces", 64, folder / "cache")[0])
        return PairedAgeing(recipe, features(), first_of(faces, 2)), PairsAndFaces(series, faces, recipe)

    return build


def systems(features: Features) -> Systems:
    autoencoder = AgeingRecipe(widths=(8, 8), code=4, fine=0, load_size=64, **SMALL, **LATE)
    return {
        "ageing, paper": prepared(PaperRecipe(code=6, width=4, load_size=32, **SMALL), "faces"),
        "ageing": prepared(autoencoder, "faces", features=features),
        "ageing by pairs": _pairs(features),
        "judge of ages": _age_judge,
    }
