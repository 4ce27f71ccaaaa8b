"""What the command line needs of this room; see `pix2pix/workshop.py`."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from ..errors import DataError
from ..features import EfficientNetLite, efficientnet_lite
from ..training.loop import System
from ..training.runs import averaged, warm_start
from .dataset import FaceDataset, load_faces
from .evaluation import evaluate
from .networks import FaceAger, PaperAutoencoder
from .recipes import RECIPES, AgeingRecipe, PaperRecipe
from .training import BundledAgeing, PaperAgeing

__all__ = ["averaged_generator", "evaluate", "prepare", "recipe_for", "warm_start"]

Recipe = PaperRecipe | AgeingRecipe
PREVIEWS = 8


def recipe_for(model_id: str, name: str) -> Recipe:
    """The recipe called "paper" or "bundled" of a model id."""
    recipes = RECIPES.get(model_id, RECIPES["face-aging"])
    if name not in recipes:
        raise DataError(f"There are the recipes {' and '.join(recipes)}, not {name}.")
    return recipes[name]


def prepare(
    model_id: str,
    recipe: Recipe,
    data: Path,
    seed: int,
    cache: Path,
    reverse: bool | None = None,
    features: EfficientNetLite | None = None,
) -> tuple[System, Dataset]:
    """The system of a recipe and its endless training stream; `features` default to EfficientNet-lite0."""
    if reverse is not None:
        raise DataError("Faces come alone, not in pairs: leave --reverse out.")
    training, _ = load_faces(data, recipe.load_size, cache)
    dataset = FaceDataset(training, seed)
    plain = FaceDataset(training, seed=seed + 1)
    examples = [plain[i] for i in range(PREVIEWS)]
    return make_system(recipe, {k: torch.stack([e[k] for e in examples]) for k in examples[0]}, features), dataset


def make_system(recipe: Recipe, examples: dict[str, Tensor], features: EfficientNetLite | None = None) -> System:
    if isinstance(recipe, PaperRecipe):
        return PaperAgeing(recipe, examples)
    return BundledAgeing(recipe, features or efficientnet_lite("lite0"), examples)


def averaged_generator(run_dir: Path, recipe: Recipe) -> nn.Module:
    """The averaged network of a run, in `eval()`."""
    if isinstance(recipe, PaperRecipe):
        return averaged(run_dir, PaperAutoencoder(recipe.load_size, recipe.code, recipe.width))
    return averaged(run_dir, FaceAger(recipe.widths, recipe.code))
