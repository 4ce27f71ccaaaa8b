"""The pictures of a data set, whichever it is: which files they are, how one is read, what a cache of them is kept by.

Every room reads through here: the reader is that of uploads, with room for larger pictures.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

from ..errors import InputError, PictureError
from ..images import open_image, upright_size
from .cache import decoded_once

MAX_SIDE = 12_000  # px; beyond it, and beyond what cameras make, a picture would take a gigabyte to read
READER = 2  # raise it where the same file gives other pixels than before, here or in `images.py`
EXTENSIONS = frozenset(
    [".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".avif", ".heic", ".heif", ".gif", ".bmp", ".dib"]
    + [".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm"]
)
READ = "PNG, JPEG (jfif too), WebP, AVIF, GIF, BMP, TIFF, PPM"  # as sentences name them
LEFTOVERS = frozenset({"__MACOSX", "@eaDir", "$RECYCLE.BIN"})  # folders that systems leave among people's files


def is_leftover(path: Path, root: Path) -> bool:
    """Whether a file or folder below `root` is none of the set's: hidden (.DS_Store, ._1.png), or a system's own."""
    return any(part.startswith(".") or part in LEFTOVERS for part in path.relative_to(root).parts)


def pictures_in(folder: Path, below: bool = False) -> list[Path]:
    """The picture files of a folder, by path; what systems leave there is passed over. Empty if there is no folder.

    below: those of the folders in it, too.
    """
    found = folder.rglob("*") if below else folder.iterdir() if folder.is_dir() else []
    chosen = (f for f in found if f.suffix.lower() in EXTENSIONS and not is_leftover(f, folder))
    return sorted(f for f in chosen if not f.is_dir())  # a link to nothing stays, so that reading names it


def read_picture(path: Path) -> Image.Image:
    """A picture file as 8-bit RGB, as an upload is read (see `images.open_image`).

    Raises:
        PictureError: it cannot be read, or is too large.
    """
    try:
        return open_image(path, MAX_SIDE)
    except InputError as error:
        raise PictureError(path, f"cannot be read. {error}") from error


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height, in px, of what `read_picture` gives; the pixels are left alone.

    Raises:
        PictureError: it cannot be read, or is too large.
    """
    try:
        return upright_size(path, MAX_SIDE)
    except InputError as error:
        raise PictureError(path, f"cannot be read. {error}") from error


def stretched(picture: Image.Image, side: int, resample: Image.Resampling = Image.Resampling.BICUBIC) -> Image.Image:
    """The whole picture brought to a square of `side` px, antialiased."""
    return picture if picture.size == (side, side) else picture.resize((side, side), resample)


def files_key(files: Sequence[Path]) -> str:
    """What a cache of pictures is kept by: the reader, and each file's path, size and times.

    The time a file's entry was changed is among them, for copying may keep the time of its contents.

    Raises:
        PictureError: a file is not there.
    """
    return "\n".join([f"reader {READER}, Pillow {PIL.__version__}", *(stamp(f) for f in files)])


def stamp(path: Path) -> str:
    """A file's path, size and times: another where it was changed.

    Raises:
        PictureError: it is not there.
    """
    try:
        s = path.stat()
    except OSError as error:
        raise PictureError(path, f"cannot be read ({error.strerror}): remove or replace it.") from error
    return f"{os.path.abspath(path)}|{s.st_size}|{s.st_mtime_ns}|{s.st_ctime_ns}"


def decoded_pictures(
    cache: Path, name: str, files: Sequence[Path], shape: tuple[int, ...], how: str, read: Callable[[int], np.ndarray]
) -> np.ndarray:
    """The uint8 array of `shape` whose i-th row is `read(i)`, decoded once and mapped; see `cache.decoded_once`.

    Args:
        files: all that `read` opens, in order; another version of one of them is another cache.
        how: what else the rows depend on, such as "middle square".

    Raises:
        DataError: pictures cannot be read, each named; or the cache cannot be written.
    """
    return decoded_once(cache, name, f"{how}|{shape}|{files_key(files)}", shape, read)
