"""Pictures without labels: any folder of pictures of your own, flowers, or faces; read, split and cached."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..data.faces import NAME, Faces, load_faces
from ..data.pictures import READ, decoded_pictures, pictures_in, read_picture
from ..errors import DataError
from ..images import from_pixels

VALIDATION_SHARE = 0.1


@dataclass(frozen=True)
class Pictures:
    """Some rows of a uint8 array (n, size, size, 3).

    groups: of each row, a number; all groups are drawn equally often.
    """

    pictures: np.ndarray
    rows: np.ndarray
    groups: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def some(self, count: int) -> np.ndarray:
        """Up to `count` of them, evenly spread, uint8 (m, S, S, 3)."""
        places = np.unique(np.linspace(0, len(self) - 1, min(count, len(self))).astype(int))
        return np.stack([self.pictures[i] for i in self.rows[places]])

    def drawn(self, count: int, seed: int = 0) -> np.ndarray:
        """`count` of them, drawn as in training but not flipped, uint8 (count, S, S, 3)."""
        rng, places = np.random.default_rng(seed), _places(self.groups)
        chosen = [places[k][rng.integers(len(places[k]))] for k in rng.integers(len(places), size=count)]
        return np.stack([self.pictures[i] for i in self.rows[chosen]])


def is_faces(root: Path) -> bool:
    """Whether a folder holds faces with ages, named as UTKFace's are or listed in an index.csv."""
    return root.is_dir() and ((root / "index.csv").is_file() or any(NAME.match(f.name) for f in pictures_in(root)))


def load_pictures(root: Path, size: int, cache: Path) -> tuple[Pictures, Pictures]:
    """Training and validation pictures of a folder, decoded once into `cache`.

    Faces are read and split as for ageing, see `data.faces.load_faces`, and each age group and gender is drawn
    equally often: of natural draws a third would be between 20 and 30. Of other pictures, those under `images/` where
    there is such a folder, the middle squares are taken, and a tenth, by their names, is for validation.

    Raises:
        DataError: there is no such folder, fewer than four pictures are in it, or one cannot be read.
    """
    if is_faces(root):
        both = load_faces(root, size, cache)
        return _of_faces(both[0]), _of_faces(both[1])
    files = list_pictures(root)
    names = [path.relative_to(root).as_posix() for path in files]
    shape = (len(files), size, size, 3)
    pictures = decoded_pictures(
        cache, f"pictures-{root.name}", files, shape, "middle squares", lambda i: _read(files[i], size)
    )
    order = np.argsort([hashlib.sha256(name.encode()).hexdigest() for name in names])
    held = np.zeros(len(files), bool)
    held[order[: max(1, round(VALIDATION_SHARE * len(files)))]] = True
    training, validation = (
        Pictures(pictures, np.flatnonzero(chosen), np.zeros(int(chosen.sum()), int)) for chosen in (~held, held)
    )
    return training, validation


def list_pictures(root: Path) -> list[Path]:
    """The pictures of a folder and the folders in it, by name.

    Raises:
        DataError: there is no such folder, or fewer than four pictures are in it.
    """
    folder = root / "images" if (root / "images").is_dir() else root
    if not folder.is_dir():
        raise DataError(f"There is no folder {root}. Give --data a folder of pictures.")
    files = pictures_in(folder, below=True)
    if len(files) < 4:
        raise DataError(f"{folder} holds {len(files)} pictures ({READ}); at least four are needed.")
    return files


def _of_faces(faces: Faces) -> Pictures:
    return Pictures(faces.pictures, faces.rows, 2 * faces.bins() + faces.genders)


def _read(path: Path, size: int) -> np.ndarray:
    picture = read_picture(path)
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    box = (left, top, left + side, top + side)
    return np.asarray(picture.resize((size, size), Image.Resampling.LANCZOS, box=box))


def _places(groups: np.ndarray) -> list[np.ndarray]:
    return [np.flatnonzero(groups == g) for g in np.unique(groups)]


class PictureStream(torch.utils.data.Dataset):
    """An endless, seeded stream of pictures, half of them mirrored.

    `stream[position]` -> {"image": float32 (3, S, S) in [-1, 1]}; what stands at a position follows from
    (seed, position) alone.
    """

    def __init__(self, pictures: Pictures, seed: int = 0):
        self.pictures, self.seed = pictures, seed
        self.places = _places(pictures.groups)

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, position: int) -> dict[str, Tensor]:
        rng = np.random.default_rng([self.seed, position])
        places = self.places[int(rng.integers(len(self.places)))]
        row = self.pictures.rows[places[rng.integers(len(places))]]
        image = from_pixels(self.pictures.pictures[row])
        return {"image": (image.flip(2) if rng.integers(2) else image).contiguous()}
