"""Find the state dict of a generator in a file that some training program wrote, however it was wrapped.

Programs put the state dict into others ({"epoch": 3, "state_dict": ...}, {"netG": ..., "netD": ...}), and wrappers
around the network put words before its names ("module." of DataParallel, "_orig_mod." of torch.compile, "netG." of a
module that holds it). So all that lies in the file is first written flat, name after name with dots between; a
generator is then whatever lies under one prefix and has the layers of one.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from ..errors import WeightsCorrupt, WeightsNotFound

State = dict[str, Tensor]
WRAPPERS = {"module", "_orig_mod"}  # words of a name that only say what the network was wrapped in
NESTED = 6  # dictionaries within dictionaries
COUNT = ".num_batches_tracked"
FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)

WANTED = "give the latest_net_G.pth of a pix2pix or CycleGAN training (unet_128, unet_256, resnet_6blocks, ...)"
# Names that a network of theirs has and no part of another; the second one's kernel has 7 x 7 weights.
UNET_MARK, RESNET_MARK = "model.model.1.model.1.weight", "model.1.weight"


def read_generator(path: Path, part: str | None = None) -> State:
    """The state dict of the one generator in the file, under the names of the public implementation.

    Nothing in the file is executed.

    Args:
        part: which of several, by the name it lies under, such as "netG_A".

    Raises:
        WeightsNotFound: no such file.
        WeightsCorrupt: the file cannot be read, or holds no generator, or several.
    """
    values = _flat(_load(path), path)
    prefixes = {prefix.rstrip("."): prefix for prefix in _prefixes(values)}
    if not prefixes:
        raise WeightsCorrupt(f"{path} holds no generator that can be imported: {WANTED}.")
    if part is None and len(prefixes) > 1:
        raise WeightsCorrupt(f"{path} holds {len(prefixes)} generators: choose one with --part: {_listed(prefixes)}.")
    if part is not None and part not in prefixes:
        raise WeightsCorrupt(f"{path} has no generator under {part!r:.120}, only under {_listed(prefixes)}.")
    prefix = prefixes[part] if part is not None else next(iter(prefixes.values()))
    return _state(values, prefix, path)


def _listed(names: Mapping[str, str]) -> str:
    return ", ".join(sorted(repr(name) for name in names))


def _load(path: Path) -> Any:
    if not path.is_file():
        raise WeightsNotFound(f"There is no file {path}: {WANTED}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch, about files that are old or strange
            return load_file(path) if path.suffix == ".safetensors" else _unpickled(path)
    except OSError as error:
        raise WeightsCorrupt(f"{path} cannot be read ({error.strerror or error}): {WANTED}.") from error
    except Exception as error:  # not a zip, a pickle with code in it, a truncated file, ...
        raise WeightsCorrupt(
            f"{path} is not a file of plain tensors, as torch.save(network.state_dict(), ...) writes one: {WANTED}."
        ) from error


def _unpickled(path: Path) -> Any:
    """Tensors, plain values, and what trainings keep beside them: their options and numpy's numbers."""
    scalar = np.float64(0).__reduce__()[0]
    numbers = [type(np.dtype(kind)) for kind in ("f4", "f8", "i4", "i8")]
    names = [(scalar, f"numpy.{package}.multiarray.scalar") for package in ("core", "_core")]
    harmless: list[Any] = [argparse.Namespace, np.dtype, *numbers, *names]
    with torch.serialization.safe_globals(harmless):
        return torch.load(path, map_location="cpu", weights_only=True)


def _flat(loaded: Any, path: Path) -> dict[str, Any]:
    """Everything in nested dictionaries by its full name, without the wrappers' words."""
    values: dict[str, Any] = {}
    for words, value in _leaves(loaded, (), set()):
        name = ".".join(word for word in ".".join(words).split(".") if word not in WRAPPERS)
        if name in values and _marks(name):
            raise WeightsCorrupt(f"{path} has {name!r:.120} twice, with and without a wrapper's name: {WANTED}.")
        values[name] = value
    return values


def _leaves(value: Any, words: tuple[str, ...], seen: set[int]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What is no dictionary or list, with the keys that lead there; one that comes again is passed over."""
    if not isinstance(value, (Mapping, list, tuple)):
        yield words, value
    elif id(value) not in seen and len(words) < NESTED:
        seen.add(id(value))
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _leaves(inner, (*words, str(key)), seen)


def _marks(name: str) -> list[str]:
    """What lies before the names of a network that may have this one."""
    marks = (UNET_MARK, RESNET_MARK)
    return [name[: -len(mark)] for mark in marks if name == mark or name.endswith(f".{mark}")]


def _prefixes(values: Mapping[str, Any]) -> list[str]:
    """The prefixes under which a generator lies."""
    return [p for name in values for p in _marks(name) if is_unet(values, p) or is_resnet(values, p)]


def is_unet(values: Mapping[str, Any], prefix: str = "") -> bool:
    """Whether a nested U-Net lies under `prefix`."""
    return f"{prefix}{UNET_MARK}" in values


def is_resnet(values: Mapping[str, Any], prefix: str = "") -> bool:
    """Whether a network that begins with a 7 x 7 convolution behind a padding lies under `prefix`."""
    first = values.get(f"{prefix}{RESNET_MARK}")
    return isinstance(first, Tensor) and first.ndim == 4 and tuple(first.shape[2:]) == (7, 7)


def _state(values: Mapping[str, Any], prefix: str, path: Path) -> State:
    """The tensors of the network under `prefix`, as 32-bit floats; a norm's count of batches says nothing."""
    names = [name for name in values if name.startswith(f"{prefix}model.") and not name.endswith(COUNT)]
    state = {}
    for name in names:
        value = values[name]
        if not _is_plain(value):
            raise WeightsCorrupt(f"{path} has under {name!r:.120} something else than a tensor of floats: {WANTED}.")
        state[name[len(prefix) :]] = value.detach().float()
    return state


def _is_plain(value: Any) -> bool:
    """Whether it is a tensor of floats that all lie in the file."""
    if not isinstance(value, Tensor) or value.dtype not in FLOATS or value.device.type != "cpu":
        return False
    if value.layout != torch.strided or value.is_nested:
        return False
    return value.numel() * value.element_size() <= value.untyped_storage().nbytes()
