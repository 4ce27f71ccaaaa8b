"""Checkpoints: everything a run needs to go on as if it had never stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ..errors import TrainingError
from ..files import atomic

NAME = "checkpoint.pt"


def rng_state() -> dict[str, Any]:
    """The random state of this process: torch on the CPU and on every CUDA device."""
    state: dict[str, Any] = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state_all()
    return state


def set_rng_state(state: dict[str, Any]) -> None:
    torch.set_rng_state(state["cpu"].cpu())
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state_all([s.cpu() for s in state["cuda"]])


def save(run_dir: Path, state: dict[str, Any]) -> Path:
    """Write the run's checkpoint; a run killed while saving keeps its previous one.

    Raises:
        TrainingError: the disk is full or may not be written; the previous checkpoint stands, too.
    """
    path = run_dir / NAME
    with atomic(path, TrainingError, alone=True) as file:
        torch.save(state, file)
    return path


def load(run_dir: Path) -> dict[str, Any] | None:
    """The run's checkpoint on the CPU, or None where there is none yet."""
    path = run_dir / NAME
    if not path.exists():
        return None
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise TrainingError(f"{path} cannot be read ({error}). Remove it to start the run afresh.") from error
