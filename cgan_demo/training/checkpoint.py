"""Checkpoints: everything a run needs to go on as if it had never stopped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from ..errors import TrainingError

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
    """Write atomically: a run killed while saving keeps its previous checkpoint."""
    path, partial = run_dir / NAME, run_dir / f"{NAME}.partial"
    torch.save(state, partial)
    os.replace(partial, path)
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
