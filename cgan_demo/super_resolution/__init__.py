"""Super-resolution: SRResNet, SRGAN and SRNTT as published, and the small networks of the bundled weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..catalog import Room


def room() -> Room:
    """What serving needs of this room."""
    from ..catalog import Room
    from . import light, predictor, reference, srgan, srntt

    networks = (srgan.SRResNet, light.LightSRResNet, reference.ReferenceSR, srntt.SRNTT)
    return Room({network.__name__: network for network in networks}, predictor.make_predictor)
