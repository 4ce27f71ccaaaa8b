"""Pictures decoded once into a memory-mapped file."""

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
    path = cache / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{np.random.default_rng().integers(1 << 32):08x}.partial")
        out = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=shape)
        for i in tqdm(range(shape[0]), desc=f"reading {name}", unit="picture"):
            out[i] = read(i)
        out.flush()
        partial.replace(path)
    return np.load(path, mmap_mode="r")


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
