"""Every system of the package, as small as it can be: one module for each room.

A module has `systems(features)`, its systems by name, each a function from a folder of inputs to a system and its
stream; `features` makes frozen features. It may have `write_inputs(folder)`, which puts what they need into the folder.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset

from cgan_demo.data import fake
from cgan_demo.features import EfficientNetLite
from cgan_demo.training.loop import System

Built = tuple[System, Dataset]
Systems = dict[str, Callable[[Path], Built]]
Features = Callable[..., EfficientNetLite]

BATCH = 2
SMALL: dict[str, Any] = {"batch": BATCH, "precision": "no"}
LATE: dict[str, Any] = {"freeze_norms_after": 0.5}  # the last step of three has them frozen
HALVING, PLAIN = (3, 2, 2, 8, 1), (3, 1, 2, 8, 1)
STAGES = ((3, 1, 1, 8, 1), HALVING, HALVING, HALVING, PLAIN, HALVING, PLAIN)  # EfficientNet's strides, 8 channels


def features(stages: Any = STAGES, stem: int = 8) -> EfficientNetLite:
    """Random ones, the same in every process."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        return EfficientNetLite(stages, stem=stem)


def prepared(recipe: Any, data: str, **given: Any) -> Callable[[Path], Built]:
    """What a recipe prepares of `data` in the folder of inputs; options are paths in it, or made by a function."""

    def build(folder: Path) -> Built:
        paths = {name: folder / value if isinstance(value, str) else value() for name, value in given.items()}
        return recipe.prepare(folder / data, 0, folder / "cache", **paths)

    return build


def _rooms() -> list[Any]:
    """The modules in order of name."""
    return [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]


def builders() -> Systems:
    """Each by name: from the folder of `write_inputs` to a system and its stream."""
    return {name: build for room in _rooms() for name, build in room.systems(features).items()}


def write_inputs(folder: Path) -> None:
    """Sets to learn from, and weights that some systems begin with."""
    fake.write_fake_pairs(folder / "pairs", count=6, size=40)
    fake.write_fake_faces(folder / "faces")
    fake.write_fake_scenes(folder / "scenes")
    fake.write_fake_captioned(folder / "flowers")
    for room in _rooms():
        if hasattr(room, "write_inputs"):
            room.write_inputs(folder)
