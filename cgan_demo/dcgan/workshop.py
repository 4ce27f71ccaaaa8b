"""What the command line needs of this room; see `pix2pix/workshop.py`.

A model is made in three steps: a generator (recipe `bundled`, or `dcgan` and its objectives), the inverter (recipe
`inverter`, with --base the folder that the generator was exported to), and the directions (`cgan-demo directions`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn
from torch.utils.data import Dataset

from ..data.faces import load_faces
from ..errors import DataError
from ..evaluation.reduced import at_size
from ..features import EfficientNetLite, efficientnet_lite
from ..training.loop import System
from ..training.runs import averaged, first_of, grow_from, named, refuse
from ..weights import load_network
from .dataset import PictureStream, is_faces, load_pictures
from .evaluation import SEEN, Enlarging
from .inverter_training import InverterTraining, inverter_of
from .model import LatentModel, assembled, with_inverter
from .networks import DCGANGenerator
from .readers import FaceReader, Quality, TurnReader, color_qualities
from .recipes import RECIPES, DCGANRecipe, InverterRecipe, Recipe
from .training import DCGANTraining, ProjectedTraining, light_generator

__all__ = ["averaged_generator", "evaluate", "prepare", "recipe_for", "warm_start"]

FACES = ("latent-faces",)  # models whose training pictures are aligned faces


def recipe_for(model_id: str, name: str) -> Recipe:
    """The recipe called `name`; a model of faces frames what it is shown as a face.

    Raises:
        DataError: there is none.
    """
    recipe = named(RECIPES, model_id, name)
    if model_id in FACES and not isinstance(recipe, InverterRecipe):
        return replace(recipe, framing="face")
    return recipe


def prepare(
    model_id: str,
    recipe: Recipe,
    data: Path,
    seed: int,
    cache: Path,
    base: Path | None = None,
    features: EfficientNetLite | None = None,
    **unknown: Any,
) -> tuple[System, Dataset]:
    """The system of a recipe and its endless training stream.

    base: of the inverter: the weights folder of the model that it is for. features: EfficientNet-lite0 by default.

    Raises:
        DataError: no `base` for an inverter, or another network in it, or one for another recipe; an option of another
            room; data that cannot be used.
    """
    has_base = base is None or isinstance(recipe, InverterRecipe)
    refuse(model_id, unknown if has_base else {"base": base, **unknown})
    if isinstance(recipe, InverterRecipe):
        whole = _loaded(base)
        training, validation = load_pictures(data, whole.size, cache)  # as large as its copies will be
        examples = first_of(PictureStream(validation, seed + 1))["image"]
        system = InverterTraining(recipe, whole, features or efficientnet_lite("lite0"), examples)
        return system, PictureStream(training, seed)
    training, _ = load_pictures(data, recipe.load_size, cache)
    stream = PictureStream(training, seed)
    if isinstance(recipe, DCGANRecipe):
        return DCGANTraining(recipe), stream
    return ProjectedTraining(recipe, features or efficientnet_lite("lite0")), stream


def latent_model(folder: Path) -> LatentModel:
    """The model of a weights folder.

    Raises:
        DataError: the folder holds another network.
    """
    network = load_network(folder)
    if not isinstance(network, LatentModel):
        raise DataError(f"{folder} holds {type(network).__name__}, which is no model of a latent space.")
    return network


def _loaded(base: Path | None) -> LatentModel:
    if base is None:
        raise DataError("Say with --base where the weights folder is that the generator was exported to.")
    return latent_model(base)


def averaged_generator(run_dir: Path, recipe: Recipe, base: Path | None = None) -> nn.Module:
    """The model of a run, with the averaged network, in `eval()`.

    base: as for `prepare`; an inverter joins the model in it.

    Raises:
        DataError: there is no checkpoint in `run_dir`, or no `base` for an inverter.
    """
    if isinstance(recipe, InverterRecipe):
        whole = _loaded(base)
        return with_inverter(whole, averaged(run_dir, inverter_of(recipe, whole)))
    generator: nn.Module
    if isinstance(recipe, DCGANRecipe):
        generator = DCGANGenerator(recipe.load_size, recipe.latent, recipe.width, recipe.prior)
    else:
        generator = light_generator(recipe)
    return assembled(averaged(run_dir, generator), recipe.framing)


def qualities_of(data: Path, cache: Path, features: nn.Module | None = None) -> list[Quality]:
    """What directions are found for: age, gender and turn of faces, the colours of other pictures.

    features: that faces are read through; EfficientNet-lite0 by default, as the protocol takes another.
    """
    if not is_faces(data):
        return color_qualities()
    training, _ = load_faces(data, SEEN, cache)
    looking = Enlarging(features or efficientnet_lite("lite0"))
    return [*FaceReader(looking, training).qualities(), TurnReader(looking, training).quality()]


def evaluate(
    model_id: str,
    network: nn.Module,
    data: Path,
    cache: Path,
    judge_images: int | None = None,
    size: int | None = None,
    **unknown: Any,
) -> dict:
    """Measure a model, print a table and return it (JSON-able); see `protocol.evaluate`.

    size: px to which everything is brought, by default what the model paints.

    Raises:
        DataError: an option of another room, or the model paints smaller pictures than `size`.
    """
    refuse(model_id, unknown)
    from .protocol import evaluate as evaluate_latent

    return evaluate_latent(model_id, at_size(network, size), data, cache, judge_images)


def warm_start(system: System, folder: Path) -> None:
    """Give a new generator the weights of a smaller or equal one, or a new inverter those of another.

    A generator of 128 px takes over one of 64 px whole, and begins by enlarging what that makes.

    Raises:
        DataError: the folder holds another network than the recipe's.
    """
    whole = latent_model(folder)
    part = whole.inverter if isinstance(system, InverterTraining) else whole.generator
    grow_from(system.networks["generator"], part, folder)
