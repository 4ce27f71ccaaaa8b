"""Pictures decoded, and what is computed of them, once into a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..errors import DataError


def decoded_once(
    cache: Path, name: str, key: str, shape: tuple[int, ...], read: Callable[[int], np.ndarray]
) -> np.ndarray:
    """The uint8 array of `shape` whose i-th row is `read(i)`, read-only and mapped from a file under `cache`.

    The file is made where it is missing; several processes may do so at once.

    Args:
        name: begins the file's name and is shown while it is made.
        key: everything the contents depend on; another key is another file.
    """
    path = _path(cache, name, key)
    if not path.exists():
        partial = _partial(path)
        out = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=shape)
        for i in tqdm(range(shape[0]), desc=f"reading {name}", unit="picture"):
            out[i] = read(i)
        out.flush()
        partial.replace(path)
    return np.load(path, mmap_mode="r")


def computed_once(cache: Path, name: str, key: str, compute: Callable[[], np.ndarray]) -> np.ndarray:
    """What `compute` gives, kept in a file under `cache`; name and key as for `decoded_once`."""
    path = _path(cache, name, key)
    if not path.exists():
        found, partial = compute(), _partial(path)
        with partial.open("wb") as file:
            np.save(file, found)
        partial.replace(path)
    return np.load(path)


def _path(cache: Path, name: str, key: str) -> Path:
    return cache / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npy"


def _partial(path: Path) -> Path:
    """A file of this process's own beside `path`, which it takes the place of once it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_suffix(f".{np.random.default_rng().integers(1 << 32):08x}.partial")


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
