"""What the command line needs of this room: recipes, systems and data sets to train, and protocols to measure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn
from torch.utils.data import Dataset

from ..bicyclegan.evaluation import evaluate_edges, evaluate_sketches
from ..bicyclegan.networks import SketchGenerator
from ..training.loop import System
from ..training.runs import refuse, warm_start
from .evaluation import evaluate as evaluate_maps
from .recipes import TASKS
from .runs import Recipe, averaged_generator, make_dataset, make_system, preview_pairs, recipe_for

__all__ = ["averaged_generator", "evaluate", "prepare", "recipe_for", "warm_start"]

JUDGE_IMAGES = 6000  # crops


def prepare(
    model_id: str,
    recipe: Recipe,
    data: Path,
    seed: int,
    cache: Path,
    reverse: bool | None = None,
    **unknown: Any,
) -> tuple[System, Dataset]:
    """The system of a recipe and its endless training stream.

    reverse: the right-hand picture of a pair is the input; None for what the model id says.

    Raises:
        DataError: an option of another room.
    """
    refuse(model_id, unknown)
    task = TASKS.get(model_id)
    reverse = reverse if reverse is not None else bool(task and task.reverse)
    dataset = make_dataset(data, recipe, reverse, seed, cache)
    return make_system(recipe, preview_pairs(dataset, recipe.crop)), dataset


def evaluate(
    model_id: str,
    network: nn.Module,
    data: Path,
    cache: Path,
    judge_images: int | None = None,
    **unknown: Any,
) -> dict:
    """Measure a model by the protocol of its kind on `data/val`, print a table and return it (JSON-able).

    judge_images: crops the recogniser of the FCN-score protocol is trained on; `JUDGE_IMAGES` by default.

    Raises:
        DataError: an option of another room.
    """
    refuse(model_id, unknown)
    if isinstance(network, SketchGenerator):
        return evaluate_sketches(model_id, network, data, cache)
    if model_id == "photo-to-edges":
        return evaluate_edges(model_id, network, data, cache)
    return evaluate_maps(model_id, network, data, cache, JUDGE_IMAGES if judge_images is None else judge_images)
