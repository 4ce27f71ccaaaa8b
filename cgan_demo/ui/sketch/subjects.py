"""What the tab "Sketch → Photo" can draw, and the models that make photos of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from PIL import Image

from ...errors import InputError
from ..components import ModelStore
from ..parts.paintpad import Kit
from .drawings import BAGS, CATS, SHOES, drawings
from .facades import LABELS, facades

EDGES = "photo-to-edges"
VARIATIONS = 4
PENCIL_KIT = Kit({"Eraser": (255, 255, 255), "Pencil": (0, 0, 0)}, (1, 2, 3, 6, 16), ("brush", "line"), "Pencil", 2)
LABEL_KIT = Kit(LABELS, (3, 6, 12, 22), ("box", "brush", "fill"), "Window", 6)


@dataclass(frozen=True)
class Subject:
    """Something to draw: the model that makes photos of it, words for an empty pad, and examples.

    lines: drawn with a pencil, not painted with labels.
    """

    model_id: str
    hint: str
    examples: Callable[[], dict[str, Image.Image]]
    lines: bool = True


SUBJECTS: Mapping[str, Subject] = {
    "Cat": Subject("edges-to-cats", "Draw a cat: start with its outline.", partial(drawings, CATS)),
    "Shoe": Subject("edges-to-shoes", "Draw a shoe: start with its outline.", partial(drawings, SHOES)),
    "Bag": Subject("edges-to-handbags", "Draw a bag: start with its outline.", partial(drawings, BAGS)),
    "House front": Subject(
        "labels-to-facade", "Paint a house front: pick Window and drag a few boxes over the wall.", facades, lines=False
    ),
}
OPENING = "Cat"


@dataclass(frozen=True)
class Sketches:
    """The tab's model calls: pictures and files in, pictures out."""

    models: ModelStore

    def photos(
        self,
        subject: str,
        drawing: Image.Image | str | None,
        seed: float | None,
        fit: bool,
        style: str | None = None,
        count: int = 1,
    ) -> list[Image.Image]:
        """Photos of what the pad or a file shows."""
        model = self.models(known(subject).model_id)
        return model.variations(drawing, count, seed=int(seed or 0), style=style, fit=bool(fit))

    def drawing(self, subject: str, file: str | None, fit: bool) -> Image.Image:
        """A file as the pad shows it, from which the same photos are made."""
        if file is None:
            raise InputError("Choose a picture of a drawing first.")
        return self.models(known(subject).model_id).framed(file, bool(fit))

    def edges(self, photo: str | None) -> Image.Image:
        if photo is None:
            raise InputError("Choose a photo first.")
        return self.models(EDGES)(photo)


def known(subject: str) -> Subject:
    """The subject of that name.

    Raises:
        InputError: there is none.
    """
    if subject not in SUBJECTS:
        raise InputError(f"There is nothing to draw called {subject!r}: choose {', '.join(SUBJECTS)}.")
    return SUBJECTS[subject]


def is_blank(drawing: Image.Image) -> bool:
    """Whether nothing has been drawn: the pad has one colour all over."""
    return drawing.convert("RGB").getcolors(maxcolors=1) is not None
