"""The capabilities of the tab "Sketch → Photo" as an API."""

from __future__ import annotations

import gradio as gr
from PIL import Image

from ..api import offer, seed_number
from ..components import picture_file
from .subjects import SUBJECTS, VARIATIONS, Sketches


def endpoints(sketches: Sketches) -> None:
    """Lay out the hidden components of the endpoints."""

    def sketch_to_photo(
        drawing: str | None, seed: float | None, fit: bool, style: str | None, subject: str
    ) -> Image.Image:
        """Turn a line drawing of a cat, a shoe or a bag, or the painted plan of a house front, into a photo of it."""
        return sketches.photos(subject, drawing, seed, fit, style)[0]

    def sketch_variations(drawing: str | None, seed: float | None, fit: bool, subject: str) -> list[Image.Image]:
        """Turn a drawing into four photos of it, in other colours and materials."""
        return sketches.photos(subject, drawing, seed, fit, count=VARIATIONS)

    def photo_to_edges(photo: str | None) -> Image.Image:
        """Draw the edges of a photo of a shoe or a bag as thin black lines."""
        return sketches.edges(photo)

    with gr.Group(visible=False):
        drawing, style = picture_file(label="drawing"), picture_file(label="style: a photo, or nothing")
        seed, fit = seed_number(), gr.Checkbox(True, label="fit")
        subject = gr.Radio(list(SUBJECTS), value="Shoe", label="subject")  # as before there were cats
        picture, pictures = gr.Image(label="result", format="png"), gr.Gallery(label="pictures", format="png")
        offer(sketch_to_photo, [drawing, seed, fit, style, subject], picture)
        offer(sketch_variations, [drawing, seed, fit, subject], pictures)
        offer(photo_to_edges, drawing, picture)
