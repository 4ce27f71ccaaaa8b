"""Faces with age and gender: read, split once and for all, and drawn so that every age group is seen equally often."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import DataError
from ..images import from_pixels
from .ages import BINS, bin_of
from .pictures import decoded_pictures, pictures_in, read_picture, stretched
from .tables import read_table

NAME = re.compile(r"(\d+)_([01])_")  # UTKFace: [age]_[gender]_[race]_[date&time].jpg
VALIDATION_PER_BIN = 100
OLDEST_EVER = 125  # years


@dataclass(frozen=True)
class Faces:
    """Aligned faces: some rows of a uint8 array (n, size, size, 3), with their ages in years and genders (0 male).

    groups: UTKFace's label of origin, 0 to 4, -1 where the name has none.
    """

    pictures: np.ndarray
    rows: np.ndarray
    ages: np.ndarray
    genders: np.ndarray
    groups: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def picture(self, index: int) -> np.ndarray:
        """uint8 (size, size, 3)."""
        return np.array(self.pictures[self.rows[index]])

    def bins(self) -> np.ndarray:
        """The age group of each face, (n,)."""
        return np.array([bin_of(age) for age in self.ages])

    def some(self, mask: np.ndarray, count: int) -> np.ndarray:
        """Up to `count` of the faces where `mask` holds, evenly spread, uint8 (m, S, S, 3)."""
        places = np.flatnonzero(mask)
        places = places[np.unique(np.linspace(0, max(0, len(places) - 1), min(count, len(places))).astype(int))]
        return np.stack([self.picture(i) for i in places]) if len(places) else np.zeros((0, 1, 1, 3), np.uint8)


def list_faces(root: Path) -> list[tuple[Path, int, int, bool]]:
    """(file, age, gender, frontal) of the pictures of a folder, by name.

    Age and gender are read from `index.csv` where there is one, else from the names, which begin with age_gender_ as
    UTKFace's do. The index has the columns file, age in years, gender (0 male, 1 female) and frontal (1 or 0), the last
    of which may be left out.

    Raises:
        DataError: no such folder, no face in it, a cell of the index that is blank or says nothing of that kind, or a
            file that it names is missing.
    """
    if not root.is_dir():
        raise DataError(f"There is no folder {root}. Give --data the folder that holds the faces.")
    if (root / "index.csv").is_file():
        rows = _listed(root / "index.csv")
    else:
        named = [(f, NAME.match(f.name)) for f in pictures_in(root)]
        rows = [(f, int(m[1]), int(m[2]), True) for f, m in named if m]
    if not rows:
        raise DataError(f"{root} holds no faces called age_gender_... and no index.csv that lists some.")
    return sorted(rows, key=lambda row: row[0].name)


def _listed(index: Path) -> list[tuple[Path, int, int, bool]]:
    """The faces that an index lists; see `list_faces`."""
    rows = [
        (
            index.parent / row.text("file").replace("\\", "/"),  # as Windows writes paths
            row.integer("age", 0, OLDEST_EVER),
            row.integer("gender", 0, 1),
            row.flag("frontal") if "frontal" in row.cells else True,
        )
        for row in read_table(index, ("file", "age", "gender"))
    ]
    missing = [path.name for path, *_ in rows if not path.is_file()]
    if missing:
        raise DataError(f"{index} names {len(missing)} files that are not there, the first is {missing[0]}.")
    return rows


def load_faces(root: Path, size: int, cache: Path) -> tuple[Faces, Faces]:
    """Training and validation faces of a folder, decoded once into `cache`.

    Only frontal ones. Validation takes equally many of each age group, 100 or a quarter of the rarest, by a draw that
    depends on the names alone: it is the same for every training.
    """
    rows = [row for row in list_faces(root) if row[3]]
    files, shape = [path for path, *_ in rows], (len(rows), size, size, 3)
    pictures = decoded_pictures(cache, "faces", files, shape, "stretched", lambda i: _read(files[i], size))
    ages, genders = (np.array([row[k] for row in rows]) for k in (1, 2))
    groups = np.array([_group(row[0].name) for row in rows])
    everything = Faces(pictures, np.arange(len(rows)), ages, genders, groups)
    held = _held_out(everything.bins())
    chosen = np.isin(everything.rows, held)
    training, validation = (
        Faces(pictures, np.flatnonzero(c), ages[c], genders[c], groups[c]) for c in (~chosen, chosen)
    )
    return training, validation


def _group(name: str) -> int:
    """UTKFace's label of origin in a name [age]_[gender]_[group]_[date], else -1."""
    found = re.match(r"\d+_[01]_([0-4])_", name)
    return int(found[1]) if found else -1


def _held_out(bins: np.ndarray) -> np.ndarray:
    """Positions of the validation faces."""
    smallest = min(int((bins == b).sum()) for b in range(len(BINS)))
    if smallest < 2:
        raise DataError(f"Some age group has fewer than two faces; two of each of the {len(BINS)} are needed.")
    count = max(1, min(VALIDATION_PER_BIN, smallest // 4))
    order = np.random.default_rng(0).permutation(len(bins))
    return np.concatenate([order[bins[order] == b][:count] for b in range(len(BINS))])


def _read(path: Path, size: int) -> np.ndarray:
    return np.asarray(stretched(read_picture(path), size))


class FaceDataset(torch.utils.data.Dataset):
    """An endless, seeded stream of faces, each age group and in it each gender equally often.

    `dataset[position]` -> {"face": float32 (3, S, S) in [-1, 1], "age": years, "gender": 0 or 1}; what stands at a
    position follows from (seed, position) alone.
    """

    def __init__(self, faces: Faces, seed: int = 0):
        self.faces, self.seed = faces, seed
        bins = faces.bins()
        groups = [np.flatnonzero((bins == b) & (faces.genders == g)) for b in range(len(BINS)) for g in (0, 1)]
        self.groups = [group for group in groups if len(group)]

    def __len__(self) -> int:
        return len(self.faces)

    def __getitem__(self, position: int) -> dict[str, Tensor]:
        rng = np.random.default_rng([self.seed, position])
        group = self.groups[int(rng.integers(len(self.groups)))]
        index = int(group[rng.integers(len(group))])
        face = from_pixels(self.faces.picture(index))
        if rng.integers(2):
            face = face.flip(2)
        age, gender = (float(x[index]) for x in (self.faces.ages, self.faces.genders))
        return {"face": face.contiguous(), "age": torch.tensor(age), "gender": torch.tensor(gender)}
