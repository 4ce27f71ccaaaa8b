"""The tab "Text → Picture" as an API. It answers with files, which the page deletes after some hours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
from PIL import Image

from ..errors import InputError
from .components import MODEL_QUEUE, guarded
from .textwork import COUNT, DOMAINS, Painting


def endpoints(painting: Painting, domains: Sequence[str]) -> None:
    """Lay out the hidden components of the endpoints, one for each domain."""

    def painter(domain: str) -> Callable[..., Any]:
        @guarded
        def paint(sentence: str, count: float, seed: float) -> list[tuple[Image.Image, str]]:
            """Paint what an English sentence says, such as "a red flower with round petals"."""
            number, first = whole(count, "count"), whole(seed, "seed")
            pictures = painting.painter(domain)(sentence, count=number, seed=first)
            return [(picture, f"seed {first + i}") for i, picture in enumerate(pictures)]

        paint.__name__ = DOMAINS[domain].model_id.replace("-", "_")
        return paint

    with gr.Group(visible=False):
        sentence, call = gr.Textbox(label="sentence"), gr.Button()
        count = gr.Number(COUNT, label="count: how many pictures, 1 to 64")
        seed = gr.Number(0, label="seed of the first; the others' follow")
        pictures = gr.Gallery(label="pictures with their seeds", format="png")
        for domain in domains:
            paint = painter(domain)
            call.click(paint, [sentence, count, seed], pictures, api_name=paint.__name__, **MODEL_QUEUE)


def whole(value: float | None, name: str) -> int:
    """A number as the predictor wants it.

    Raises:
        InputError: it is none, or has a fraction.
    """
    if value is None or value != int(value):
        raise InputError(f"The {name} is {value}: give a whole number.")
    return int(value)
