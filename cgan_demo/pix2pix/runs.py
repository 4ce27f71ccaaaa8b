"""From a model id and a folder of pictures to something the training loop can run, and back to weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from ..bicyclegan.networks import SketchGenerator
from ..bicyclegan.strokes import roughen
from ..bicyclegan.training import SketchToPhoto, sketch_generator
from ..data.paired import Jitter, PairedDataset, cached_pairs
from ..errors import DataError
from ..features import EfficientNetLite, efficientnet_lite
from ..training.loop import System
from ..training.runs import averaged
from .networks import LightUNetGenerator, UNetGenerator
from .recipes import TASKS, LightRecipe, Pix2PixRecipe, SketchRecipe
from .training import LightPix2Pix, Pix2Pix, light_generator, photometric

Recipe = Pix2PixRecipe | LightRecipe | SketchRecipe
PREVIEWS = 8


def recipe_for(model_id: str, name: str) -> Recipe:
    """The recipe called "paper", "bundled" or "large" of a model id; ids of your own use map-to-aerial's."""
    task = TASKS.get(model_id, TASKS["map-to-aerial"])
    known = {"paper": task.paper, "bundled": task.bundled, "large": task.large}
    recipe = known.get(name)
    if recipe is None:
        raise DataError(f"There are the recipes {', '.join(k for k, v in known.items() if v)}, not {name}.")
    return recipe


def make_dataset(data: Path, recipe: Recipe, reverse: bool, seed: int, cache: Path) -> PairedDataset:
    """The endless training stream of a folder."""
    pairs = cached_pairs(data, recipe.load_size, cache, "train")
    shrink = recipe.shrink if isinstance(recipe, SketchRecipe) else 1.0
    jitter = Jitter(recipe.crop, recipe.scale, recipe.flips, recipe.rotations, shrink)
    if isinstance(recipe, SketchRecipe):
        augment = roughen if recipe.roughen else None
    else:
        strength = getattr(recipe, "input_jitter", 0.0)
        augment = photometric(strength) if strength else None
    return PairedDataset(pairs, jitter, reverse, seed, augment)


def preview_pairs(dataset: PairedDataset, crop: int) -> dict[str, Tensor]:
    """A few fixed training pairs for the sample grids, from the far end of the stream and unaugmented."""
    plain = PairedDataset(dataset.pairs, replace(dataset.jitter, crop=crop), dataset.reverse, seed=1)
    items = [plain[i] for i in range(min(PREVIEWS, len(plain)))]
    return {k: torch.stack([item[k] for item in items]) for k in ("input", "target")}


def make_system(recipe: Recipe, examples: dict[str, Tensor], features: EfficientNetLite | None = None) -> System:
    """The system of a recipe; `features` are needed by the bundled one and default to EfficientNet-lite0."""
    if isinstance(recipe, Pix2PixRecipe):
        return Pix2Pix(recipe, examples)
    if isinstance(recipe, SketchRecipe):
        return SketchToPhoto(recipe, features or efficientnet_lite("lite0"), examples)
    return LightPix2Pix(recipe, features or efficientnet_lite("lite0"), examples)


def averaged_generator(run_dir: Path, recipe: Recipe) -> UNetGenerator | LightUNetGenerator | SketchGenerator:
    """The averaged generator of a run, in `eval()`."""
    if isinstance(recipe, SketchRecipe):
        return averaged(run_dir, sketch_generator(recipe))
    if isinstance(recipe, LightRecipe):
        return averaged(run_dir, light_generator(recipe))
    skips = recipe.generator == "unet"
    return averaged(run_dir, UNetGenerator(3, 3, recipe.width, recipe.depth, skips, recipe.norm, recipe.dropout))
