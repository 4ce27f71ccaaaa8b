"""What the command line needs of this room; see `pix2pix/workshop.py`."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from torch import nn
from torch.utils.data import Dataset

from .. import load as predictor
from .. import weights
from ..data.cache import computed_once, digest, network_key
from ..data.faces import FaceDataset, load_faces
from ..errors import DataError
from ..evaluation.apparent_age import load_age_gender
from ..evaluation.identity import load_embedding
from ..face_finder.composed import ComposedFaces, load_scenes
from ..face_finder.evaluation import evaluate_finder
from ..face_finder.networks import FaceFinder
from ..face_finder.training import FinderTraining
from ..features import EfficientNetLite, efficientnet_lite
from ..training.loop import System
from ..training.runs import averaged, first_of, refuse, warm_start
from .evaluation import evaluate as evaluate_ageing
from .judges import JUDGE_IMAGES
from .networks import FaceAger, PaperAutoencoder
from .pair_training import PairedAgeing, PairsAndFaces
from .path import balanced_path
from .recipes import RECIPES, FinderRecipe, PairsRecipe, PaperRecipe, Recipe
from .residual import ResidualAger
from .series import Series, make_series
from .training import AutoencoderAgeing, PaperAgeing

FIRST_SEED = 100000  # of the made people; the page's opening seeds are small

__all__ = ["averaged_generator", "evaluate", "prepare", "recipe_for", "warm_start"]


def recipe_for(model_id: str, name: str) -> Recipe:
    """The recipe called "paper", "autoencoder" or "bundled" of a model id; ids of your own use face-aging's."""
    recipes = RECIPES.get(model_id, RECIPES["face-aging"])
    if name not in recipes:
        raise DataError(f"{model_id} has no recipe {name}; it has {' and '.join(recipes)}.")
    return recipes[name]


def prepare(
    model_id: str,
    recipe: Recipe,
    data: Path,
    seed: int,
    cache: Path,
    scenes: Path | None = None,
    identity: Path | None = None,
    features: EfficientNetLite | None = None,
    **unknown: Any,
) -> tuple[System, Dataset]:
    """The system of a recipe and its endless training stream.

    scenes: photographs that the face finder's faces are put into. features: EfficientNet-lite0 by default.

    Raises:
        DataError: an option of another room; or no scenes for the face finder.
    """
    has_scenes = scenes is None or isinstance(recipe, FinderRecipe)
    refuse(model_id, unknown if has_scenes else {"scenes": scenes, **unknown})
    if scenes is None and isinstance(recipe, FinderRecipe):
        raise DataError("The face finder learns on faces put into photographs: give their folder with --scenes.")
    training, _ = load_faces(data, recipe.load_size, cache)
    if isinstance(recipe, FinderRecipe):
        assert scenes is not None
        stream: Dataset = ComposedFaces(training, load_scenes(scenes, 2 * recipe.side, cache)[0], recipe, seed)
        return FinderTraining(recipe, first_of(stream)), stream
    examples = first_of(FaceDataset(training, seed + 1))
    if isinstance(recipe, PaperRecipe):
        return PaperAgeing(recipe, examples), FaceDataset(training, seed)
    if isinstance(recipe, PairsRecipe):
        stream = PairsAndFaces(made_series(recipe, identity, cache), FaceDataset(training, seed), recipe, seed)
        return PairedAgeing(recipe, features or efficientnet_lite("lite0"), examples), stream
    return AutoencoderAgeing(recipe, features or efficientnet_lite("lite0"), examples), FaceDataset(training, seed)


def made_series(recipe: PairsRecipe, files: Path | None, cache: Path) -> Series:
    """The made people of a recipe, by our latent-faces model.

    files: folder of the estimator of ages and the identity embedding, see `evaluation.apparent_age`.
    """
    if files is None:
        raise DataError("An estimator reads the ages of the made pairs: give the folder of its files as --identity.")
    seeds = range(FIRST_SEED, FIRST_SEED + recipe.made)
    walker, estimator = predictor("latent-faces"), load_age_gender(files)
    key = f"latent-faces|{sha256(weights.find('latent-faces').joinpath(weights.WEIGHTS).read_bytes()).hexdigest()}"
    vector = walker.network.vectors[[d.name for d in walker.directions].index("age")].cpu()
    judged = digest(key, network_key(estimator), vector.detach().numpy())
    path = computed_once(cache, "age-path", judged, lambda: balanced_path(walker, vector, estimator))
    return make_series(walker, path, estimator, load_embedding(files), seeds, key, cache)


def averaged_generator(run_dir: Path, recipe: Recipe) -> nn.Module:
    """The averaged network of a run, in `eval()`."""
    if isinstance(recipe, FinderRecipe):
        return averaged(run_dir, FaceFinder(recipe.widths))
    if isinstance(recipe, PaperRecipe):
        return averaged(run_dir, PaperAutoencoder(recipe.load_size, recipe.code, recipe.width))
    if isinstance(recipe, PairsRecipe):
        return averaged(run_dir, ResidualAger(recipe.widths, recipe.fine))
    return averaged(run_dir, FaceAger(recipe.widths, recipe.code, recipe.fine))


def evaluate(
    model_id: str,
    network: nn.Module,
    data: Path,
    cache: Path,
    judge_images: int | None = None,
    identity: Path | None = None,
    estimator: Path | None = None,
    scenes: Path | None = None,
    **unknown: Any,
) -> dict:
    """Measure a model by the protocol of its kind on the validation faces, print a table and return it (JSON-able).

    judge_images: faces that the judge of ages is trained on; `judges.JUDGE_IMAGES` by default.
    identity, estimator: see `evaluation.evaluate`. scenes: photographs that the face finder's faces are put into.

    Raises:
        DataError: an option of another room; `scenes` for face ageing, or none for the face finder.
    """
    refuse(model_id, unknown)
    if isinstance(network, FaceFinder):
        return evaluate_finder(model_id, network, data, scenes, cache)
    if scenes is not None:
        raise DataError("Ageing is measured on faces alone: leave --scenes out.")
    images = JUDGE_IMAGES if judge_images is None else judge_images
    return evaluate_ageing(model_id, network, data, cache, images, identity, estimator)
