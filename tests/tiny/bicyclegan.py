"""The sketch models."""

from __future__ import annotations

from dataclasses import replace

from cgan_demo.bicyclegan.light import SketchRecipe
from cgan_demo.bicyclegan.paper import BicycleGANRecipe

from . import LATE, SMALL, Features, Systems, prepared

SKETCH = SketchRecipe(widths=(8, 8, 8), fine=8, **{**SMALL, "crop": 64, "load_size": 72, "batch": 4})
PAPER = BicycleGANRecipe(4, 4, 3, discriminator_width=4, **{**SMALL, "crop": 64, "load_size": 72})


def systems(features: Features) -> Systems:
    return {
        "sketch": prepared(replace(SKETCH, **LATE), "pairs", features=features),
        "bicyclegan": prepared(PAPER, "pairs"),
    }
