"""What the tab "Text → Picture" computes: sentences and seeds in, pictures out; what its parts get is in view.py.

An uploaded picture is removed as soon as its style was read; what stays, in memory, is that style's numbers.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from ...errors import InputError
from ...weights import page_settings
from ..components import ModelStore
from ..uploads import data_url, removing

if TYPE_CHECKING:  # torch is slow to import, and the page is laid out without it
    from torch import Tensor

    from ...gan_cls.predictor import Reading

SENTENCE, SEED = "Another sentence", "Another seed"  # what one can go to from the chosen picture
COUNT = 8  # samples on the page
STRENGTH = 0.9  # of a style, at first
LONGEST = 300  # characters of a sentence
STRIP, FILM = 9, 25  # pictures on the way from one to the other; every third of the film's is in the strip
ENOUGH, THUMB = 512, 160  # px: of a picture whose style is read, and of what is shown of it
COLOR_WORD = re.compile(
    r"\b(red|crimson|scarlet|maroon|orange|peach|yellow|golden|gold|green|blue|turquoise|purple|violet|lavender|magenta"
    r"|pink|white|cream|gr[ae]y|brown|black)\b",
    re.IGNORECASE,
)


DOMAINS = {"Flower": "text-to-flower", "Bird": "text-to-bird"}  # what can be described, and its model
COLORS = ("red", "orange", "yellow", "green", "blue", "white", "black")


@dataclass(frozen=True)
class Opening:
    """What a domain opens with: the weights' own, where they have any.

    examples: sentences to start from. other: one to go to from the first of them. colors: its usual ones. note: what
    it learned from.
    """

    examples: tuple[str, ...]
    other: str
    colors: tuple[str, ...] = COLORS
    note: str = ""


def opening(domain: str) -> Opening:
    kind = domain.lower()
    plain = Opening(tuple(f"a {color} {kind}" for color in COLORS), f"a {COLORS[-1]} {kind}")
    return page_settings(DOMAINS[domain], plain)


@dataclass(frozen=True)
class Style:
    """Read off a picture. code: (Z,), as noise is. thumb: the picture, small, as a data URL."""

    code: Tensor
    thumb: str


@dataclass(frozen=True)
class Asked:
    """What a visitor wants painted. strength: 0 to 1, how much of the style is taken; the seed says the rest."""

    domain: str
    sentence: str
    style: Style | None = None
    strength: float = STRENGTH


@dataclass(frozen=True)
class Painting:
    """The tab's model calls."""

    models: ModelStore

    def painter(self, domain: str) -> Any:
        """The `TextPainter` of a domain.

        Raises:
            InputError: there is none of that name.
        """
        if domain not in DOMAINS:
            raise InputError(f"There is no choice {domain!r}: take {', '.join(DOMAINS)}.")
        return self.models(DOMAINS[domain])

    def samples(self, asked: Asked, seed: int, count: int = COUNT) -> list[Image.Image]:
        """Pictures of the seeds from `seed` on."""
        return self.painted(asked, self.painter(asked.domain).read(asked.sentence), seed, count)

    def painted(self, asked: Asked, reading: Reading, seed: int, count: int = COUNT) -> list[Image.Image]:
        """The same of a sentence that has been read."""
        return self.painter(asked.domain).paint(reading.vector, self._noise(asked, seed, count))

    def between_sentences(self, asked: Asked, other: str, seed: int, steps: int) -> list[Image.Image]:
        """From the sentence to another one, with the same seed."""
        painter = self.painter(asked.domain)
        if asked.style is None:
            return painter.between_sentences(asked.sentence, other, seed, steps)
        ends = [painter.read(sentence).vector for sentence in (asked.sentence, other)]
        vectors = ends[0] + _shares(steps) * (ends[1] - ends[0])
        return painter.paint(vectors, self._noise(asked, seed, 1).expand(steps, -1))

    def between_seeds(self, asked: Asked, seed: int, other: int, steps: int) -> list[Image.Image]:
        """From a seed to another one, with the same sentence."""
        from ...latent import spherical

        painter = self.painter(asked.domain)
        if asked.style is None:
            return painter.between_seeds(asked.sentence, seed, other, steps)
        (a,), (b,) = painter.noise(seed, 1), painter.noise(other, 1)
        noise = spherical(a, b, _shares(steps)[:, 0])
        return painter.paint(painter.read(asked.sentence).vector, _styled(asked, noise))

    def style(self, domain: str, path: str | None, folder: str | Path) -> Style:
        """Read the style of an uploaded picture and remove its file, which lies in `folder`."""
        from ...images import open_reduced

        with removing([path], folder):
            picture = open_reduced(path, ENOUGH)[0]
        return Style(self.painter(domain).style_of(picture), data_url(picture, THUMB))

    def _noise(self, asked: Asked, seed: int, count: int) -> Tensor:
        """(count, Z): of the seeds, mixed with the style where there is one."""
        return _styled(asked, self.painter(asked.domain).noise(seed, count))


def _styled(asked: Asked, noise: Tensor) -> Tensor:
    """Noise near the style, as long as noise is. It depends on the seed alone, so that every seed keeps its picture."""
    if asked.style is None:
        return noise
    return math.sqrt(1 - asked.strength**2) * noise + asked.strength * asked.style.code


def recolored(sentence: str, color: str) -> str:
    """The sentence with `color` in place of the first colour that it names; as it is where it names none."""
    first = COLOR_WORD.search(sentence)
    return sentence[: first.start()] + color + sentence[first.end() :] if first else sentence


def _shares(steps: int) -> Tensor:
    """(steps, 1), from 0 to 1."""
    import torch

    return torch.linspace(0, 1, steps)[:, None]
