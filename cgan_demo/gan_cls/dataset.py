"""Pictures with captions: read, split once and for all, and cached."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from ..data.pictures import READ, decoded_pictures, pictures_in, read_picture, stretched
from ..data.tables import read_json, read_table
from ..errors import DataError
from .composed import composed
from .text import words

HUMAN = "human_sentences_without_pictures.json"
TABLE = "species_attributes.json"
COMPOSED = 300  # sentences composed about each class of which there is a table
UNSEEN_SHARE = 0.2  # of the classes: 20 of Oxford-102's, as in the paper, and 10 of the 50 birds
VALIDATION_SHARE = 0.1  # of the pictures of the others


@dataclass(frozen=True)
class Captioned:
    """Pictures with sentences about them.

    images: uint8 (N, size, size, 3), a memory map.
    captions: of each picture, lower case and without punctuation.
    labels: class of each picture, (N,); names: what each class is called.
    split: of each picture, (N,): "train"; "val", held-out pictures of the same classes; "unseen", all pictures of
        classes that are kept for zero-shot measurements.
    sentences: that people wrote about things of which there are no pictures, by class. Empty for flowers.
    files: of each picture, as labels.csv names it.
    composed: further sentences about each class, see `composed.py`. Empty for flowers, which people have described.
    """

    images: np.ndarray
    captions: list[list[str]]
    labels: np.ndarray
    names: dict[int, str]
    split: np.ndarray
    sentences: list[list[str]]
    files: list[str]
    composed: dict[int, list[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.captions)

    def rows(self, split: str) -> np.ndarray:
        """Numbers of the pictures of "train", "val" or "unseen"."""
        return np.flatnonzero(self.split == split)


def load_captioned(folder: Path, cache: Path, size: int) -> Captioned:
    """Read a folder of captioned pictures; these are decoded to `size` px a side once, into `cache`.

    The folder holds `images/`, `captions.json` {picture: [sentences]} and `labels.csv` with the columns image (the
    file's path under images/, without its ending), class_id, and class_name or species. Birds also have
    `human_sentences_without_pictures.json` {species: [sentences]} and `species_attributes.json` {species: facts}.

    Raises:
        DataError: something of that is missing or does not fit the rest.
    """
    rows = _labels(folder)
    captions = read_json(folder / "captions.json")
    bare = [name for name, *_ in rows if not captions.get(name)]
    if bare:
        raise DataError(f"{folder / 'captions.json'} says nothing of {len(bare)} pictures, the first is {bare[0]}.")
    files = _pictures(folder / "images", [name for name, *_ in rows])
    shape = (len(rows), size, size, 3)
    images = decoded_pictures(
        cache, f"captioned-{folder.name}", files, shape, "stretched, Lanczos", lambda i: _read(files[i], size)
    )
    human = read_json(folder / HUMAN) if (folder / HUMAN).is_file() else {}
    names = {label: title for _, label, title in rows}
    return Captioned(
        images=images,
        captions=[[" ".join(words(s)) for s in captions[name]] for name, *_ in rows],
        labels=np.array([label for _, label, _ in rows]),
        names=names,
        split=_split(rows, unseen_classes(names)),
        sentences=[[" ".join(words(s)) for s in human[title]] for title in sorted(human)],
        files=[name for name, *_ in rows],
        composed=_composed(folder, names),
    )


def _composed(folder: Path, names: dict[int, str]) -> dict[int, list[str]]:
    """The same sentences every time, `COMPOSED` about each class that the folder's table describes."""
    if not (folder / TABLE).is_file():
        return {}
    table = read_json(folder / TABLE)
    try:
        return {
            label: [composed(table[name], np.random.default_rng([label, i])) for i in range(COMPOSED)]
            for label, name in names.items()
            if name in table
        }
    except (KeyError, TypeError) as error:
        raise DataError(f"{folder / TABLE} lacks a column of a species: {error!r}.") from error


def unseen_classes(names: dict[int, str]) -> list[int]:
    """The classes kept out of training: a fifth, those whose names have the smallest SHA-256.

    Of Oxford-102 these are 1, 6, 21, 22, 23, 30, 38, 40, 44, 50, 51, 53, 57, 62, 67, 69, 82, 87, 94 and 101; of the
    birds African crowned crane, Andean goose, black francolin, black-capped chickadee, chestnut-bellied euphonia,
    Eastern bluebird, golden oriole, harlequin quail, scarlet tanager and Tasmanian hen.
    """
    order = sorted(names, key=lambda label: hashlib.sha256(names[label].encode()).hexdigest())
    return sorted(order[: round(UNSEEN_SHARE * len(names))])


def _split(rows: list[tuple[str, int, str]], unseen: list[int]) -> np.ndarray:
    def part(name: str, label: int) -> str:
        if label in unseen:
            return "unseen"
        draw = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32
        return "val" if draw < VALIDATION_SHARE else "train"

    return np.array([part(name, label) for name, label, _ in rows])


def _labels(folder: Path) -> list[tuple[str, int, str]]:
    """(picture, class, the class's name), by picture."""
    path = folder / "labels.csv"
    if not path.is_file():
        raise DataError(f"There is no {path}. Give --data the folder that holds images, captions.json and labels.csv.")
    table = read_table(path, ("image", "class_id"))
    named = "class_name" if table and "class_name" in table[0].cells else "species"
    if table and named not in table[0].cells:
        raise DataError(f"{path} needs the columns image, class_id and class_name; class_name is missing.")
    rows = [(row.text("image"), row.integer("class_id", 0, 10**6), row.text(named)) for row in table]
    if not rows:
        raise DataError(f"{path} names no pictures.")
    return sorted(rows)


def _pictures(folder: Path, names: list[str]) -> list[Path]:
    """The files of pictures that are named without their endings."""
    found = defaultdict(list)
    for path in pictures_in(folder, below=True):
        found[path.relative_to(folder).with_suffix("").as_posix()].append(path)
    for name in names:
        if not found[name]:
            raise DataError(f"labels.csv names {name}, but {folder} has no such picture ({READ}).")
        if len(found[name]) > 1:
            both = " and ".join(path.name for path in found[name])
            raise DataError(f"labels.csv names {name}, which may be {both} in {folder}: leave one of them.")
    return [found[name][0] for name in names]


def _read(path: Path, size: int) -> np.ndarray:
    return np.asarray(stretched(read_picture(path), size, Image.Resampling.LANCZOS))
