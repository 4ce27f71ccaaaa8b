"""Drawings from photos by our own photo-to-edges model, for training pairs and for "start from a photo".

It knows product photos on white; pairs of other photos are better drawn by `hed.HED`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn
from tqdm import tqdm

from ..bicyclegan.strokes import thin, to_ink
from ..data.cache import together
from ..data.pictures import READ, pictures_in, read_picture, stretched
from ..errors import DataError, PictureError
from ..files import whole
from ..images import to_tensor
from . import hed

SIDE = 256  # px, of the pictures the model knows
Drawer = Callable[[Any, list[Image.Image]], list[Image.Image]]


@torch.inference_mode()
def draw_edges(network: nn.Module, photos: list[Image.Image], threshold: float = 0.3) -> list[Image.Image]:
    """Line drawings, 1 px black on white, of RGB photos of one size, its sides multiples of the network's stride."""
    x = torch.cat([to_tensor(photo) for photo in photos])
    ink = to_ink(network(x)).numpy()[:, 0]  # (N, H, W)
    return [Image.fromarray(np.where(thin(i > threshold), 0, 255).astype(np.uint8)).convert("RGB") for i in ink]


def make_pairs(network: nn.Module, photos: Path, to: Path, batch: int = 8) -> int:
    """Write a drawing | photo pair, 512 x 256, for every picture below `photos`; those there already are left.

    Photos are stretched to a square, as the official edges2shoes set does with the same ones. One that is newer than
    its pair is drawn again. Those that cannot be read are passed over, and named at the end. Returns their number.

    network: photo-to-edges, or a `hed.HED`.

    Raises:
        DataError: no pictures there; `to` is the same folder; or photos could not be read: all others have their pairs.
    """
    files = [f for f in pictures_in(photos, below=True) if to.resolve() not in f.resolve().parents]
    if not files:
        raise DataError(f"{photos} holds no pictures ({READ}), or only those where the pairs are to go.")
    targets = {f: to / name for f, name in pair_names(files, photos).items()}
    missing = [f for f in files if not _is_newer(targets[f], f)]
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    draw: Drawer = hed.draw if isinstance(network, hed.HED) else draw_edges
    broken: list[PictureError] = []
    for i in tqdm(range(0, len(missing), batch), desc="drawing edges", unit="batch"):
        pictures = _readable(missing[i : i + batch], broken)
        drawings = draw(network, list(pictures.values())) if pictures else []
        for (file, photo), drawing in zip(pictures.items(), drawings, strict=True):
            _write_pair(drawing, photo, targets[file])
    if broken:
        raise DataError(f"{to} has the pairs of {len(files) - len(broken)} of {len(files)} photos. {together(broken)}")
    return len(files)


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


def _write_pair(drawing: Image.Image, photo: Image.Image, path: Path) -> None:
    sheet = Image.new("RGB", (2 * SIDE, SIDE))
    sheet.paste(drawing, (0, 0))
    sheet.paste(photo, (SIDE, 0))
    with whole(path, DataError) as file:
        sheet.save(file, "JPEG", quality=92)
