"""Pictures decoded, and what is computed of them, once into a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
from tqdm import tqdm

from ..errors import DataError
from ..files import whole


def decoded_once(
    cache: Path, name: str, key: str, shape: tuple[int, ...], read: Callable[[int], np.ndarray]
) -> np.ndarray:
    """The uint8 array of `shape` whose i-th row is `read(i)`, read-only and mapped from a file under `cache`.

    The file is made where it is missing; several processes may do so at once.

    Args:
        name: begins the file's name and is shown while it is made.
        key: everything the contents depend on; another key is another file.

    Raises:
        DataError: the file cannot be written, or is damaged.
    """
    path = _path(cache, name, key)
    if not path.exists():
        row = np.empty(shape[1:], np.uint8)
        with whole(path, DataError) as file:  # written, not mapped: on a full disk a map kills the process
            np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
            for i in tqdm(range(shape[0]), desc=f"reading {name}", unit="picture"):
                row[...] = read(i)
                file.write(row.data)
    return _load(path, mmap_mode="r")


def computed_once(cache: Path, name: str, key: str, compute: Callable[[], np.ndarray]) -> np.ndarray:
    """What `compute` gives, kept in a file under `cache`; name and key as for `decoded_once`."""
    path = _path(cache, name, key)
    if not path.exists():
        found = np.ascontiguousarray(compute())
        with whole(path, DataError) as file:  # np.save would not say that the disk is full
            np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(found))
            file.write(found.data)
    return _load(path)


def _path(cache: Path, name: str, key: str) -> Path:
    return cache / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npy"


def _load(path: Path, mmap_mode: Literal["r"] | None = None) -> np.ndarray:
    try:
        return np.load(path, mmap_mode=mmap_mode)
    except (ValueError, EOFError) as error:  # a disk's fault; no writer of ours leaves it so
        raise DataError(f"{path} is damaged: remove it, and it is made again.") from error


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turns what a decoder raises on a file that is no picture into a sentence.

    Raises:
        DataError: it did.
    """
    try:
        yield
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as a picture ({error}). Remove or replace it.") from error
