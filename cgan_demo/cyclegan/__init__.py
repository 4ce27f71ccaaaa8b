"""Unpaired translation: CycleGAN, and light networks after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..catalog import Room


def room() -> Room:
    """The networks by their names in config.json, and the predictor."""
    from ..catalog import Room
    from ..pix2pix.resnet import ResnetGenerator
    from .light import GuidedGenerator
    from .predictor import make_predictor

    return Room({"GuidedGenerator": GuidedGenerator, "ResnetGenerator": ResnetGenerator}, make_predictor)
