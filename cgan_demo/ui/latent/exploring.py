"""What the tab "Latent space" computes: places and shares in, pictures out; what its parts get is in view.py.

A place is written as the page shows it: the number of a seed, or `mine`, the visitor's own picture. An uploaded picture
is removed as soon as it was opened; what stays, in memory, is its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from ...errors import InputError
from ...weights import page_settings
from ..components import ModelStore
from ..uploads import removing

if TYPE_CHECKING:  # torch is slow to import, and the page is laid out without it
    from torch import Tensor

    from ...dcgan import LatentExplorer, Projection

LONGEST = 200  # characters of a field
MINE = "mine"
COUNT = 16  # samples on the page
STRIP = 9  # pictures of a strip
TOUR, MOST_STOPS = 60, 12  # pictures of an animation, about; and seeds that it goes through, at most
SIDE = 5  # pictures along each side of the pad's map
STEPS, MOST_STEPS = 60, 200  # in which an uploaded picture's place is refined
ENOUGH = 1024  # px, of a picture that is read
ARC, LINE = "Along an arc", "Along a straight line"


DOMAINS = {"Faces": "latent-faces", "Flowers": "latent-flowers"}  # what the tab offers, and its model


@dataclass(frozen=True)
class Opening:
    """The seeds that a domain opens with: the weights' own, where they have any.

    a, b: of the walk. terms: of the sum.
    """

    a: int = 0
    b: int = 1
    tour: tuple[int, ...] = (0, 1, 2, 3)
    corners: tuple[int, ...] = (0, 1, 2, 3)
    terms: tuple[tuple[int, ...], ...] = ((0, 1, 2), (3, 4, 5), (6, 7, 8))
    start: int = 0


def opening(domain: str) -> Opening:
    return page_settings(DOMAINS[domain], Opening())


@dataclass(frozen=True)
class Mine:
    """A visitor's picture, read by the model of `domain`. z: its latent, (Z,)."""

    domain: str
    z: Tensor


@dataclass(frozen=True)
class Place:
    """words: what the page calls it, such as "seed 3". z: (Z,)."""

    words: str
    z: Tensor


def written(text: str) -> list[str]:
    """The places that a field names, as it writes them.

    Raises:
        InputError: one is neither a seed nor `mine`.
    """
    words = [word for word in re.split(r"[\s,;]+", str(text or "").lower()) if word]
    for word in words:
        if word != MINE and not re.fullmatch(r"\d{1,10}", word):
            raise InputError(f"“{word[:20]}” is no seed: write whole numbers with commas between, or “{MINE}”.")
    return [word if word == MINE else str(int(word)) for word in words]


@dataclass(frozen=True)
class Asked:
    """What all of the tab shares. truncation: of seeds; a visitor's own picture stays where it was read."""

    explorer: LatentExplorer
    domain: str
    truncation: float = 1.0
    mine: Mine | None = None

    def places(self, text: str, name: str, least: int = 1, most: int = 16) -> list[Place]:
        """The places of the field called `name`.

        Raises:
            InputError: too few, too many, no such seed, or `mine` before a picture was read.
        """
        words = written(text)
        if not least <= len(words) <= most:
            count = f"{least}" if least == most else f"{least} to {most}"
            raise InputError(f"{name}: write {count} seed{'s' * (most > 1)}; there are {len(words)}.")
        return [self._place(word) for word in words]

    def place(self, text: str, name: str) -> Place:
        """The one place of a field."""
        return self.places(text, name, 1, 1)[0]

    def _place(self, word: str) -> Place:
        if word != MINE:
            return Place(f"seed {word}", self.explorer.place(int(word), float(self.truncation)))
        if self.mine is None or self.mine.domain != self.domain:
            raise InputError(f"“{MINE}” is your own picture: choose one under “My picture” first.")
        return Place("your picture", self.mine.z)

    def pad_map(self, corners: Sequence[Place]) -> list[Image.Image]:
        """`SIDE` x `SIDE` pictures of the pad, row by row, the outer ones on its edge."""
        import torch

        from ...dcgan import bilinear

        shares, places = [i / (SIDE - 1) for i in range(SIDE)], latents(corners)
        return self.explorer.paint(torch.stack([bilinear(places, x, y) for y in shares for x in shares]))

    def moved(self, start: Place, amounts: Sequence[Mapping[str, float]]) -> list[Image.Image]:
        """A picture for each of `amounts` along the model's directions."""
        import torch

        return self.explorer.paint(torch.stack([self.explorer.move(start.z, told) for told in amounts]))


def latents(places: Sequence[Place]) -> list[Tensor]:
    return [place.z for place in places]


@dataclass(frozen=True)
class Exploring:
    """The tab's models."""

    models: ModelStore

    def explorer(self, domain: str) -> LatentExplorer:
        """Raises InputError: there is none of that name."""
        if domain not in DOMAINS:
            raise InputError(f"There is no choice {domain!r}: take {', '.join(DOMAINS)}.")
        return self.models(DOMAINS[domain])  # type: ignore[return-value]

    def asked(self, domain: str, truncation: float = 1.0, mine: Mine | None = None) -> Asked:
        return Asked(self.explorer(domain), domain, truncation, mine)

    def read(
        self, domain: str, path: str | None, folder: str | Path, steps: int, on_progress: Any = None
    ) -> tuple[Mine, Projection]:
        """Find the place of an uploaded picture and remove its file, which lies in `folder`."""
        from ...images import open_reduced

        with removing([path], folder):
            picture = open_reduced(path, ENOUGH)[0]
        found = self.explorer(domain).project(picture, steps=int(steps), on_progress=on_progress)
        return Mine(domain, found.z), found
