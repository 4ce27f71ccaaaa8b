"""What the command line needs of text to image.

A model is made in three stages, each told by `base` what the one before it left: the joint embedding, a generator, the
style encoder. A generator as published is a recipe beside the bundled one: `gan`, `cls`, `int` or `int-cls`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from torch import nn

from ..data.download import obtain
from ..errors import DataError
from ..evaluation.reduced import at_size
from ..training.task import Recipe, Stage, Task
from . import protocol
from .ablation import PAPER, VARIANTS, embedding, sheet, text_ablation, trained
from .encoder_training import EncoderRecipe
from .light import MatchingRecipe
from .model import TextToImage
from .style import StyleRecipe

RECIPES: dict[str, Recipe] = {
    "encoder": EncoderRecipe(),
    **{name.lower().removeprefix("gan-"): replace(PAPER, **changes) for name, changes in VARIANTS.items()},
    "bundled": MatchingRecipe(),
    "style": StyleRecipe(),
}
STAGES = (Stage("encoder", 0.2), Stage("bundled", 1.0, "base"), Stage("style", 0.1, "base"))


def evaluate(
    model_id: str,
    network: nn.Module,
    data: Path,
    cache: Path,
    *,
    samples: int | None = None,
    judge_images: int | None = None,
    size: int | None = None,
) -> dict:
    """Measure a model, print a table and return it (JSON-able); see `protocol.evaluate`.

    samples: pictures made for the captions of each split, 2,048 by default.
    judge_images: pictures that the judge of matches is trained on, 200,000 by default.
    size: px to which everything is brought first, by default what the model paints.

    Raises:
        DataError: a network that paints nothing, or smaller pictures than `size`.
    """
    if not isinstance(network, TextToImage):
        raise DataError(f"{model_id} only reads sentences: train and export the recipe bundled with it as --base.")
    counts = (samples or protocol.SAMPLES, judge_images or protocol.JUDGE_IMAGES)
    return protocol.evaluate(model_id, at_size(network, size), data, cache, *counts)


@dataclass(frozen=True)
class TextVariants:
    """The paper's GAN, GAN-CLS, GAN-INT and GAN-INT-CLS at an equal number of pictures: a table and a sheet."""

    data: str
    base: Path | None = None
    """Weights folder whose sentence encoder is used, such as weights/text-to-flower; by default one is trained."""
    images: int = 20000
    """Pictures that each variant sees."""
    width: int = 128
    """Channels of the generator at 32 px; the paper's are 128."""
    batch: int = 64
    samples: int = 2048
    """Pictures made for each split to measure."""
    to: Path = Path("runs/ablation-text")
    cache: Path = Path("runs/cache")

    def run(self) -> None:
        recipe = replace(PAPER, width=self.width, judge_width=max(1, self.width // 2), batch=self.batch)
        data = obtain(self.data, self.cache)
        base = self.base or embedding(data, self.to, self.cache)
        text_ablation(data, base, self.to, self.images, cache=self.cache, recipe=recipe, samples=self.samples)
        sheet(trained(self.to, base, recipe)).save(self.to / "sheet.png")


TASKS = {name: Task(RECIPES, evaluate, STAGES) for name in ("text-to-flower", "text-to-bird")}
EXPERIMENTS = {"text": TextVariants}
