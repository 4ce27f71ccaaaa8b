"""A `TextPainter` without weights: the sentence's colour word colours a disc, and the seed says where it lies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager

import torch
from fake_catalog import only, row
from PIL import Image, ImageColor, ImageDraw
from torch import Tensor

from cgan_demo.errors import InputError
from cgan_demo.gan_cls.predictor import Reading, Word

DOMAINS = {"text-to-flower": "lavender", "text-to-bird": "lightblue"}  # and the colour of their backgrounds
COLORS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "black", "brown", "gray")
OTHERS = "a and are as back belly bird center flower has head is large long petal petals small the this wings with"
SIDE, Z = 64, 8


class FakePainter:
    """As the contract says: vectors are (256,), of which three numbers are a colour in [0, 1]; noise is (N, 8)."""

    def __init__(self, model_id: str = "text-to-flower"):
        self.model_id = model_id

    def __call__(
        self, sentence: str, count: int = 8, seed: int = 0, style: Image.Image | None = None
    ) -> list[Image.Image]:
        if not isinstance(count, int) or not 1 <= count <= 64:
            raise InputError("There can be 1 to 64 pictures: give such a count.")
        noise = self.noise(seed, count)
        return self.paint(self.read(sentence).vector, self.style_of(style).expand(count, -1) if style else noise)

    def read(self, sentence: str) -> Reading:
        if not isinstance(sentence, str) or not sentence.strip():
            raise InputError("There is no sentence yet: say what the picture shows.")
        if len(sentence) > 300:
            raise InputError(f"The sentence has {len(sentence)} characters: say it in at most 300.")
        words = re.findall(r"[\w']+", sentence.lower())
        vector = torch.full((256,), 0.5)
        for color in (word for word in reversed(words) if word in COLORS):  # so that the first one counts
            vector[:3] = torch.tensor(ImageColor.getrgb(color)) / 255
        return Reading(sentence, tuple(Word(word, word in (*COLORS, *OTHERS.split())) for word in words), vector)

    def noise(self, seed: int, count: int) -> Tensor:
        if not isinstance(seed, int) or not 0 <= seed < 2**31:
            raise InputError("The seed is a whole number from 0 to 2147483647: give such a one.")
        draws = [torch.randn(Z, generator=torch.Generator().manual_seed(seed + i)) for i in range(count)]
        return torch.stack(draws)

    def paint(self, vector: Tensor, noise: Tensor) -> list[Image.Image]:
        vectors = vector.expand(len(noise), -1)
        return [self._disc(color, code) for color, code in zip(vectors[:, :3].clamp(0, 1), noise.tanh(), strict=True)]

    def _disc(self, color: Tensor, code: Tensor) -> Image.Image:
        picture = Image.new("RGB", (SIDE, SIDE), DOMAINS[self.model_id])
        x, y, radius = 32 + 12 * float(code[0]), 32 + 12 * float(code[1]), 14 + 6 * float(code[2])
        ImageDraw.Draw(picture).ellipse(
            (x - radius, y - radius, x + radius, y + radius), tuple(int(255 * v) for v in color)
        )
        return picture

    def style_of(self, picture: Image.Image) -> Tensor:
        """The mean lightness says where the disc lies."""
        return torch.full((Z,), float(picture.convert("L").resize((1, 1)).getpixel((0, 0))) / 64 - 2)  # type: ignore[arg-type]

    def between_sentences(self, a: str, b: str, seed: int, steps: int) -> list[Image.Image]:
        ends = [self.read(sentence).vector for sentence in (a, b)]
        return [self.paint(torch.lerp(*ends, t), self.noise(seed, 1))[0] for t in _shares(steps)]

    def between_seeds(self, sentence: str, seed_a: int, seed_b: int, steps: int) -> list[Image.Image]:
        ends = [self.noise(seed, 1)[0] for seed in (seed_a, seed_b)]
        return self.paint(self.read(sentence).vector, torch.stack([torch.lerp(*ends, t) for t in _shares(steps)]))


def _shares(steps: int) -> list[float]:
    return [i / (steps - 1) for i in range(steps)]


def cataloged(model_ids: Sequence[str] = tuple(DOMAINS)) -> AbstractContextManager[None]:
    """Within it, these and no other models of text are in the catalog, whichever there are."""
    return only(DOMAINS, [row(model_id, "gan_cls") for model_id in model_ids])
