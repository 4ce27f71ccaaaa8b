"""What the command line needs of super-resolution.

The bundled model is made in four stages, each on what the one before it left: plain, matching, faithful, sharp.
"""

from __future__ import annotations

from pathlib import Path

from torch import nn

from ..errors import WeightsNotFound
from ..evaluation.resnet import resnet50_thin
from ..features import efficientnet_lite, vgg19
from ..training.task import Recipe, Stage, Task
from . import protocol
from .describer import DescriberRecipe
from .light import PlainRecipe
from .srgan import SRGANRecipe, SRResNetRecipe
from .srntt import TAPS, SRNTTRecipe
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


def evaluate(
    model_id: str, network: nn.Module, data: Path, cache: Path, *, vgg: Path | None = None, plot: Path | None = None
) -> dict:
    """Measure a model, print a table and return it (JSON-able); see `protocol.evaluate`.

    Distances are through EfficientNet-lite2 and, where the extra `measure` is installed, a thin ResNet-50.

    vgg: a safetensors file of VGG-19, to measure distances in its features too.
    plot: also draw what references of each kind gain, to this file.

    Raises:
        DataError: there is nothing to measure on.
        WeightsError: see `features.vgg19`.
    """
    nets: dict[str, nn.Module] = {"lite2": efficientnet_lite("lite2")}
    try:
        nets["ResNet"] = resnet50_thin()
    except WeightsNotFound as missing:
        print(f"Without its distances: {missing}")
    if vgg is not None:
        nets["VGG-19"] = vgg19(TAPS, vgg)
    return protocol.evaluate(model_id, network, data, cache, nets, plot=plot)


TASKS = {"super-resolution": Task(RECIPES, evaluate, STAGES)}
