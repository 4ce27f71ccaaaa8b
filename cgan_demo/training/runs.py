"""From weights to a run, and from a run to weights."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from ..errors import DataError
from ..weights import load_network
from . import checkpoint
from .system import System

Network = TypeVar("Network", bound=nn.Module)


def first_of(stream: Dataset, count: int = 8) -> dict[str, Tensor]:
    """The first items of a stream as one batch, for the sample grids."""
    items = [stream[i] for i in range(count)]
    return {k: torch.stack([item[k] for item in items]) for k in items[0]}


def warm_start(system: System, folder: Path) -> None:
    """Give the generator of a new system the weights of a folder; all else starts afresh.

    Raises:
        DataError: the folder holds another network.
        WeightsNotFound, WeightsCorrupt: see `weights.load_network`.
    """
    try:
        system.networks["generator"].load_state_dict(load_network(folder).state_dict())
    except RuntimeError as error:
        raise DataError(f"{folder} holds another network than the recipe's; leave --warm-start out.") from error


def grow_from(network: nn.Module, part: nn.Module | None, folder: Path) -> None:
    """Give `network` the weights of a smaller or equal one of its class; what that lacks stays as it is.

    folder: where `part` comes from; None where there is no such part in it.

    Raises:
        DataError: it is another network.
    """
    mine, theirs = network.state_dict(), part.state_dict() if part is not None else {}
    if type(part) is not type(network) or any(k not in mine or mine[k].shape != v.shape for k, v in theirs.items()):
        raise DataError(f"{folder} holds another network than the recipe's; leave --warm-start out.")
    network.load_state_dict(mine | theirs)


def averaged(run_dir: Path, network: Network) -> Network:
    """`network`, in `eval()`, with the averaged weights of a run.

    Raises:
        DataError: there is no checkpoint in `run_dir`, or one of another network.
    """
    state = averaged_state(run_dir)
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise other_network(run_dir) from error
    return network.eval()


def averaged_state(run_dir: Path) -> dict[str, Tensor]:
    """The averaged weights of a run.

    Raises:
        DataError: there is no checkpoint in `run_dir`.
    """
    state = checkpoint.load(run_dir)
    if state is None:
        raise DataError(f"{run_dir} holds no checkpoint yet.")
    return state["ema"]


def other_network(run_dir: Path) -> DataError:
    """What to say where a run's weights do not fit."""
    return DataError(
        f"{run_dir} holds another network than this recipe's: name its recipe with --recipe. A folder without a "
        "run.json learns what its command changed when the train command is given once more, options and all."
    )
