"""What a test's page loads in place of models."""

from __future__ import annotations

from typing import Any

from fake_ager import fake_ager
from fake_explorer import EXPLORERS, FakeExplorer
from fake_painter import DOMAINS, FakePainter
from fake_resolver import fake_resolver
from PIL import Image, ImageChops, ImageOps

from cgan_demo.errors import WeightsNotFound
from cgan_demo.images import open_image


def fake_of(model_id: str) -> Any:
    """What stands for a model that is no translator; None for the others."""
    if model_id == "face-aging":
        return fake_ager()
    if model_id == "super-resolution":
        return fake_resolver()
    if model_id in ("horse-to-zebra", "zebra-to-horse"):
        return fake_unpaired
    if model_id in DOMAINS:
        return FakePainter(model_id)
    return FakeExplorer(model_id) if model_id in EXPLORERS else None


def fake_unpaired(photo: Image.Image, strength: float = 1.0, size: Any = None, on_progress: Any = None) -> Image.Image:
    """Inverts a photo, and so back again."""
    return Image.blend(photo, ImageOps.invert(photo), strength)


class FakeSketcher:
    """Plain photos in the colour of seed, fit and model; a drawing is framed by being stretched."""

    def __init__(self, mark: int) -> None:
        self.mark = mark

    def variations(self, drawing: Any, count: int, seed: int, style: Any, fit: bool) -> list[Image.Image]:
        open_image(drawing)
        return [Image.new("RGB", (256, 256), (seed + i, 100 * fit, self.mark)) for i in range(count)]

    def framed(self, drawing: Any, fit: bool) -> Image.Image:
        return open_image(drawing).resize((256, 256))


def fake_load(model_id: str) -> Any:
    """Sketch models that answer with plain pictures; else a predictor that inverts a picture.

    The seed moves its colours, and seed 13 stands for missing weights.
    """

    def predictor(image: Image.Image, seed: int = 0, noise: float = 1.0, on_progress: Any = None) -> Image.Image:
        if seed == 13:
            raise WeightsNotFound(f"No weights for {model_id}. Run cgan-demo pull {model_id}.")
        return ImageChops.offset(ImageOps.invert(image), seed)

    def edges(photo: str) -> Image.Image:
        return ImageOps.invert(open_image(photo))

    if (other := fake_of(model_id)) is not None:
        return other
    marks = {"edges-to-shoes": 1, "edges-to-handbags": 2, "labels-to-facade": 3, "edges-to-cats": 4}
    mark = marks.get(model_id, 0)
    return FakeSketcher(mark) if mark else edges if model_id == "photo-to-edges" else predictor
