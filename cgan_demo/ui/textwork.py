"""What the tab "Text → Picture" computes: sentences and seeds in, pictures out; what its parts get is in textview.py.

An uploaded picture is removed as soon as its style was read; what stays, in memory, is that style's numbers.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from .. import catalog
from ..errors import InputError
from .components import ModelStore
from .uploads import data_url, removing

if TYPE_CHECKING:  # torch is slow to import, and the page is laid out without it
    from torch import Tensor

    from ..gan_cls.predictor import Reading

SENTENCE, SEED = "Another sentence", "Another seed"  # what one can go to from the chosen picture
COUNT = 8  # samples on the page
MAX_SEED = 2**31 - 1 - COUNT  # so that all of the eight have one
STRENGTH = 0.9  # of a style, at first
LONGEST = 300  # characters of a sentence
STRIP, FILM = 9, 25  # pictures on the way from one to the other; every third of the film's is in the strip
ENOUGH, THUMB = 512, 160  # px: of a picture whose style is read, and of what is shown of it
COLOR_WORD = re.compile(
    r"\b(red|crimson|scarlet|maroon|orange|peach|yellow|golden|gold|green|blue|turquoise|purple|violet|lavender|magenta"
    r"|pink|white|cream|gr[ae]y|brown|black)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Domain:
    """What can be described.

    examples: sentences to start from. other: one to go to from the first of them. colors: its usual ones.
    """

    model_id: str
    examples: tuple[str, ...]
    other: str
    colors: tuple[str, ...]


DOMAINS: dict[str, Domain] = {
    "Flower": Domain(
        "text-to-flower",
        (
            "this flower has red petals with a yellow center",
            "a flower with long narrow white petals and a yellow center",
            "the petals are purple and shaped like a star",
            "this flower is pink with soft ruffled petals",
            "orange petals with dark spots that curl back",
            "small blue petals around long white stamens",
        ),
        "this flower has white petals with a yellow center",
        ("red", "orange", "yellow", "pink", "purple", "blue", "white"),
    ),
    "Bird": Domain(
        "text-to-bird",
        (
            "a small bird with a bright red head and black wings",
            "this bird has a yellow belly, a grey back and a short bill",
            "a large white bird with a long orange bill",
            "this blue bird has a white breast and a dark eye",
            "a black bird with a red throat and a long tail",
            "a green bird with an orange breast",
        ),
        "a small bird with a bright yellow head and black wings",
        ("red", "orange", "yellow", "green", "blue", "white", "grey", "brown", "black"),
    ),
}


def available() -> list[str]:
    """The domains whose models are in the catalog."""
    return [name for name, domain in DOMAINS.items() if domain.model_id in catalog.list_models()]


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
        return self.models(DOMAINS[domain].model_id)

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
        from ..latent import spherical

        painter = self.painter(asked.domain)
        if asked.style is None:
            return painter.between_seeds(asked.sentence, seed, other, steps)
        (a,), (b,) = painter.noise(seed, 1), painter.noise(other, 1)
        noise = spherical(a, b, _shares(steps)[:, 0])
        return painter.paint(painter.read(asked.sentence).vector, _styled(asked, noise))

    def style(self, domain: str, path: str | None, folder: str | Path) -> Style:
        """Read the style of an uploaded picture and remove its file, which lies in `folder`."""
        from ..images import open_reduced

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


def seed_of(value: float | None) -> int:
    """The number of a seed field; an emptied one counts as 0.

    Raises:
        InputError: not from 0 to what leaves room for eight.
    """
    seed = int(value or 0)
    if not 0 <= seed <= MAX_SEED:
        raise InputError(f"The seed is {seed}: take a whole number from 0 to {MAX_SEED}.")
    return seed
