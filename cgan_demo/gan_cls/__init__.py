"""Text to image: GAN-CLS as published, the embedding that sentences are read with, and the bundled weights' recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..catalog import Room


def room() -> Room:
    """What serving needs of this room."""
    from ..catalog import Room
    from . import encoder, model, predictor

    networks = (model.TextToImage, encoder.JointEmbedding)
    return Room({network.__name__: network for network in networks}, predictor.make_predictor)
