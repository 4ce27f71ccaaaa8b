"""Unpaired translation: the paper's, the light one with a cycle, and by contrast alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cgan_demo.cyclegan.light import LightCycleGAN, LightCycleRecipe
from cgan_demo.cyclegan.paper import CycleGANRecipe
from cgan_demo.data.fake import write_fake_piles
from cgan_demo.features import LITE0
from cgan_demo.training.runs import first_of

from . import LATE, SMALL, Built, Features, Systems, prepared

CROPS: dict[str, Any] = {**SMALL, "load_size": 40, "crop": 32}


def write_inputs(folder: Path) -> None:
    write_fake_piles(folder / "piles")


def _light(recipe: LightCycleRecipe, features: Features) -> Callable[[Path], Built]:
    def build(folder: Path) -> Built:
        stream = recipe.stream(folder / "piles", 0, folder / "cache")
        return LightCycleGAN(recipe, features(LITE0, 32), first_of(stream, 2)), stream

    return build


def systems(features: Features) -> Systems:
    light = {"widths": (8, 8, 8), "depths": (1, 1, 1), "patches": 4, "scale": (0.9, 1.0), **CROPS, **LATE}
    return {
        "cyclegan": prepared(CycleGANRecipe(width=4, blocks=1, discriminator_width=4, pool=3, **CROPS), "piles"),
        "unpaired": _light(LightCycleRecipe(cycle_weight=1.0, **light), features),
        "unpaired by contrast": _light(LightCycleRecipe(**light), features),
    }
