"""The capability of the tab "Sharpen" as an API. It answers with a file, which the page deletes after some hours."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.processing_utils import save_pil_to_cache

from ..api import offer
from ..components import picture_file, picture_files
from ..uploads import removing
from .bench import Sharpener, open_photo, open_references


def endpoints(sharpener: Sharpener, uploads: str) -> None:
    """Lay out the hidden components of the endpoint; `uploads` is the folder from which uploads are removed."""

    def super_resolution(
        photo: str | None,
        references: list[str] | None,
        reference_weight: float,
        sharpness: float,
        progress: Any = gr.Progress(),
    ) -> str:
        """Make a small picture four times as large, with the help of other photos of the same thing."""

        def report(done: int, total: int) -> None:
            progress((done, total), desc="Enlarging and comparing")

        with removing([photo, *(references or ())], uploads):  # of which some may be one file
            small, others = open_photo(photo), open_references(references)
        picture = sharpener.resolver(small, others, reference_weight, sharpness, report)
        return save_pil_to_cache(picture, result.GRADIO_CACHE, "sharpened", "png")  # in its own mode

    with gr.Group(visible=False):
        photo = picture_file(True, label="photo: at most 640 pixels a side")
        references = picture_files(label="references: none, or up to five")
        weight = gr.Slider(0, 1, 1, label="reference weight")
        sharpness = gr.Slider(0, 1, 0.5, label="sharpness: 0 is faithful, 1 is sharp")
        result = gr.Image(label="result, four times as large", format="png")
        offer(super_resolution, [photo, references, weight, sharpness], result)
