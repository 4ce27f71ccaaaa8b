"""The latent room: DCGAN, its successors' objectives, and ways through what they have learned.

>>> from cgan_demo.dcgan import spherical
>>> spherical(a, b, 0.5)
"""

from __future__ import annotations

from .latent import arithmetic, bilinear, draw, linear, move, path, spherical, truncate
from .model import Direction, LatentModel
from .predictor import LatentExplorer
from .results import Arithmetic, Projection

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
