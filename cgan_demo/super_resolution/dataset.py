"""Photographs, alone and in pairs of one scene, and patches cut from them for training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..data.pictures import decoded_pictures, picture_size, pictures_in, read_picture
from ..data.tables import read_json
from ..errors import DataError
from ..images import from_pixels
from .scaling import FACTOR, shrink

LONGEST = 560  # px, to which larger photos are shrunk
HELD_OUT = 12  # every so manieth photo of a folder without pairs.json is left to validation


@dataclass(frozen=True)
class Photos:
    """Photographs of many sizes: rows of a uint8 array (n, S, S, 3), each in the upper left corner of its row."""

    pictures: np.ndarray
    sizes: np.ndarray  # (n, 2), height and width

    def __len__(self) -> int:
        return len(self.sizes)

    def crop(self, index: int, top: int, left: int, height: int, width: int) -> np.ndarray:
        """uint8 (height, width, 3)."""
        return np.array(self.pictures[index, top : top + height, left : left + width])

    def picture(self, index: int) -> Image.Image:
        height, width = (int(n) for n in self.sizes[index])
        return Image.fromarray(self.crop(index, 0, 0, height, width))


def read_photos(files: list[Path], cache: Path) -> Photos:
    """Decode photos once into `cache`; see `Photos`.

    Raises:
        DataError: one cannot be read.
    """
    sizes = np.array([_size(path) for path in files])
    side = int(sizes.max())

    def read(index: int) -> np.ndarray:
        height, width = sizes[index]
        row = np.zeros((side, side, 3), np.uint8)
        photo = read_picture(files[index])
        row[:height, :width] = np.asarray(photo.resize((width, height), Image.Resampling.LANCZOS))
        return row

    how = f"at most {LONGEST} px, in a corner"
    return Photos(decoded_pictures(cache, "photos", files, (len(files), side, side, 3), how, read), sizes)


def _size(path: Path) -> tuple[int, int]:
    width, height = picture_size(path)
    scale = min(1.0, LONGEST / max(width, height))
    return round(height * scale), round(width * scale)


@dataclass(frozen=True)
class Pair:
    """Two photos of one scene, by name. homography: (3, 3), from px of `input` to px of `ref`."""

    input: str
    ref: str
    homography: np.ndarray
    scene: int


@dataclass(frozen=True)
class Scenes:
    """A data set: photos to learn from, pairs among them, and the pairs kept for validation.

    single: rows of `photos` to train on. names: row of a photo by its name.
    """

    photos: Photos
    names: dict[str, int]
    single: list[int]
    training: list[Pair]
    validation: list[Pair]


def load_scenes(root: Path, cache: Path) -> Scenes:
    """Read a folder with `photos/` and `pairs.json` and maybe `single/`, or a folder of photos alone.

    A scene of a validation pair is left out of training, every photo of it. Without `pairs.json` there are no pairs,
    and every twelfth photo is left out.

    Raises:
        DataError: there are no photos, or `pairs.json` names one that is missing or there twice, or has another form.
    """
    folders = [root / "photos", root / "single"] if (root / "photos").is_dir() else [root]
    files = [f for folder in folders for f in pictures_in(folder)]
    if not files:
        raise DataError(f"{root} holds no photos: give --data a folder of them, or one with photos/ and pairs.json.")
    photos, names = read_photos(files, cache), {f.stem: i for i, f in enumerate(files)}
    training, validation = (_pairs(root, split, Counter(f.stem for f in files)) for split in ("train", "val"))
    if not training + validation:
        return Scenes(photos, names, [i for i in range(len(files)) if i % HELD_OUT], [], [])
    held = {names[name] for pair in validation for name in (pair.input, pair.ref)}
    known = {names[name] for pair in training for name in (pair.input, pair.ref)} - held
    single = [i for i, f in enumerate(files) if i in known or f.parent.name == "single"]
    return Scenes(photos, names, single, training, validation)


def _pairs(root: Path, split: str, count: Mapping[str, int]) -> list[Pair]:
    """The pairs that `pairs.json` has for a split. count: how many photos there are of each name."""
    path = root / "pairs.json"
    if not path.is_file():
        return []
    try:
        rows: list[dict[str, Any]] = read_json(path)[split]
        pairs = [Pair(r["input"], r["ref"], np.array(r["homography"], float), int(r["scene"])) for r in rows]
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} lacks something of its {split} pairs, or has another form: {error!r}.") from error
    named = sorted({name for pair in pairs for name in (pair.input, pair.ref)})
    if missing := [name for name in named if name not in count]:
        raise DataError(f"{path} names photos that are not there, such as {missing[0]}.")
    if twice := [name for name in named if count[name] > 1]:
        raise DataError(f"{path} names {twice[0]}, and {count[twice[0]]} photos are called so: leave one of them.")
    return pairs


def _tensors(**pictures: Image.Image) -> dict[str, Tensor]:
    """RGB -> float32 (3, H, W) in [-1, 1]."""
    return {name: from_pixels(np.asarray(picture)) for name, picture in pictures.items()}


def turned(picture: Image.Image, kind: int) -> Image.Image:
    """One of the eight ways to turn and mirror a square. kind: 0 to 7."""
    if kind >= 4:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return picture.rotate(90 * (kind % 4)) if kind % 4 else picture


class Patches(torch.utils.data.Dataset):
    """An endless, seeded stream of patches of photos with their low resolution.

    Half of them are shrunk first, down to half size, for photos that were once compressed are sharpest then; patches
    with little contrast are drawn again. `dataset[position]` -> {"low": (3, s/4, s/4), "high": (3, s, s)} in [-1, 1].

    Args:
        rows: of `photos` to draw from. side: s, px.
    """

    def __init__(self, photos: Photos, rows: list[int], side: int = 128, seed: int = 0):
        self.photos, self.side, self.seed = photos, side, seed
        self.rows = [i for i in rows if photos.sizes[i].min() >= side]
        if not self.rows:
            raise DataError(f"No photo is {side} px or more a side.")

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, position: int) -> dict[str, Tensor]:
        rng = np.random.default_rng([self.seed, position])
        for _ in range(4):
            high = self.draw(rng)
            if np.asarray(high, np.float32).std((0, 1)).mean() > 12:
                break
        high = turned(high, int(rng.integers(8)))
        return _tensors(low=shrink(high, FACTOR), high=high)

    def draw(self, rng: np.random.Generator, side: int | None = None) -> Image.Image:
        """A patch of some photo, of `side` px or of the stream's own."""
        side = side or self.side
        row = self.rows[int(rng.integers(len(self.rows)))]
        height, width = (int(n) for n in self.photos.sizes[row])
        most = min(2.0, min(height, width) / side)
        size = min(round(side * (float(rng.uniform(1, max(1, most))) if rng.integers(2) else 1.0)), height, width)
        top, left = (int(rng.integers(n - size + 1)) for n in (height, width))
        return _to_side(Image.fromarray(self.photos.crop(row, top, left, size, size)), side)


