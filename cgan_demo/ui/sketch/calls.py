"""What the events of the tab "Sketch → Photo" do: what its components hold in, what they show next out."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from ...errors import InputError
from ..components import beside, captioned, selected
from ..kept import Kept
from ..parts.paintpad import from_data_url, to_data_url
from ..seeds import MAX_SEED
from ..uploads import download, png_url
from .subjects import SUBJECTS, VARIATIONS, Sketches, is_blank, known

PENCIL, PLAN = "sketch-canvas", "sketch-labels"  # the two pads


@dataclass(frozen=True)
class Calls:
    """Most take subject, both pads, seed, fit and style, and give new values of result and hint.

    A drawing that is put on the pad of a subject gives new values of the tabs, both pads, result and hint.
    """

    sketches: Sketches
    examples: dict[str, dict[str, Image.Image]]

    def paint(
        self, subject: str, pencil: str | None, labels: str | None, seed: float | None, fit: bool, style: str | None
    ) -> tuple[Any, Any]:
        return self._photo(self._drawing(subject, pencil, labels), subject, seed, fit, style)

    def paint_live(self, live: bool, *given: Any) -> tuple[Any, Any]:
        return self.paint(*given) if live else (gr.skip(), gr.skip())

    def first(
        self,
        subject: str,
        pencil: str | None,
        labels: str | None,
        seed: float | None,
        fit: bool,
        style: str | None,
        kept: str | None,
    ) -> tuple[Any, ...]:
        """As the tab was left: new values of subject, its two pads' places, fit, examples, pads, seed, result, hint."""
        found = Kept.read(kept)
        if not found.values:
            return *(gr.skip(),) * 8, *self.paint(subject, pencil, labels, seed, fit, style)
        before, subject = subject, found.choice("subject", SUBJECTS) or subject
        pads = {PENCIL: found.painting(PENCIL), PLAN: found.painting(PLAN)}
        if subject != before:  # the pad has an example of another thing
            pad = PENCIL if known(subject).lines else PLAN
            pads[pad] = pads[pad] or to_data_url(self._drawings(subject)[0])
        number = found.integer("seed", MAX_SEED)
        chosen = seed if number is None else number
        photo = self.paint(subject, pads[PENCIL] or pencil, pads[PLAN] or labels, chosen, fit, style)
        given = (value or gr.skip() for value in pads.values())
        return subject, *self._places(subject), *given, gr.skip() if number is None else number, *photo

    def switch(self, subject: str, seed: float | None, fit: bool) -> tuple[Any, ...]:
        """Another subject: its pad, its examples, no variations, no style of another thing, and its first example."""
        opened = self._open(self._drawings(subject)[0], subject, seed, fit, None, ours=True)
        return *self._places(subject), gr.update(visible=False), None, *opened

    def choose(
        self, subject: str, seed: float | None, fit: bool, style: str | None, event: gr.EventData
    ) -> tuple[Any, ...]:
        drawings = self._drawings(subject)
        return self._open(drawings[selected(event, len(drawings))], subject, seed, fit, style, ours=True)

    def surprise(self, subject: str, *given: Any) -> tuple[Any, ...]:
        return self._open(random.choice(self._drawings(subject)), subject, *given, ours=True)

    def trace(self, photo: str | None, *given: Any) -> tuple[Any, ...]:
        return self._open(self.sketches.edges(photo), *given)

    def read(
        self, sheet: str | None, subject: str, seed: float | None, fit: bool, style: str | None
    ) -> tuple[Any, ...]:
        return self._open(self.sketches.drawing(subject, sheet, fit), subject, seed, fit, style)

    def vary(
        self, subject: str, pencil: str | None, labels: str | None, seed: float | None, fit: bool
    ) -> tuple[Any, int]:
        """New values of the variations and of the first one's seed."""
        drawing, first = self._drawing(subject, pencil, labels), int(seed or 0) + 1
        if is_blank(drawing):
            raise InputError(known(subject).hint)
        photos = self.sketches.photos(subject, drawing, first, fit, count=VARIATIONS)
        return gr.update(value=[(p, f"seed {first + i}") for i, p in enumerate(photos)], visible=True), first

    def keep(self, first: int, event: gr.EventData) -> int:
        """The seed of a variation that was clicked."""
        return first + selected(event, VARIATIONS)

    def save(self, subject: str, pencil: str | None, labels: str | None, photo: str | None) -> str:
        from ...images import open_image

        if photo is None:
            raise InputError("There is no photo to download yet: draw something first.")
        sheet = beside(self._drawing(subject, pencil, labels), open_image(photo))
        return download(f"{known(subject).model_id}.png", png_url(sheet))

    def _drawings(self, subject: str) -> list[Image.Image]:
        known(subject)
        return list(self.examples[subject].values())

    @staticmethod
    def _drawing(subject: str, pencil: str | None, labels: str | None) -> Image.Image:
        return from_data_url(pencil if known(subject).lines else labels)

    def _places(self, subject: str) -> tuple[Any, ...]:
        """New values of the two pads' places, fit, and examples."""
        lines = known(subject).lines
        examples = gr.update(value=captioned(self.examples[subject]))
        return gr.update(visible=lines), gr.update(visible=not lines), gr.update(visible=lines), examples

    def _open(self, drawing: Image.Image, subject: str, *given: Any, ours: bool = False) -> tuple[Any, ...]:
        """ours: an example; what comes from a visitor's file is marked, so that the browser does not keep it."""
        url = to_data_url(drawing, traced=not ours)
        pads = (url, gr.skip()) if known(subject).lines else (gr.skip(), url)
        return gr.Tabs(selected="draw"), *pads, *self._photo(drawing, subject, *given)

    def _photo(
        self, drawing: Image.Image, subject: str, seed: float | None, fit: bool, style: str | None
    ) -> tuple[Any, Any]:
        """An empty pad gets words, not a picture of noise."""
        if is_blank(drawing):
            return None, gr.update(value=known(subject).hint, visible=True)
        return self.sketches.photos(subject, drawing, seed, fit, style)[0], gr.update(visible=False)
