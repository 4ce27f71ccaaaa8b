"""What a room says of its models: the recipes by name, the stages that a training goes through, and the protocol.

A room's `task.py` has `TASKS`, one `Task` for each of its models, and maybe `EXPERIMENTS`, its comparisons by name:
each a frozen dataclass whose fields are the command line's options, and whose `run()` does the work.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..checks import Checked
from ..errors import DataError

if TYPE_CHECKING:
    from torch import nn
    from torch.utils.data import Dataset

    from .system import System


class Recipe(Checked):
    """Base of all recipes, which are frozen dataclasses: what is learned, as values, and what is built of them.

    batch: pictures per step and process. precision: "no", "bf16", "fp16" or "auto". ema_half_life: in pictures.
    """

    batch: int
    precision: str
    ema_half_life: float

    def prepare(self, data: Path, seed: int, cache: Path) -> tuple[System, Dataset]:
        """The system and its endless training stream.

        A recipe that needs more takes it by keyword (`*, base: Path | None = None`), which makes it an option of the
        command line: the rest of a sentence in the docstring is that option's help.

        Raises:
            DataError: data, or a file that an option names, that cannot be used; or an option that is missing.
        """
        raise NotImplementedError

    def network(self) -> nn.Module:
        """What is averaged and exported, untrained."""
        raise NotImplementedError

    def averaged(self, run_dir: Path) -> nn.Module:
        """The averaged network of a run, in `eval()`; with what it is served with, where `base` says where that is.

        Raises:
            DataError: there is no checkpoint in `run_dir`, or one of another network.
        """
        from .runs import averaged

        return averaged(run_dir, self.network())

    def warm_start(self, system: System, folder: Path) -> None:
        """Give a new system the weights of a folder; what that does not hold starts afresh.

        Raises:
            DataError: the folder holds another network.
            WeightsNotFound, WeightsCorrupt: see `weights.load_network`.
        """
        from .runs import warm_start

        warm_start(system, folder)


@dataclass(frozen=True)
class Stage:
    """One step in the making of a model.

    name: of the stage and of its recipe. share: of the budget, beside the others' shares.
    takes: how it is given the weights that the stage before left: as the keyword `base` of its recipe, by
        `warm_start`, or not at all.
    work: what is done in place of a training, to the weights in a folder: (folder, data, cache).
    """

    name: str
    share: float = 1.0
    takes: Literal["", "base", "warm_start"] = ""
    work: Callable[[Path, Path, Path], None] | None = None


@dataclass(frozen=True)
class Task:
    """What the command line needs of one model.

    recipes: by name; "bundled" is what the weights that come along were trained by, "paper" the method as published.
    evaluate: (model_id, network, data, cache) -> figures that JSON can hold; it prints a table. What it takes by
        keyword beyond that are options of the command line.
    stages: what `train` goes through where no recipe is named.
    """

    recipes: Mapping[str, Recipe]
    evaluate: Callable[..., dict]
    stages: tuple[Stage, ...] = (Stage("bundled"),)

    def recipe(self, model_id: str, name: str) -> Recipe:
        """The recipe called `name`.

        Raises:
            DataError: there is none; it lists those there are.
        """
        if name not in self.recipes:
            raise DataError(f"{model_id} has no recipe {name}; it has {', '.join(self.recipes)}.")
        return self.recipes[name]


def taken(function: Callable[..., Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the options that a function takes by keyword."""
    known = keywords(function)
    return {name: value for name, value in options.items() if name in known}


def keywords(function: Callable[..., Any]) -> list[str]:
    """The names that a function takes by keyword alone."""
    return [p.name for p in inspect.signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY]
