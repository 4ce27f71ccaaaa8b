"""An explorer of latents: a latent's first numbers are a disc's place, size and colour."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from cgan_demo.dcgan import Direction, LatentExplorer, Projection
from cgan_demo.errors import InputError
from cgan_demo.images import open_image

from . import only

MODELS = {"latent-faces": "lavender", "latent-flowers": "honeydew"}  # and the colour of their backgrounds
SIDE, Z = 64, 8
DIRECTIONS = (
    Direction("size", -3, 3, "smaller", "larger", "labelled samples", "pixels", 18.0, 0.98),
    Direction("left to right", -2, 2, "left", "right", "the first layer"),
)


class FakeExplorer(LatentExplorer):
    """Everything but painting and reading is the real one's."""

    def __init__(self, model_id: str = "latent-faces", directions: Sequence[Direction] = DIRECTIONS):
        self.network: Any = SimpleNamespace(
            size=SIDE,
            latent=Z,
            prior="normal",
            directions=tuple(directions),
            vectors=torch.eye(Z)[[2, 0]][: len(directions)],
        )
        self.device = torch.device("cpu")
        self.model_id = model_id

    def paint(self, z: Tensor) -> list[Image.Image]:
        if z.ndim != 2 or z.shape[1] != Z:
            raise InputError(f"Give latents of shape (N, {Z}).")
        return [self._disc(code) for code in z.tanh().tolist()]

    def _disc(self, code: list[float]) -> Image.Image:
        picture = Image.new("RGB", (SIDE, SIDE), MODELS[self.model_id])
        x, y, radius = 32 + 20 * code[0], 32 + 20 * code[1], 10 + 8 * code[2]
        color = tuple(int(128 + 120 * v) for v in code[3:6])
        ImageDraw.Draw(picture).ellipse((x - radius, y - radius, x + radius, y + radius), color)
        return picture

    def project(self, photo: Any, steps: int = 100, on_progress: Any = None, framed: bool = False) -> Projection:
        """The mean lightness says where the disc lies; a white corner stands for a photo without a face."""
        picture = open_image(photo)
        if picture.getpixel((0, 0)) == (255, 255, 255):
            raise InputError("No face was found in the photo: choose one of a face from the front.")
        for step in range(steps):
            if on_progress is not None:
                on_progress(step + 1, steps)
        light = float(picture.convert("L").resize((1, 1)).getpixel((0, 0)))  # type: ignore[arg-type]
        z = torch.full((Z,), light / 64 - 2)
        target = picture.resize((SIDE, SIDE))
        return Projection(z, self.paint(z[None])[0], 12.5, target, self.paint(z[None] / 2)[0], 33.25)


model = FakeExplorer


def latent_cataloged(model_ids: Sequence[str] = tuple(MODELS)) -> AbstractContextManager[None]:
    """Within it, these and no other latent models are in the catalog, whichever there are."""
    return only(MODELS, model_ids, "dcgan")
