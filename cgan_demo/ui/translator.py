"""What the tab "Map ↔ Aerial" computes, and the same capabilities as an API; the layout is in maps.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image, ImageChops, ImageStat

from .components import MODEL_QUEUE, ModelStore, guarded, picture_file
from .paintpad import from_data_url, to_data_url

TO_AERIAL, TO_MAP = "Map → Aerial", "Aerial → Map"
MODEL_IDS = {TO_AERIAL: "map-to-aerial", TO_MAP: "aerial-to-map"}
WORDS = {
    TO_AERIAL: "Make an aerial photograph of a street map.",
    TO_MAP: "Draw the street map of an aerial photograph.",
}
BACK = {TO_AERIAL: TO_MAP, TO_MAP: TO_AERIAL}
MAX_SEED = 2**31 - 1
DIFFERENCE_GAIN = 3

Pair = tuple[Image.Image, Image.Image]


@dataclass(frozen=True)
class Translator:
    """The tab's model calls. Pictures are PIL; files and data URLs are opened and checked here."""

    models: ModelStore

    def run(self, direction: str, image: Image.Image, seed: float | None, progress: Any = None) -> Image.Image:
        def report(done: int, total: int) -> None:
            if progress is not None and total > 1:
                progress((done, total), desc="Translating tiles")

        return self.models(MODEL_IDS[direction])(image, seed=int(seed or 0), on_progress=report)

    def source(self, direction: str, tab: str, canvas: str | None, upload: str | None) -> Image.Image:
        from ..images import open_image

        if tab == "paint" and direction == TO_AERIAL:
            return from_data_url(canvas)
        if upload is None:
            raise gr.Error("Choose a picture first, or click an example.", print_exception=False)
        return open_image(upload)

    def round_trip(self, direction: str, image: Image.Image, seed: float | None) -> list[tuple[Image.Image, str]]:
        """The picture, there, back, and the difference of first and last, each with a caption."""
        there = self.run(direction, image, seed)
        back = self.run(BACK[direction], there, seed)
        apart = ImageChops.difference(image, back)
        mean = sum(ImageStat.Stat(apart).mean) / 3
        start, end = ("map", "aerial") if direction == TO_AERIAL else ("aerial", "map")
        brighter = apart.point(lambda value: min(255, value * DIFFERENCE_GAIN))
        return [
            (image, f"1 · {start}, yours"),
            (there, f"2 · {end}, from 1"),
            (back, f"3 · {start}, from 2"),
            (brighter, f"difference ×{DIFFERENCE_GAIN} · mean {mean:.1f} of 255"),
        ]


def composite(pair: Pair) -> Image.Image:
    """Input and output side by side, the output at the input's size."""
    left, right = pair
    sheet = Image.new("RGB", (left.width + right.width, max(left.height, right.height)), "white")
    sheet.paste(left, (0, 0))
    sheet.paste(right, (left.width, 0))
    return sheet


def endpoints(translator: Translator, example: Image.Image) -> None:
    """The capabilities as an API, apart from the layout: each takes its own hidden components."""

    def translate(direction: str) -> Callable[..., Image.Image]:
        @guarded
        def endpoint(image: str | None, seed: float | None, progress: Any = gr.Progress()) -> Image.Image:
            return translator.run(direction, translator.source(direction, "upload", None, image), seed, progress)

        endpoint.__name__, endpoint.__doc__ = MODEL_IDS[direction].replace("-", "_"), WORDS[direction]
        return endpoint

    @guarded
    def paint_to_aerial(canvas: str | None, seed: float | None) -> Image.Image:
        """Make an aerial photograph of a painted street map."""
        return translator.run(TO_AERIAL, from_data_url(canvas), seed)

    @guarded
    def there_and_back(image: str | None, direction: str, seed: float | None) -> list[tuple[Image.Image, str]]:
        """Translate a picture there and back: itself, there, back, and what differs from the first."""
        return translator.round_trip(direction, translator.source(direction, "upload", None, image), seed)

    with gr.Group(visible=False):
        image, seed = (
            picture_file(label="image"),
            gr.Number(0, label="seed", precision=0, minimum=0, maximum=MAX_SEED),
        )
        canvas = gr.Textbox(to_data_url(example), label="canvas: PNG data URL, 256×256")
        direction = gr.Radio(list(MODEL_IDS), value=TO_AERIAL, label="direction")
        picture, pictures, call = (
            gr.Image(label="result", format="png"),
            gr.Gallery(label="pictures", format="png"),
            gr.Button(),
        )
        call.click(translate(TO_AERIAL), [image, seed], picture, api_name="map_to_aerial", **MODEL_QUEUE)
        call.click(translate(TO_MAP), [image, seed], picture, api_name="aerial_to_map", **MODEL_QUEUE)
        call.click(paint_to_aerial, [canvas, seed], picture, api_name="paint_to_aerial", **MODEL_QUEUE)
        call.click(there_and_back, [image, direction, seed], pictures, api_name="there_and_back", **MODEL_QUEUE)
