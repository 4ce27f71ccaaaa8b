"""What the command line needs of super-resolution.

The bundled model is made in four stages, each on what the one before it left: plain, matching, faithful, sharp.
"""

from __future__ import annotations

from ..training.task import Recipe, Stage, Task
from .describer import DescriberRecipe
from .light import PlainRecipe
from .protocol import evaluate
from .srgan import SRGANRecipe, SRResNetRecipe
from .srntt import SRNTTRecipe
from .transfer import SHARP, TransferRecipe

RECIPES: dict[str, Recipe] = {
    "plain": PlainRecipe(),
    "matching": DescriberRecipe(),
    "faithful": TransferRecipe(),
    "sharp": SHARP,
    "srresnet": SRResNetRecipe(),
    "srgan": SRGANRecipe(),
    "srntt": SRNTTRecipe(),
}
STAGES = (
    Stage("plain", 1.0),
    Stage("matching", 0.2, "warm_start"),
    Stage("faithful", 1.0, "warm_start"),
    Stage("sharp", 1.7, "warm_start"),
)


TASKS = {"super-resolution": Task(RECIPES, evaluate, STAGES)}
