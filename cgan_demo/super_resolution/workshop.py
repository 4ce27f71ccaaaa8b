"""What the command line needs of this room; see `pix2pix/workshop.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn
from torch.utils.data import Dataset

from ..errors import DataError, WeightsNotFound
from ..evaluation.resnet import resnet50_thin
from ..features import EfficientNetLite, efficientnet_lite, vgg19
from ..training.loop import System
from ..training.runs import averaged, first_of, named, refuse
from ..weights import load_network
from .dataset import SHARES, Patches, ReferencePatches, load_scenes
from .networks import LightSRResNet, SRResNet
from .paper_recipes import PaperRecipe, SRGANRecipe, SRNTTRecipe
from .paper_training import paper_network, paper_stream, paper_system
from .protocol import evaluate as evaluate_pictures
from .recipes import RECIPES, MatchingRecipe, PlainRecipe, Recipe, TransferRecipe
from .training import MatchingTraining, PlainTraining, TransferTraining
from .transfer import ReferenceSR

__all__ = ["averaged_generator", "evaluate", "prepare", "recipe_for", "warm_start"]


def recipe_for(model_id: str, name: str) -> Recipe:
    """The recipe called `name` of super-resolution, whatever the model's id.

    Raises:
        DataError: there is none.
    """
    return named(RECIPES, model_id, name)


def prepare(
    model_id: str,
    recipe: Recipe,
    data: Path,
    seed: int,
    cache: Path,
    vgg: Path | None = None,
    features: EfficientNetLite | None = None,
    **unknown: Any,
) -> tuple[System, Dataset]:
    """The system of a recipe and its endless training stream.

    vgg: of SRGAN and SRNTT, a file of VGG-19; torchvision's by default. features: EfficientNet-lite0 by default.

    Raises:
        DataError: an option of another room, or `vgg` of another recipe; or a folder without photos.
        InputError, WeightsError: see `features.vgg19`.
    """
    looks_through_vgg = isinstance(recipe, SRGANRecipe | SRNTTRecipe)
    refuse(model_id, unknown if vgg is None or looks_through_vgg else {"vgg": vgg, **unknown})
    found = load_scenes(data, cache)
    if isinstance(recipe, PaperRecipe):
        stream, other = (paper_stream(recipe, found, s) for s in (seed, seed + 1))
        return paper_system(recipe, first_of(other), vgg), stream
    if isinstance(recipe, PlainRecipe):
        streams = [Patches(found.photos, found.single, recipe.side, s) for s in (seed, seed + 1)]
        return PlainTraining(recipe, first_of(streams[1])), streams[0]
    kinds = (recipe.shares, recipe.reach) if isinstance(recipe, TransferRecipe) else (SHARES,)
    pairs = [ReferencePatches(found, recipe.side, s, *kinds) for s in (seed, seed + 1)]
    if isinstance(recipe, MatchingRecipe):
        return MatchingTraining(recipe, first_of(pairs[1])), pairs[0]
    looks = recipe.feature_weight or recipe.texture_weight or recipe.adversarial_weight
    features = (features or efficientnet_lite("lite0")) if looks else None
    return TransferTraining(recipe, features, first_of(pairs[1])), pairs[0]


def averaged_generator(run_dir: Path, recipe: Recipe) -> nn.Module:
    """The averaged network of a run, in `eval()`."""
    if isinstance(recipe, PaperRecipe):
        return averaged(run_dir, paper_network(recipe))
    if isinstance(recipe, PlainRecipe):
        return averaged(run_dir, LightSRResNet(recipe.sizes.width, recipe.sizes.blocks))
    return averaged(run_dir, ReferenceSR(**vars(recipe.sizes)))


def evaluate(
    model_id: str,
    network: nn.Module,
    data: Path,
    cache: Path,
    vgg: Path | None = None,
    plot: Path | None = None,
    **unknown: Any,
) -> dict:
    """Measure a model, print a table and return it (JSON-able); see `protocol.evaluate`.

    Distances are through EfficientNet-lite2 and, where the extra `measure` is installed, a thin ResNet-50.
    vgg: a file of VGG-19, through which they are measured too.

    Raises:
        DataError: an option of another room; or nothing to measure on.
        WeightsError: see `features.vgg19`.
    """
    refuse(model_id, unknown)
    nets: dict[str, nn.Module] = {"lite2": efficientnet_lite("lite2")}
    try:
        nets["ResNet"] = resnet50_thin()
    except WeightsNotFound as missing:
        print(f"Without its distances: {missing}")
    if vgg is not None:
        nets["VGG-19"] = vgg19(("relu1_1", "relu2_1", "relu3_1"), vgg)
    return evaluate_pictures(model_id, network, data, cache, nets, plot=plot)


def warm_start(system: System, folder: Path) -> None:
    """Give a new system the parts of the network in `folder` that fit, and leave the others as they are.

    So a transfer network is trained beside a plain model and a describer that were trained before it, and SRNTT begins
    with the first half of an SRResNet. SRGAN begins with all of one.

    Raises:
        DataError: no part fits, or for SRGAN not every part.
        WeightsNotFound, WeightsCorrupt: see `weights.load_network`.
    """
    network, given = system.networks["generator"], load_network(folder)
    parts = {"plain": given} if isinstance(given, LightSRResNet) else dict(given.named_children())
    taken = [name for name, part in parts.items() if _take(getattr(network, name, None), part)]
    if isinstance(network, LightSRResNet) and _take(network, parts.get("plain")):
        taken.append("plain")
    if not taken or (isinstance(network, SRResNet) and len(taken) < len(parts)):
        raise DataError(f"{folder} holds another network than the recipe's; leave --warm-start out.")
    print(f"From {folder}: {', '.join(taken)}.")


def _take(part: nn.Module | None, given: nn.Module | None) -> bool:
    """Whether `part` could take over the weights of `given`."""
    if part is None or given is None:
        return False
    mine, theirs = part.state_dict(), given.state_dict()
    if {k: v.shape for k, v in mine.items()} != {k: v.shape for k, v in theirs.items()}:
        return False
    part.load_state_dict(theirs)
    return True
