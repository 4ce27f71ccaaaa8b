"""The capabilities of the tab "Map ↔ Aerial" as an API."""

from __future__ import annotations

from typing import Any

import gradio as gr
from PIL import Image

from ..api import offer, seed_number
from ..components import picture_file
from ..parts.paintpad import from_data_url, to_data_url
from .calls import MODEL_IDS, TO_AERIAL, TO_MAP, TwoWay, uploaded


def endpoints(two_way: TwoWay, example: Image.Image) -> None:
    """Lay out the hidden components of the endpoints; `example` is what is painted where nothing is sent."""

    def map_to_aerial(image: str | None, seed: float | None, progress: Any = gr.Progress()) -> Image.Image:
        """Make an aerial photograph of a street map."""
        return two_way(TO_AERIAL, uploaded(image), seed, progress)

    def aerial_to_map(image: str | None, seed: float | None, progress: Any = gr.Progress()) -> Image.Image:
        """Draw the street map of an aerial photograph."""
        return two_way(TO_MAP, uploaded(image), seed, progress)

    def paint_to_aerial(canvas: str | None, seed: float | None) -> Image.Image:
        """Make an aerial photograph of a painted street map."""
        return two_way(TO_AERIAL, from_data_url(canvas), seed)

    def there_and_back(image: str | None, direction: str, seed: float | None) -> list[tuple[Image.Image, str]]:
        """Translate a picture there and back: itself, there, back, and what differs from the first."""
        return two_way.round_trip(direction, uploaded(image), seed)

    with gr.Group(visible=False):
        image, seed = picture_file(label="image"), seed_number()
        canvas = gr.Textbox(to_data_url(example), label="canvas: PNG data URL, 256×256")
        direction = gr.Radio(list(MODEL_IDS), value=TO_AERIAL, label="direction")
        picture, pictures = gr.Image(label="result", format="png"), gr.Gallery(label="pictures", format="png")
        offer(map_to_aerial, [image, seed], picture)
        offer(aerial_to_map, [image, seed], picture)
        offer(paint_to_aerial, [canvas, seed], picture)
        offer(there_and_back, [image, direction, seed], pictures)
