"""The sketch models."""

from __future__ import annotations

from cgan_demo.pix2pix.recipes import SketchRecipe

from . import LATE, SMALL, Features, Systems
from .pix2pix import translation


def systems(features: Features) -> Systems:
    sizes = {**SMALL, "crop": 64, "load_size": 72, "batch": 4}
    return {"sketch": translation(SketchRecipe(widths=(8, 8, 8), fine=8, **sizes, **LATE), features)}