KINDS = ("pair", "self", "stranger")
SHARES = (0.5, 0.25, 0.25)


class ReferencePatches(torch.utils.data.Dataset):
    """An endless, seeded stream of patches, each with a patch of another photo as its reference.

    pair: of a photo of the same scene, around the corresponding place, up to 20 px beside it, for the homography
        holds for one plane only. Scenes are drawn evenly.
    self: of the same photo nearby, turned by up to 20 degrees, larger or smaller by up to a quarter, in other light.
    stranger: of any other photo, so that the network learns to leave a bad reference alone.

    `dataset[position]` -> {"low": (3, s/4, s/4), "high": (3, s, s), "reference": (3, r, r), "kind": index into
    `KINDS`}.

    Args:
        side, reach: s in px, and r as a share of it: the more there is to choose from, the more is mistaken for it.
        shares: of the three kinds; without pairs in the data theirs falls to the second.
    """

    def __init__(
        self,
        scenes: Scenes,
        side: int = 160,
        seed: int = 0,
        shares: tuple[float, float, float] = SHARES,
        reach: float = 1.0,
    ):
        self.scenes, self.side, self.seed = scenes, side, seed
        self.around = FACTOR * round(side * reach / FACTOR)
        self.alone = Patches(scenes.photos, scenes.single, side, seed)
        self.by_scene: list[list[Pair]] = []
        for scene in sorted({pair.scene for pair in scenes.training}):
            self.by_scene.append([pair for pair in scenes.training if pair.scene == scene])
        self.shares = np.array(shares if self.by_scene else (0, shares[0] + shares[1], shares[2]))

    def __len__(self) -> int:
        return len(self.alone)

    def __getitem__(self, position: int) -> dict[str, Tensor]:
        rng = np.random.default_rng([self.seed, position])
        kind = int(rng.choice(3, p=self.shares / self.shares.sum()))
        draw = (self._of_pair, self._of_self, self._of_stranger)[kind]
        for _ in range(6):
            high, reference = draw(rng)
            if np.asarray(high, np.float32).std((0, 1)).mean() > 12:
                break
        way = int(rng.integers(8))
        high, reference = turned(high, way), turned(reference, way)
        return {**_tensors(low=shrink(high, FACTOR), high=high, reference=reference), "kind": torch.tensor(kind)}

    def _of_pair(self, rng: np.random.Generator) -> tuple[Image.Image, Image.Image]:
        pairs = self.by_scene[int(rng.integers(len(self.by_scene)))]
        pair = pairs[int(rng.integers(len(pairs)))]
        homography, names = pair.homography, (pair.input, pair.ref)
        if rng.integers(2):
            homography, names = np.linalg.inv(homography), names[::-1]
        photo, other = (self.scenes.names[name] for name in names)
        scale = float(rng.uniform(1, 1.6)) if rng.integers(2) else 1.0
        for _ in range(10):
            high, (x, y) = self._patch(photo, rng, scale)
            there = homography @ (x, y, 1)
            x, y = there[:2] / there[2] + rng.uniform(-20, 20, 2)
            height, width = self.scenes.photos.sizes[other]
            if 0 <= x < width and 0 <= y < height:
                break
        return high, self._around(other, float(x), float(y), scale)

    def _of_self(self, rng: np.random.Generator) -> tuple[Image.Image, Image.Image]:
        photo = self.alone.rows[int(rng.integers(len(self.alone.rows)))]
        high, (x, y) = self._patch(photo, rng, 1.0)
        picture = self.scenes.photos.picture(photo)
        x, y = (float(v + rng.uniform(-0.4, 0.4) * self.side) for v in (x, y))
        angle, zoom = rng.uniform(-20, 20), float(np.exp(rng.uniform(-0.25, 0.25)))
        picture = picture.rotate(float(angle), Image.Resampling.BICUBIC, center=(x, y))
        reference = _square(picture, x, y, self.around * zoom, self.around)
        light, contrast = rng.uniform(-20, 20), float(np.exp(rng.uniform(-0.2, 0.2)))
        values = (np.asarray(reference, np.float32) - 128) * contrast + 128 + light
        return high, Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))

    def _of_stranger(self, rng: np.random.Generator) -> tuple[Image.Image, Image.Image]:
        return self.alone.draw(rng), self.alone.draw(rng, self.around)

    def _patch(self, photo: int, rng: np.random.Generator, scale: float) -> tuple[Image.Image, tuple[float, float]]:
        """A patch of a photo, and its middle in px of the photo."""
        height, width = (int(n) for n in self.scenes.photos.sizes[photo])
        side = min(round(self.side * scale), height, width)
        top, left = (int(rng.integers(n - side + 1)) for n in (height, width))
        patch = Image.fromarray(self.scenes.photos.crop(photo, top, left, side, side))
        return _to_side(patch, self.side), (left + side / 2, top + side / 2)

    def _around(self, photo: int, x: float, y: float, scale: float) -> Image.Image:
        height, width = (int(n) for n in self.scenes.photos.sizes[photo])
        side = min(round(self.around * scale), height, width)
        left, top = (int(np.clip(round(v - side / 2), 0, n - side)) for v, n in ((x, width), (y, height)))
        return _to_side(Image.fromarray(self.scenes.photos.crop(photo, top, left, side, side)), self.around)


def _to_side(patch: Image.Image, side: int) -> Image.Image:
    return patch if patch.width == side else patch.resize((side, side), Image.Resampling.BICUBIC)


def _square(picture: Image.Image, x: float, y: float, size: float, side: int) -> Image.Image:
    """The square of `size` px around (x, y), moved into the picture, at `side` px."""
    size = min(size, *picture.size)
    left, top = (float(np.clip(v - size / 2, 0, n - size)) for v, n in ((x, picture.width), (y, picture.height)))
    return picture.resize((side, side), Image.Resampling.BICUBIC, box=(left, top, left + size, top + size))
