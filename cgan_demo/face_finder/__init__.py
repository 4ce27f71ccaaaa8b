"""The face finder: where the faces of a photo are, and their eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..catalog import Room


def room() -> Room:
    """What serving needs."""
    from ..catalog import Room
    from .light import FaceFinder
    from .predictor import Finder

    return Room({"FaceFinder": FaceFinder}, Finder)
