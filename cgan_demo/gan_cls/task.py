"""What the command line needs of text to image.

A model is made in three stages, each told by `base` what the one before it left: the joint embedding, a generator, the
style encoder. A generator as published is a recipe beside the bundled one: `gan`, `cls`, `int` or `int-cls`.
"""

from __future__ import annotations

from ..training.task import Recipe, Stage, Task
from .ablation import VARIANTS, TextVariants
from .encoder_training import EncoderRecipe
from .light import MatchingRecipe
from .paper import PaperRecipe
from .protocol import evaluate
from .style import StyleRecipe

RECIPES: dict[str, Recipe] = {
    "encoder": EncoderRecipe(),
    **{name.lower().removeprefix("gan-"): PaperRecipe(**changes) for name, changes in VARIANTS.items()},
    "bundled": MatchingRecipe(),
    "style": StyleRecipe(),
}
STAGES = (Stage("encoder", 0.2), Stage("bundled", 1.0, "base"), Stage("style", 0.1, "base"))

TASKS = {name: Task(RECIPES, evaluate, STAGES) for name in ("text-to-flower", "text-to-bird")}
EXPERIMENTS = {"text": TextVariants}
