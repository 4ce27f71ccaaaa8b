"""What the events of the tab "Sharpen" do: what its components hold in, what they show next out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from ..components import selected
from ..parts import sent_number
from ..uploads import download, png_url, removing
from . import view
from .bench import MOST_REFERENCES, Bench, Given, Report, Sharpener, open_photo, open_references

EMPTY = json.dumps({})


@dataclass(frozen=True)
class Calls:
    """Most give new values of what was given, the stamp that changes with it, and the tray that shows it.

    pairs: examples, each an original and a reference. uploads: the folder from which uploads are removed.
    """

    sharpener: Sharpener
    pairs: list[tuple[Image.Image, Image.Image]]
    uploads: str

    def open(self, given: Given | None) -> tuple[Any, ...]:
        """The first example, unless there is something already."""
        return (gr.skip(),) * 3 if given or not self.pairs else self.example(0)

    def choose(self, event: gr.EventData) -> tuple[Any, ...]:
        return self.example(selected(event, len(self.pairs)))

    def example(self, index: int) -> tuple[Any, ...]:
        original, reference = self.pairs[index]
        return _changed(Given(original, (reference,), example=True, lent=True))

    def photo(self, path: str | None, given: Given | None) -> tuple[Any, ...]:
        """And the emptied upload."""
        with removing([path], self.uploads):
            photo = open_photo(path)
        return *_changed((given or Given()).with_photo(photo)), None

    def references(self, paths: list[str] | None, given: Given | None) -> tuple[Any, ...]:
        """And the emptied upload."""
        with removing(paths or (), self.uploads):
            pictures = open_references(paths)
        return *_changed((given or Given()).with_references(pictures)), None

    def remove(self, message: str | None, given: Given | None) -> tuple[Any, ...]:
        """`message`: JSON {"remove": index}, from the page."""
        index = int(sent_number(message, "remove", 0, MOST_REFERENCES))
        return _changed((given or Given()).without_reference(index))

    def show(
        self, given: Given | None, compare: bool, weight: float, sharpness: float, progress: Any = gr.Progress()
    ) -> tuple[Any, Any]:
        """New values of the comparison and of the origins."""
        if given is None or given.photo is None:
            return self.cleared("Now choose the small picture.")[:2]

        def report(words: str) -> Report:
            return lambda done, total: progress((done, total), desc=words)

        bench = self.sharpener.bench(given, compare, report("Enlarging and comparing"))
        return view.opened_value(bench, weight, sharpness, report("Adding detail")), view.source_value(bench)

    def variants(self, given: Given | None, compare: bool) -> Any:
        bench = self._bench(given, compare)
        return view.variants_value(bench) if bench else gr.skip()

    def cleared(self, words: str = "This picture could not be enlarged.") -> tuple[str, str, str]:
        """Values of comparison, origins and variants where there is nothing to show."""
        return json.dumps({"words": words}), EMPTY, EMPTY

    def picked(self, message: str | None) -> tuple[float, float]:
        """The settings of a variant that was clicked."""
        return sent_number(message, "weight", 0, 1), sent_number(message, "sharpness", 0, 1)

    def step(self, given: Given | None, compare: bool, weight: float, sharpness: float) -> Any:
        bench = self._bench(given, compare)
        return view.step_value(bench, weight, sharpness) if bench else gr.skip()

    def measure(self, given: Given | None, compare: bool, weight: float, sharpness: float) -> Any:
        """The numbers of a large picture, which the steps left out."""
        bench = self._bench(given, compare)
        late = bench and bench.truth and view.is_large(bench)
        return view.measured_value(bench, weight, sharpness) if bench and late else gr.skip()

    def save(self, given: Given | None, compare: bool, weight: float, sharpness: float) -> str:
        picture = self.sharpener.bench(given, compare).picture(weight, sharpness)
        return download("sharpened.png", png_url(picture))

    def _bench(self, given: Given | None, compare: bool) -> Bench | None:
        return self.sharpener.bench(given, compare) if given and given.photo else None


def _changed(given: Given) -> tuple[Given, str, str]:
    return given, given.key, view.tray_value(given)
