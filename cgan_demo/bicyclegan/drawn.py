"""Pairs to train on, drawn from photos: by our own photo-to-edges model, or by `hed.HED`.

Ours knows product photos on white; pairs of other photos are better drawn by HED.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from filelock import FileLock
from PIL import Image
from torch import nn
from torch.utils.data import Dataset
from tqdm import tqdm

from .. import weights
from ..data.cache import together
from ..data.layouts import SPLITS
from ..data.pictures import READ, pictures_in, read_picture, stamp, stretched
from ..errors import DataError, PictureError
from ..features import EfficientNetLite
from ..files import atomic
from ..pix2pix.edges import SIDE, draw_edges
from ..training.pairs import PairedRecipe
from ..training.system import System
from . import hed
from .ink import DARK, is_clean

LOOKED_AT = 12  # pictures of a folder, to tell whether they are pairs
MOST_INK = 0.15  # share of a drawing that is dark; a dark thing on white has more
PAIRED = {"a", "b", *(f"{name}{end}" for names in SPLITS.values() for name in names for end in "ab")}  # folders

Drawer = Callable[[Any, list[Image.Image]], list[Image.Image]]


class DrawnRecipe(PairedRecipe):
    """Base of recipes whose input is a drawing, of "lines" or in coloured "labels": lines can be drawn of photos."""

    drawing: str

    def prepare(
        self, data: Path, seed: int, cache: Path, features: EfficientNetLite | None = None, *, hed: Path | None = None
    ) -> tuple[System, Dataset]:
        """See `PairedRecipe.prepare`. Of photos without drawings, the drawings are made first.

        hed: HED's .weights.h5 file, to draw with HED, which knows photos of anything; by default our own model draws.
        """
        if self.drawing == "lines":
            data = with_drawings(data, cache, hed, self.reverse)
        return super().prepare(data, seed, cache, features)


def with_drawings(data: Path, cache: Path, hed_file: Path | None = None, reverse: bool = False) -> Path:
    """`data` where it holds pairs; where it holds photos alone, a folder of pairs under `cache` that are drawn of them.

    Photos lie in train/ and maybe val/, or else in the folder itself, and in folders below. A picture is a pair where
    it is twice as wide as tall, or has black lines on white paper on the one side; most of them decide.

    Args:
        hed_file: HED's weights, to draw with it; by default our own photo-to-edges draws.
        reverse: the right-hand picture of a pair is the drawing.

    Raises:
        DataError: see `make_pairs`. WeightsNotFound, WeightsCorrupt: there is no such network.
    """
    parts = _photos_alone(data, reverse)
    if not parts:
        return data
    ours = weights.find("photo-to-edges") / weights.WEIGHTS
    key = f"{data.resolve()}|{stamp(hed_file) if hed_file else weights.file_sha256(ours)}|{reverse}"
    to = cache / f"drawn-{data.name}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
    print(f"{data} holds photos without drawings: they are drawn, and the pairs are kept in {to}.")
    network = hed.load_hed(hed_file) if hed_file else weights.load_network(ours.parent)
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{to}.lock"):  # of several processes one draws, the others find the pairs
        for part, photos in parts.items():
            make_pairs(network, photos, to / part, reverse=reverse)
            for stale in set(pictures_in(to / part)) - set(_targets(photos, to / part).values()):
                stale.unlink()
    return to


def _photos_alone(data: Path, reverse: bool) -> dict[str, Path]:
    """The folders of photos without drawings by the name of their split, "" for none; empty where there are pairs."""
    below = {f.name.lower(): f for f in sorted(data.iterdir()) if f.is_dir()} if data.is_dir() else {}
    found = {split: below[name] for split, names in SPLITS.items() for name in reversed(names) if name in below}
    first = found.get("train", data)
    if found and first is data or PAIRED & {*below, *(f.name.lower() for f in first.glob("*"))}:
        return {}
    files = pictures_in(first, below=True)
    looked_at = files[:: max(1, len(files) // LOOKED_AT)][:LOOKED_AT]
    pairs = sum(_is_pair(f, reverse) for f in looked_at)
    return {} if 2 * pairs >= len(looked_at) else found or {"": data}


def _is_pair(file: Path, reverse: bool) -> bool:
    try:
        picture = read_picture(file)
    except PictureError:  # named where all are read
        return False
    width, height = picture.size
    if width <= height or 1.9 <= width / height <= 2.1:
        return width > height
    side = np.asarray(picture.crop((width // 2 * reverse, 0, width // 2 * (1 + reverse), height)).convert("L"))
    return is_clean(side) and (side < DARK).mean() < MOST_INK


def make_pairs(network: nn.Module, photos: Path, to: Path, batch: int = 8, reverse: bool = False) -> int:
    """Write a drawing | photo pair, 512 x 256, for every picture below `photos`; those there already are left.

    Photos are stretched to a square, as the official edges2shoes set does with the same ones. One that is newer than
    its pair is drawn again. Those that cannot be read are passed over, and named at the end. Returns their number.

    network: photo-to-edges, or a `hed.HED`. reverse: write photo | drawing.

    Raises:
        DataError: no pictures there; `to` is the same folder; or photos could not be read: all others have their pairs.
    """
    targets = _targets(photos, to)
    if not targets:
        raise DataError(f"{photos} holds no pictures ({READ}), or only those where the pairs are to go.")
    missing = [f for f in targets if not _is_newer(targets[f], f)]
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    draw: Drawer = hed.draw if isinstance(network, hed.HED) else draw_edges
    broken: list[PictureError] = []
    for i in tqdm(range(0, len(missing), batch), desc="drawing edges", unit="batch"):
        pictures = _readable(missing[i : i + batch], broken)
        drawings = draw(network, list(pictures.values())) if pictures else []
        for (file, photo), drawing in zip(pictures.items(), drawings, strict=True):
            _write_pair([photo, drawing] if reverse else [drawing, photo], targets[file])
    if broken:
        done = f"{len(targets) - len(broken)} of {len(targets)}"
        raise DataError(f"{to} has the pairs of {done} photos. {together(broken)}")
    return len(targets)


def _targets(photos: Path, to: Path) -> dict[Path, Path]:
    """Where the pair of each photo goes; what lies in `to` is no photo."""
    files = [f for f in pictures_in(photos, below=True) if to.resolve() not in f.resolve().parents]
    return {f: to / name for f, name in pair_names(files, photos).items()}


def pair_names(files: list[Path], photos: Path) -> dict[Path, str]:
    """The file name of each photo's pair: its path below `photos` with - for /, and of those alike a part of a hash."""
    plain = {f: "-".join(f.relative_to(photos).with_suffix("").parts) for f in files}
    count = Counter(name.lower() for name in plain.values())  # some disks do not tell A from a

    def name(file: Path) -> str:
        if count[plain[file].lower()] == 1:
            return f"{plain[file]}.jpg"
        way = file.relative_to(photos).as_posix().encode(errors="surrogateescape")
        return f"{plain[file]}-{hashlib.sha256(way).hexdigest()[:8]}.jpg"

    return {f: name(f) for f in files}


def _is_newer(pair: Path, photo: Path) -> bool:
    try:
        return pair.stat().st_mtime_ns >= photo.stat().st_mtime_ns
    except OSError:  # no pair yet, or a photo that is a link to nothing, which reading names
        return False


def _readable(files: list[Path], broken: list[PictureError]) -> dict[Path, Image.Image]:
    """Those photos of some that can be read, as squares; what is wrong with the others is added to `broken`."""
    found = {}
    for file in files:
        try:
            found[file] = stretched(read_picture(file), SIDE)
        except PictureError as error:
            broken.append(error)
    return found


def _write_pair(pair: list[Image.Image], path: Path) -> None:
    sheet = Image.new("RGB", (2 * SIDE, SIDE))
    for i, picture in enumerate(pair):
        sheet.paste(picture, (i * SIDE, 0))
    with atomic(path, DataError) as file:
        sheet.save(file, "JPEG", quality=92)
