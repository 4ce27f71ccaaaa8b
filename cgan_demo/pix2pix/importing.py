"""Read a generator of the most used public implementation, pytorch-CycleGAN-and-pix2pix by junyanz.

Its `latest_net_G.pth` is the state dict of nested blocks. The outermost holds [conv, block, relu, convT], each
inner one [leaky relu, conv, norm, block, relu, convT, norm (, dropout)], the innermost [leaky relu, conv, relu,
convT, norm]. Ours is the same network unrolled. Two things differ and do not change `eval()`: it drops out
in three blocks outside of the innermost, ours in the three innermost; and its own test script leaves batch
norm and dropout in training mode unless it is run with --eval.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .. import weights
from ..errors import WeightsCorrupt, WeightsNotFound
from .networks import UNetGenerator

State = dict[str, Tensor]


def import_checkpoint(path: str | Path, folder: str | Path, half: bool = True) -> Path:
    """Turn `latest_net_G.pth` (unet_256, unet_128) into a model folder that `cgan_demo.load` can serve.

    Nothing in the file is executed. With `half=False` the weights keep their 32 bits.

    Raises:
        WeightsNotFound: no such file.
        WeightsCorrupt: not a checkpoint of such a generator.
    """
    return weights.save_network(convert(_read(Path(path))), folder, half=half)


def _read(path: Path) -> State:
    if not path.is_file():
        raise WeightsNotFound(f"There is no file {path}: give the path of a latest_net_G.pth.")
    try:
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # not a zip, a pickle with code in it, a truncated file, ...
        raise WeightsCorrupt(
            f"{path} is not a checkpoint of plain tensors: give the latest_net_G.pth of a pix2pix training."
        ) from error
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise WeightsCorrupt(f"{path} is not a state dict: give the latest_net_G.pth of a pix2pix training.")
    return {str(name).removeprefix("module."): value for name, value in state.items()}  # "module." is DataParallel's


def convert(state: State) -> UNetGenerator:
    """Build our generator from the state dict of theirs; equal in `eval()`.

    Raises:
        WeightsCorrupt: names or shapes are not those of a U-Net generator.
    """
    prefixes = _blocks(state)
    try:
        network = _empty(state, len(prefixes))
        network.load_state_dict(_renamed(state, prefixes, network.state_dict()))
    except (KeyError, IndexError, ValueError, RuntimeError) as error:
        raise WeightsCorrupt(
            "The checkpoint is not of a U-Net generator (unet_128 or unet_256) with batch or instance norm: "
            "its layers do not fit."
        ) from error
    return network.eval()


def _blocks(state: State) -> list[str]:
    """The name of each nested block, from the outermost to the innermost."""
    prefixes = ["model.model"]
    while any(name.startswith(f"{prefixes[-1]}.{1 if len(prefixes) == 1 else 3}.model.") for name in state):
        prefixes.append(f"{prefixes[-1]}.{1 if len(prefixes) == 1 else 3}.model")
    if len(prefixes) < 3 or "model.model.0.weight" not in state:
        raise WeightsCorrupt(
            "The checkpoint does not have the layers of a U-Net generator: "
            "give the latest_net_G.pth of a pix2pix training with unet_128 or unet_256."
        )
    return prefixes


def _empty(state: State, depth: int) -> UNetGenerator:
    first, last = state["model.model.0.weight"], state["model.model.3.weight"]
    width, in_channels = first.shape[:2]
    # With instance norm their convolutions have biases, and the norms no weights.
    norm = "instance" if "model.model.0.bias" in state else "batch"
    return UNetGenerator(in_channels, last.shape[1], width, depth, norm=norm)


def _renamed(state: State, prefixes: list[str], ours: State) -> State:
    """Their tensors under our names. What they do not have is neutral: biases 0, gains 1, counts 0."""
    names: dict[str, str] = {}
    for i, prefix in enumerate(prefixes):
        down, up = f"down.{i}", f"up.{len(prefixes) - 1 - i}"
        outermost, innermost = i == 0, i == len(prefixes) - 1
        names[f"{down}.0"] = f"{prefix}.{0 if outermost else 1}"
        names[f"{down}.1"] = f"{prefix}.2"
        names[f"{up}.0"] = f"{prefix}.{3 if outermost or innermost else 5}"
        names[f"{up}.1"] = f"{prefix}.{4 if innermost else 6}"
    renamed, used = {}, set()
    for name, value in ours.items():
        layer, kind = name.rsplit(".", 1)
        theirs = f"{names[layer]}.{kind}"
        if theirs in state:
            renamed[name] = state[theirs].to(value.dtype)
            used.add(theirs)
        elif layer.endswith(".0") and kind == "weight" or kind.startswith("running"):
            raise KeyError(theirs)
        else:
            renamed[name] = torch.full_like(value, 1 if kind == "weight" else 0)
    if unused := set(state) - used:
        raise KeyError(f"{sorted(unused)[0]} and {len(unused) - 1} more")
    return renamed
