"""A translator inverts a picture, the seed moves it, and seed 13 stands for missing weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PIL import Image, ImageChops, ImageOps

from cgan_demo.errors import WeightsNotFound

MODELS = ("map-to-aerial", "aerial-to-map")


def model(model_id: str) -> Callable[..., Image.Image]:
    def translated(image: Image.Image, seed: int = 0, noise: float = 1.0, on_progress: Any = None) -> Image.Image:
        if seed == 13:
            raise WeightsNotFound(f"No weights for {model_id}. Run cgan-demo pull {model_id}.")
        return ImageChops.offset(ImageOps.invert(image), seed % 64)

    return translated
