"""Pix2pix: the paper's, with two games, and the light one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cgan_demo.pix2pix.light import LightRecipe
from cgan_demo.pix2pix.paper import Pix2PixRecipe

from . import LATE, SMALL, Features, Systems, prepared

PAIRS: dict[str, Any] = {**SMALL, "load_size": 40, "crop": 32}
PAPER = Pix2PixRecipe(width=4, depth=4, discriminator_width=4, patch=16, **PAIRS)
LIGHT = LightRecipe(widths=(8, 8, 16), noise_channels=1, **PAIRS)


def systems(features: Features) -> Systems:
    return {
        "pix2pix": prepared(PAPER, "pairs"),
        "pix2pix, wgan-gp": prepared(replace(PAPER, adversarial="wgan-gp"), "pairs"),
        "light": prepared(replace(LIGHT, **LATE), "pairs", features=features),
    }
