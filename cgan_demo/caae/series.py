"""Series of one face at many ages, made by a GAN along its age direction: pairs that no photographer could take.

Zoss, Chandran, Sifakis, Gross, Gotardo, Bradley, *Production-Ready Face Re-Aging for Visual Effects*, SIGGRAPH Asia
2022, have one GAN make such pairs and teach another network by them. Here the first is a latent model of ours, whatever
its predictor is, and an estimator reads off how old each face has become.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from tqdm import tqdm

from ..data.cache import computed_once, decoded_once, digest, network_key
from ..images import from_pixels

AMOUNTS = (-3.6, -2.4, -1.2, 0.0, 1.2, 2.4, 3.6)  # along the age direction, in deviations
TRUNCATION = 0.75
SIDE = 128  # px, on which `looks` knows its places


class Walker(Protocol):
    """What makes the faces; see `dcgan.predictor.LatentExplorer`."""

    def place(self, where: int, truncation: float = 1.0) -> Tensor: ...
    def paint(self, z: Tensor) -> list[Image.Image]: ...


@dataclass(frozen=True)
class Series:
    """Made faces. pictures: uint8 (n, k, S, S, 3), a person a row, younger to older. ages: years (n, k).

    genders: (n, k) from 0 man to 1 woman. looks: (n, k, 5), see `looks`. embeddings: (n, k, 128), see
    `evaluation.identity`.
    """

    pictures: np.ndarray
    ages: np.ndarray
    genders: np.ndarray
    looks: np.ndarray
    embeddings: np.ndarray

    def __len__(self) -> int:
        return len(self.pictures)


def make_series(
    walker: Walker,
    path: np.ndarray,
    estimator: nn.Module,
    embedding: nn.Module,
    seeds: Sequence[int],
    key: str,
    cache: Path,
    size: int = 128,
) -> Series:
    """The series of `seeds`, made once into `cache`.

    Args:
        path: what is added to a latent for each of the series' faces, (k, Z), see `balanced_path`.
        estimator: (N, 3, S, S) in [-1, 1] -> years (N,), share of woman (N,).
        embedding: (N, 3, S, S) -> (N, 128).
        key: says which model `walker` is.
    """
    steps = torch.from_numpy(path)

    def paint(index: int) -> np.ndarray:
        faces = walker.paint(walker.place(seeds[index], TRUNCATION) + steps)
        return np.stack([np.asarray(f.resize((size, size), Image.Resampling.LANCZOS)) for f in faces])

    key = digest(key, np.array(seeds), path, f"{TRUNCATION}|{size}")
    pictures = decoded_once(cache, "series", key, (len(seeds), len(path), size, size, 3), paint)
    readers = digest(key, network_key(estimator), network_key(embedding))
    read = computed_once(cache, "series-read", readers, lambda: _read(pictures, estimator, embedding))
    return Series(pictures, read[..., 0], read[..., 1], read[..., 2:7], read[..., 7:])


@torch.inference_mode()
def _read(pictures: np.ndarray, estimator: nn.Module, embedding: nn.Module) -> np.ndarray:
    """float32 (n, k, 2 + 5 + 128): age, gender, looks, embedding."""
    rows = []
    for row in tqdm(pictures, desc="reading ages", unit="person"):
        x = from_pixels(row)
        ages, genders = estimator(x)
        rows.append(np.concatenate([np.stack([ages, genders], 1), looks(np.array(row)), embedding(x)], 1))
    return np.stack(rows).astype(np.float32)


def looks(faces: np.ndarray) -> np.ndarray:
    """What comes along with age in a set and is none of it: glasses, smile, and the skin's light, red and blue.

    Read off places of aligned faces, uint8 (n, S, S, 3) -> (n, 5). Glasses are edges across the bridge
    of the nose and below the eyes, in units of their spread; a smile is how bright teeth are against the cheeks.
    """
    x = faces.astype(np.float32)
    if x.shape[1] != SIDE:
        x = np.stack([np.asarray(Image.fromarray(f).resize((SIDE, SIDE)), np.float32) for f in faces])
    grey, darkest = x.mean(-1), x.min(-1)
    contrast = grey[:, 20:110, 20:108].reshape(len(x), -1).std(1) + 8
    edges = np.pad(np.abs(grey[:, 2:] - grey[:, :-2]), ((0, 0), (1, 1), (0, 0)))
    bridge = edges[:, 32:47, 57:71].mean(2).max(1)
    rims = edges[:, 49:60, 26:52].mean(2).max(1) + edges[:, 49:60, 75:101].mean(2).max(1)
    teeth = np.percentile(darkest[:, 92:110, 48:80].reshape(len(x), -1), 92, axis=1)
    cheeks = np.median(darkest[:, 70:90, 30:98].reshape(len(x), -1), axis=1)
    skin = x[:, 60:100, 35:92].mean((1, 2))
    red, blue = skin[:, 0] - skin[:, 1], skin[:, 2] - skin[:, 1]
    return np.stack([(bridge / 0.14 + rims / 0.6) / contrast, (teeth - cheeks) / contrast, skin.mean(1), red, blue], 1)
