"""Pix2pix: the paper's, with two games, and the light one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from cgan_demo.pix2pix import recipes, runs

from . import LATE, SMALL, Built, Features, Systems

PAIRS: dict[str, Any] = {**SMALL, "load_size": 40, "crop": 32}


def translation(recipe: Any, features: Features) -> Callable[[Path], Built]:
    def build(folder: Path) -> Built:
        stream = runs.make_dataset(folder / "pairs", recipe, False, 0, folder / "cache")
        return runs.make_system(recipe, runs.preview_pairs(stream, recipe.crop), features()), stream

    return build


def systems(features: Features) -> Systems:
    paper = recipes.Pix2PixRecipe(width=4, depth=4, discriminator_width=4, patch=16, **PAIRS)
    light = recipes.LightRecipe(widths=(8, 8, 16), noise_channels=1, **PAIRS, **LATE)
    return {
        "pix2pix": translation(paper, features),
        "pix2pix, wgan-gp": translation(replace(paper, adversarial="wgan-gp"), features),
        "light": translation(light, features),
    }
