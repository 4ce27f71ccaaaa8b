"""The face finder."""

from __future__ import annotations

from cgan_demo.face_finder.light import FinderRecipe

from . import SMALL, Features, Systems, prepared


def systems(features: Features) -> Systems:
    return {"finder": prepared(FinderRecipe((8, 8), side=64, load_size=64, **SMALL), "faces", scenes="scenes")}
