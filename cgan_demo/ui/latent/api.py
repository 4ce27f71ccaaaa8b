"""The tab "Latent space" as an API. It answers with files, which the page deletes after some hours."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import gradio as gr
from PIL import Image

from ..api import offer
from ..seeds import integer
from .exploring import DOMAINS, Exploring


def endpoints(exploring: Exploring, domains: Sequence[str]) -> None:
    """Lay out the hidden components of the endpoints, one for each domain."""

    def explorer(domain: str) -> Callable[..., Image.Image]:
        def picture(seed: float, truncation: float) -> Image.Image:
            """Make the picture of a seed: another seed, another picture of the same kind, which no camera took."""
            return exploring.explorer(domain)(seed=integer(seed, "seed"), truncation=truncation)

        picture.__name__ = DOMAINS[domain].replace("-", "_")
        return picture

    with gr.Group(visible=False):
        seed = gr.Number(0, label="seed: 0 to 4294967295")
        truncation = gr.Number(1.0, label="truncation: 0 the average picture, 1 as in training, up to 1.5")
        answer = gr.Image(label="the seed's picture", format="png")
        for domain in domains:
            offer(explorer(domain), [seed, truncation], answer)
