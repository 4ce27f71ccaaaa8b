"""What the command line needs of this room; see `pix2pix/workshop.py`.

A model is made in three steps, each told by `base` what the one before it left: the joint embedding (recipe
`encoder`), a generator (`bundled`, or one of the paper's `gan`, `cls`, `int`, `int-cls`), the style encoder (`style`).
The recipe `encoder` needs no `base`; given a finished model, it keeps that one's text encoder and fits pictures to it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from ..errors import DataError
from ..evaluation.reduced import at_size
from ..features import EfficientNetLite, efficientnet_lite
from ..training.loop import System
from ..training.runs import averaged, averaged_state, grow_from, named, other_network, refuse
from ..weights import load_network
from .dataset import Captioned, load_captioned
from .encoder import JointEmbedding, TextEncoder
from .encoder_training import EncoderStream, EncoderTraining, gallery_of, vocabulary_of
from .frozen import pooled_once, to_batch
from .networks import StyleEncoder, TextGenerator, TextToImage, assembled, with_style
from .paper import PaperGenerator
from .recipes import RECIPES, EncoderRecipe, PaperRecipe, Recipe, StyleRecipe
from .stream import SentenceStream
from .style_training import StyleTraining
from .training import MatchingTraining, PaperTraining

__all__ = ["averaged_generator", "evaluate", "prepare", "recipe_for", "warm_start"]

Network = TypeVar("Network", bound=nn.Module)
EXAMPLES = 8


def recipe_for(model_id: str, name: str) -> Recipe:
    """The recipe called `name` of text to image, whatever the model's id.

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
    base: Path | None = None,
    features: EfficientNetLite | None = None,
    **unknown: Any,
) -> tuple[System, Dataset]:
    """The system of a recipe and its endless training stream.

    base: the weights folder of what was trained before; see the top of this file. features: EfficientNet-lite0 by
        default.

    Raises:
        DataError: no `base` where one is needed, or another network in it; an option of another room; data that
            cannot be used.
    """
    refuse(model_id, unknown)
    found = load_captioned(data, cache, recipe.load_size)
    if isinstance(recipe, EncoderRecipe):
        reader = None if base is None else _loaded(base, TextToImage).encoder
        return _prepare_encoder(recipe, found, seed, cache, features or efficientnet_lite("lite0"), reader)
    if isinstance(recipe, StyleRecipe):
        whole = _loaded(base, TextToImage)
        stream = SentenceStream(found, whole.encoder, seed=seed)
        return StyleTraining(recipe, whole, _examples(found, whole.encoder)), stream
    if isinstance(recipe, PaperRecipe):
        read_by = _reader(base)
        encoder = read_by.encoder if isinstance(read_by, TextToImage) else read_by.text
        return PaperTraining(recipe, _examples(found, encoder)), SentenceStream(found, encoder, seed=seed)
    joint = _loaded(base, JointEmbedding)
    examples = _examples(found, joint.text)
    stream = SentenceStream(found, joint.text, recipe.recolored, seed)
    return MatchingTraining(recipe, joint, features or efficientnet_lite("lite0"), examples), stream


def _prepare_encoder(
    recipe: EncoderRecipe,
    data: Captioned,
    seed: int,
    cache: Path,
    features: EfficientNetLite,
    reader: TextEncoder | None = None,
) -> tuple[System, Dataset]:
    pooled = pooled_once(features, data.images, cache)
    vocabulary = vocabulary_of(data, recipe.buckets) if reader is None else reader.vocabulary
    training = torch.from_numpy(pooled[0, data.rows("train")].astype(np.float32))
    system = EncoderTraining(recipe, vocabulary, training, gallery_of(data, pooled, vocabulary), reader)
    return system, EncoderStream(data, pooled, vocabulary, seed)


def _loaded(base: Path | None, *kinds: type[Network]) -> Network:
    made_by = "encoder" if kinds[0] is JointEmbedding else "bundled"
    if base is None:
        raise DataError(f"Say with --base where the weights folder is that the recipe {made_by} was exported to.")
    network = load_network(base)
    if not isinstance(network, kinds):
        raise DataError(f"{base} holds {type(network).__name__}; give --base one that {made_by} was exported to.")
    return network


def _reader(base: Path | None) -> JointEmbedding | TextToImage:
    """What reads sentences for the paper's networks, which need nothing else of it."""
    found = _loaded(base, JointEmbedding, TextToImage)
    assert isinstance(found, JointEmbedding | TextToImage)
    return found


@torch.inference_mode()
def _examples(data: Captioned, encoder: nn.Module) -> dict[str, Tensor]:
    """Held-out pictures, evenly spread, each with the vector of its first caption."""
    rows = data.rows("val")
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(EXAMPLES, len(rows))).astype(int))]
    sentences = [data.captions[i][0] for i in rows]
    return {"image": to_batch(data.images[rows]), "right": encoder.read(sentences).clone()}  # type: ignore[operator]


def averaged_generator(run_dir: Path, recipe: Recipe, base: Path | None = None) -> nn.Module:
    """The averaged network of a run with what it was trained beside, in `eval()`.

    base: as for `prepare`; the encoder's recipe needs none.

    Raises:
        DataError: there is no checkpoint in `run_dir`, or no `base` where one is needed.
    """
    if isinstance(recipe, EncoderRecipe):
        state = averaged_state(run_dir)
        if "letters" not in state:
            raise other_network(run_dir)
        return JointEmbedding.of_state(state).eval()
    if isinstance(recipe, StyleRecipe):
        return with_style(_loaded(base, TextToImage), averaged(run_dir, StyleEncoder(recipe.load_size, recipe.width)))
    if isinstance(recipe, PaperRecipe):
        return assembled(_reader(base), averaged(run_dir, PaperGenerator(recipe.width)))
    joint = _loaded(base, JointEmbedding)
    painter = TextGenerator(recipe.load_size, recipe.widths, recipe.code)
    return assembled(joint, averaged(run_dir, painter))


def evaluate(
    model_id: str,
    network: nn.Module,
    data: Path,
    cache: Path,
    samples: int | None = None,
    judge_images: int | None = None,
    size: int | None = None,
    **unknown: Any,
) -> dict:
    """Measure a model, print a table and return it (JSON-able); see `protocol.evaluate`.

    size: px to which everything is brought, by default what the model paints.

    Raises:
        DataError: an option of another room, a network that paints nothing, or smaller pictures than `size`.
    """
    refuse(model_id, unknown)
    from . import protocol

    if not isinstance(network, TextToImage):
        raise DataError(f"{model_id} only reads sentences: train and export the recipe bundled with it as --base.")
    counts = (samples or protocol.SAMPLES, judge_images or protocol.JUDGE_IMAGES)
    return protocol.evaluate(model_id, at_size(network, size), data, cache, *counts)


def warm_start(system: System, folder: Path) -> None:
    """Give a new generator the weights of a smaller or equal one, or a new style encoder those of another.

    A generator of 128 px takes over one of 64 px whole, and begins by enlarging what it makes.

    Raises:
        DataError: the folder holds another network.
    """
    network, given = system.networks["generator"], load_network(folder)
    part = given
    if isinstance(given, TextToImage):
        part = given.style if isinstance(network, StyleEncoder) else given.generator  # type: ignore[assignment]
    grow_from(network, part, folder)
