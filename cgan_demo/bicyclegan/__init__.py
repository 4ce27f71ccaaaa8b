"""The room of the sketch models: BicycleGAN's two halves, one drawing and many photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..catalog import Room


def room() -> Room:
    """What serving needs."""
    from ..catalog import Room
    from .light import SketchGenerator
    from .paper import BicycleGenerator
    from .predictor import Sketcher

    return Room({"SketchGenerator": SketchGenerator, "BicycleGenerator": BicycleGenerator}, Sketcher)
