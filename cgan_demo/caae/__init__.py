"""The room of face ageing: the conditional adversarial autoencoder, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..catalog import Room


def room() -> Room:
    """What serving needs."""
    from ..catalog import Room
    from .autoencoder import FaceAger
    from .light import ResidualAger
    from .paper import PaperAutoencoder
    from .predictor import make_predictor

    networks = (ResidualAger, FaceAger, PaperAutoencoder)
    return Room({network.__name__: network for network in networks}, make_predictor)
