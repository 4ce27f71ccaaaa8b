"""The room of pix2pix, of CycleGAN's residual generator, and of checkpoints of their public implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..catalog import Room


def room() -> Room:
    """What serving needs."""
    from ..catalog import Room
    from .light import LightUNetGenerator
    from .paper import UNetGenerator
    from .predictor import make_predictor
    from .resnet import ResnetGenerator

    networks = (UNetGenerator, LightUNetGenerator, ResnetGenerator)
    return Room({network.__name__: network for network in networks}, make_predictor)
