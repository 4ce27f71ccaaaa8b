"""The sketch models."""

from __future__ import annotations

from dataclasses import replace

from cgan_demo.bicyclegan.light import SketchRecipe

from . import LATE, SMALL, Features, Systems, prepared

SKETCH = SketchRecipe(widths=(8, 8, 8), fine=8, **{**SMALL, "crop": 64, "load_size": 72, "batch": 4})


def systems(features: Features) -> Systems:
    return {"sketch": prepared(replace(SKETCH, **LATE), "pairs", features=features)}
