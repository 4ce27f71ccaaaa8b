"""A painter of sentences: a colour word colours a disc, and the noise says where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any

import torch
from PIL import Image, ImageColor, ImageDraw
from torch import Tensor

from cgan_demo.gan_cls.paper import NOISE
from cgan_demo.gan_cls.predictor import TextPainter
from cgan_demo.gan_cls.text import words

from . import only

MODELS = {"text-to-flower": "lavender", "text-to-bird": "lightblue"}  # and the colour of their backgrounds
COLORS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "black", "brown", "gray")
OTHERS = "a and are as back belly bird center flower has head is large long petal petals small the this wings with"
SIDE = 64


class _Encoder:
    """Three numbers of a vector are the first colour's, in [0, 1]; it knows few words."""

    vocabulary = (*COLORS, *OTHERS.split())

    def read(self, sentences: Sequence[str]) -> Tensor:
        vectors = torch.full((len(sentences), 256), 0.5)
        for vector, sentence in zip(vectors, sentences, strict=True):
            for color in (word for word in words(sentence)[::-1] if word in COLORS):  # so that the first one counts
                vector[:3] = torch.tensor(ImageColor.getrgb(color)) / 255
        return vectors


def _style(picture: Tensor) -> Tensor:
    """The mean lightness says where the disc lies: (1, 3, H, W) in [-1, 1] -> (1, 100)."""
    return (2 * picture.mean((1, 2, 3)))[:, None].expand(-1, NOISE)


class FakePainter(TextPainter):
    """All but the network and the painting is the real one's."""

    def __init__(self, model_id: str = "text-to-flower"):
        self.network: Any = SimpleNamespace(encoder=_Encoder(), style=_style, generator=SimpleNamespace(size=SIDE))
        self.device = torch.device("cpu")
        self.model_id = model_id

    def paint(self, vector: Tensor, noise: Tensor) -> list[Image.Image]:
        vectors = vector.expand(len(noise), -1)
        return [self._disc(color, code) for color, code in zip(vectors[:, :3].clamp(0, 1), noise.tanh(), strict=True)]

    def _disc(self, color: Tensor, code: Tensor) -> Image.Image:
        picture = Image.new("RGB", (SIDE, SIDE), MODELS[self.model_id])
        x, y, radius = 32 + 12 * float(code[0]), 32 + 12 * float(code[1]), 14 + 6 * float(code[2])
        ImageDraw.Draw(picture).ellipse(
            (x - radius, y - radius, x + radius, y + radius), tuple(int(255 * v) for v in color)
        )
        return picture


model = FakePainter


def text_cataloged(model_ids: Sequence[str] = tuple(MODELS)) -> AbstractContextManager[None]:
    """Within it, these and no other models of text are in the catalog, whichever there are."""
    return only(MODELS, model_ids, "gan_cls")
