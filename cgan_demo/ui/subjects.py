"""What the tab "Sketch → Photo" can draw and what it computes, and the same as an API; the layout is in sketch.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import gradio as gr
from PIL import Image

from ..errors import InputError
from .components import MODEL_QUEUE, ModelStore, guarded, picture_file
from .drawings import BAGS, CATS, SHOES, drawings
from .facades import LABELS, facades
from .paintpad import PENCIL_KIT, Kit
from .translator import MAX_SEED

EDGES = "photo-to-edges"
VARIATIONS = 4
LABEL_KIT = Kit(LABELS, (3, 6, 12, 22), ("box", "brush", "fill"), "Window", 6)


@dataclass(frozen=True)
class Subject:
    """Something to draw: the model that makes photos of it, the pad's kit, words for an empty pad, and examples."""

    model_id: str
    kit: Kit
    hint: str
    examples: Callable[[], dict[str, Image.Image]]

    @property
    def lines(self) -> bool:
        """Drawn with a pencil, not painted with labels."""
        return self.kit is PENCIL_KIT


SUBJECTS: Mapping[str, Subject] = {
    "Cat": Subject("edges-to-cats", PENCIL_KIT, "Draw a cat: start with its outline.", partial(drawings, CATS)),
    "Shoe": Subject("edges-to-shoes", PENCIL_KIT, "Draw a shoe: start with its outline.", partial(drawings, SHOES)),
    "Bag": Subject("edges-to-handbags", PENCIL_KIT, "Draw a bag: start with its outline.", partial(drawings, BAGS)),
    "House front": Subject(
        "labels-to-facade", LABEL_KIT, "Paint a house front: pick Window and drag a few boxes over the wall.", facades
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
        return model(drawing, seed=int(seed or 0), style=style, variations=count, fit=bool(fit))

    def drawing(self, subject: str, file: str | None, fit: bool) -> Image.Image:
        """A file as the pad shows it, from which the same photos are made."""
        if file is None:
            raise InputError("Choose a picture of a drawing first.")
        return self.models(known(subject).model_id).framed(file, bool(fit))  # type: ignore[attr-defined, no-any-return]

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
    colors = drawing.convert("RGB").getcolors(maxcolors=1)
    return colors is not None


def endpoints(sketches: Sketches) -> None:
    """The capabilities as an API: each takes its own hidden components."""

    @guarded
    def sketch_to_photo(
        drawing: str | None, seed: float | None, fit: bool, style: str | None, subject: str
    ) -> Image.Image:
        """Turn a line drawing of a cat, a shoe or a bag, or the painted plan of a house front, into a photo of it."""
        return sketches.photos(subject, drawing, seed, fit, style)[0]

    @guarded
    def sketch_variations(drawing: str | None, seed: float | None, fit: bool, subject: str) -> list[Image.Image]:
        """Turn a drawing into four photos of it, in other colours and materials."""
        return sketches.photos(subject, drawing, seed, fit, count=VARIATIONS)

    @guarded
    def photo_to_edges(photo: str | None) -> Image.Image:
        """Draw the edges of a photo of a shoe or a bag as thin black lines."""
        return sketches.edges(photo)

    with gr.Group(visible=False):
        drawing, style = picture_file(label="drawing"), picture_file(label="style: a photo, or nothing")
        seed = gr.Number(0, label="seed", precision=0, minimum=0, maximum=MAX_SEED)
        subject = gr.Radio(list(SUBJECTS), value="Shoe", label="subject")  # as before there were cats
        fit, call = gr.Checkbox(True, label="fit"), gr.Button()
        picture, pictures = gr.Image(label="result", format="png"), gr.Gallery(label="pictures", format="png")
        call.click(
            sketch_to_photo, [drawing, seed, fit, style, subject], picture, api_name="sketch_to_photo", **MODEL_QUEUE
        )
        call.click(
            sketch_variations, [drawing, seed, fit, subject], pictures, api_name="sketch_variations", **MODEL_QUEUE
        )
        call.click(photo_to_edges, drawing, picture, api_name="photo_to_edges", **MODEL_QUEUE)
