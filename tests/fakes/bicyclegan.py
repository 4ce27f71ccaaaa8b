"""A sketch model inverts a drawing, and mirrors it for a style; photo-to-edges parts light from dark."""

from __future__ import annotations

from typing import Any

from PIL import Image, ImageChops, ImageOps

from cgan_demo.bicyclegan.predictor import Sketcher
from cgan_demo.images import open_image

SKETCHERS = ("edges-to-shoes", "edges-to-handbags", "labels-to-facade", "edges-to-cats")
MODELS = (*SKETCHERS, "photo-to-edges")


class FakeSketcher(Sketcher):
    """The photo's first pixel is (seed, 100 where the drawing is fitted, which of the models counted from 1).

    A drawing is framed by being stretched, and seed and fit move the photo.
    """

    def __init__(self, model_id: str) -> None:
        self.mark = 1 + SKETCHERS.index(model_id)

    def variations(
        self, drawing: Any, count: int = 4, seed: int = 0, style: Any = None, fit: bool = False
    ) -> list[Image.Image]:
        framed = self.framed(drawing, fit)
        photo = ImageOps.invert(framed if style is None else ImageOps.mirror(framed))
        photos = [ImageChops.offset(photo, (seed + i) % 64 + 100 * fit) for i in range(count)]
        for i, photo in enumerate(photos):
            photo.putpixel((0, 0), ((seed + i) % 256, 100 * fit, self.mark))
        return photos

    def framed(self, drawing: Any, fit: bool = False) -> Image.Image:
        return open_image(drawing).resize((256, 256))


def edges(photo: Any) -> Image.Image:
    """256 x 256, as the pad takes it and the model gives it."""
    return open_image(photo).convert("L").point(lambda v: 255 * (v > 128)).resize((256, 256)).convert("RGB")


def model(model_id: str) -> Any:
    return FakeSketcher(model_id) if model_id in SKETCHERS else edges
