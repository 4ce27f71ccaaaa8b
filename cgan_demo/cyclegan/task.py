"""What the command line needs of unpaired translation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from torch import nn

from ..training.task import Task
from .light import LightCycleRecipe


def evaluate(model_id: str, network: nn.Module, data: Path, cache: Path) -> dict:
    raise NotImplementedError


BUNDLED = LightCycleRecipe(cycle_weight=1.0)


def _task(**changes) -> Task:
    bundled = replace(BUNDLED, **changes)
    return Task({"bundled": bundled, "contrast": replace(bundled, cycle_weight=0.0)}, evaluate)


TASKS = {"horse-to-zebra": _task(), "zebra-to-horse": _task(reverse=True)}
EXPERIMENTS: dict = {}
