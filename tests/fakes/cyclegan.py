"""An unpaired translator inverts a photo, and so back again."""

from __future__ import annotations

from typing import Any

from PIL import Image, ImageOps

MODELS = ("horse-to-zebra", "zebra-to-horse")


def translated(photo: Image.Image, strength: float = 1.0, size: Any = None, on_progress: Any = None) -> Image.Image:
    return Image.blend(photo, ImageOps.invert(photo), strength)


def model(model_id: str) -> Any:
    return translated
