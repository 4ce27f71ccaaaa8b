"""Pictures decoded, and what is computed of them, once into a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from tqdm import tqdm

from ..errors import DataError, PictureError
from ..files import atomic

if TYPE_CHECKING:
    from torch import nn

SHOWN = 5  # further broken pictures that an error names
CHUNK = 1 << 24  # bytes


def decoded_once(
    cache: Path, name: str, key: str, shape: tuple[int, ...], read: Callable[[int], np.ndarray]
) -> np.ndarray:
    """The uint8 array of `shape` whose i-th row is `read(i)`, read-only and mapped from a file under `cache`.

    The file is made where it is missing; several processes may do so at once.

    Args:
        name: begins the file's name and is shown while it is made.
        key: everything the contents depend on; another key is another file. Of picture files, see `pictures.py`.

    Raises:
        DataError: `read` raised PictureError, once or more: all rows are tried first. Or the file cannot be written, or
            is damaged.
    """
    path = _path(cache, name, key)
    if not path.exists():
        row, wrong = np.empty(shape[1:], np.uint8), list[PictureError]()
        with atomic(path, DataError) as file:  # written, not mapped: on a full disk a map kills the process
            np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
            for i in tqdm(range(shape[0]), desc=f"reading {name}", unit="picture"):
                try:
                    row[...] = read(i)
                except PictureError as error:
                    wrong.append(error)
                    continue
                file.write(row.data)
            if wrong:
                raise DataError(together(wrong))
    return _load(path, mmap_mode="r")


def together(errors: Sequence[PictureError]) -> str:
    """What is wrong with the first of some broken pictures, and which others there are."""
    others = [str(error.path) for error in errors[1:]]
    if not others:
        return str(errors[0])
    names = ", ".join(others[:SHOWN]) + (" ..." if len(others) > SHOWN else "")
    return f"{errors[0]} {len(others)} more cannot be used: {names}"


def computed_once(cache: Path, name: str, key: str, compute: Callable[[], np.ndarray]) -> np.ndarray:
    """What `compute` gives, kept in a file under `cache`; name and key as for `decoded_once`."""
    path = _path(cache, name, key)
    if not path.exists():
        found = np.ascontiguousarray(compute())
        with atomic(path, DataError) as file:  # np.save would not say that the disk is full
            np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(found))
            file.write(found.data)
    return _load(path)


def _path(cache: Path, name: str, key: str) -> Path:
    return cache / f"{name}-{hashlib.sha256(key.encode(errors='surrogateescape')).hexdigest()[:16]}.npy"


def digest(*parts: np.ndarray | str) -> str:
    """A short name of arrays and words, for keys: other contents, another name."""
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        if isinstance(part, str):
            found.update(part.encode(errors="surrogateescape") + b"\0")
            continue
        found.update(f"{part.dtype}{part.shape}".encode())
        rows = max(1, CHUNK * len(part) // max(1, part.nbytes))  # a memory map is read piece by piece
        for first in range(0, len(part), rows):
            found.update(part[first : first + rows].tobytes())
    return found.hexdigest()


def network_key(net: nn.Module) -> str:
    """A short name of a network: its layers, and every number in it."""
    numbers = [*net.named_parameters(), *net.named_buffers()]
    values = [x for name, t in numbers for x in (name, t.detach().float().cpu().reshape(-1).numpy())]
    return digest(repr(net), *values)


def _load(path: Path, mmap_mode: Literal["r"] | None = None) -> np.ndarray:
    try:
        return np.load(path, mmap_mode=mmap_mode)
    except (ValueError, EOFError) as error:  # a disk's fault; no writer of ours leaves it so
        raise DataError(f"{path} is damaged: remove it, and it is made again.") from error
