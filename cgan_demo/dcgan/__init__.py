"""The room of latent spaces: DCGAN, its successors' objectives, and ways through what they have learned.

>>> import cgan_demo
>>> from cgan_demo.dcgan import arithmetic, bilinear, path, spherical, truncate
>>> explore = cgan_demo.load("latent-faces")
>>> a, b, c, d = explore.latents([0, 1, 2, 3])                     # (Z,) each
>>> middle = spherical(a, b, 0.5)                                  # (Z,)
>>> way = path([a, b, c], steps=8, loop=True)                      # (24, Z)
>>> corner = bilinear([a, b, c, d], x=0.0, y=1.0)                  # c
>>> mixed = arithmetic(a[None], b[None], c[None])                  # a - b + c
>>> pictures = explore.paint(truncate(way, 0.8))
>>> len(pictures), bool((corner == c).all()), mixed.shape == middle.shape
(24, True, True)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..latent import arithmetic, bilinear, draw, linear, move, path, spherical, truncate
from .model import Direction, LatentModel
from .predictor import LatentExplorer
from .results import Arithmetic, Projection

if TYPE_CHECKING:
    from ..catalog import Room

__all__ = [
    "Arithmetic",
    "Direction",
    "LatentExplorer",
    "LatentModel",
    "Projection",
    "arithmetic",
    "bilinear",
    "draw",
    "linear",
    "move",
    "path",
    "spherical",
    "truncate",
]


def room() -> Room:
    """What serving needs."""
    from ..catalog import Room
    from .predictor import make_predictor

    return Room({"LatentModel": LatentModel}, make_predictor)
