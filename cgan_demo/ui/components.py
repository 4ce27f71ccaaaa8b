"""What every tab is made of: the model store, errors in words, and the folded foot."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from .. import catalog
from ..bundled import folders
from ..checks import integer
from ..errors import InputError
from .gradio_patches import paths_of
from .parts import UNREADABLE

Predictor = Any  # a call that makes pictures, and what else the model's room offers
Loader = Callable[[str], Predictor]

# Every listener that runs a model takes these, so that all of them share one queue.
MODEL_QUEUE: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 2}


class ModelStore:
    """Loads each predictor once, when it is first asked for, whichever visitor asks."""

    def __init__(self, load: Loader):
        self._load = load
        self._lock = threading.Lock()
        self._loaded: dict[str, Predictor] = {}

    def __call__(self, model_id: str) -> Predictor:
        if model_id in self._loaded:  # without the lock, which may be held for good in a process forked from this one
            return self._loaded[model_id]
        with self._lock:
            if model_id not in self._loaded:
                self._loaded[model_id] = self._load(model_id)
            return self._loaded[model_id]


def available(models: Mapping[str, str]) -> list[str]:
    """Those of a tab's choices, each with the id of its model, whose models are in the catalog."""
    known = catalog.list_models()
    return [choice for choice, model_id in models.items() if model_id in known]


def picture_file(removed: bool = False, **kwargs: Any) -> gr.Image:
    """A gr.Image whose function receives the path of the uploaded file untouched, for our own checks to open.

    removed: the function removes the file; where it is not called, for something else was wrong, the page's door does.
    """
    component = paths_of(gr.Image(type="filepath", alt_text=kwargs.get("label"), **kwargs), lambda file: file.path)
    component.removed = removed
    return component  # type: ignore[no-any-return]


def picture_files(**kwargs: Any) -> gr.File:
    """The same for several pictures; their files are removed. A stock gr.File also leaves an empty one for each."""
    component = gr.File(file_count="multiple", file_types=["image"], **kwargs)
    paths_of(component, lambda files: [file.path for file in files] or None)
    component.removed = True  # type: ignore[attr-defined]
    return component


def pair_files(**kwargs: Any) -> gr.ImageSlider:
    """The same for a result of two pictures that comes back from the page: (path or None, path or None), or None."""
    component = gr.ImageSlider(type="filepath", **kwargs)
    return paths_of(component, lambda pair: pair.root and tuple(file and file.path for file in pair.root))  # type: ignore[no-any-return]


def selected(event: gr.EventData, count: int) -> int:
    """Which of `count` pictures of a gallery was clicked, as the page says.

    Raises:
        InputError: none of them.
    """
    try:
        return integer("picture", event.index, 0, count - 1)
    except (AttributeError, TypeError) as error:
        raise InputError(UNREADABLE) from error


def captioned(pictures: Mapping[str, Image.Image]) -> list[tuple[Image.Image, str]]:
    """Pictures by name as a gallery's value."""
    return [(picture, name) for name, picture in pictures.items()]


def example_gallery(pictures: Mapping[str, Image.Image], label: str, elem_id: str) -> gr.Gallery:
    """Pictures to start from with a click; on phones they end the column."""
    return gr.Gallery(
        captioned(pictures),
        label=label,
        show_label=False,
        columns=4,
        height="auto",
        allow_preview=False,
        interactive=False,
        buttons=[],
        elem_id=elem_id,
        elem_classes=["examples", "last-on-phones"],
    )


def strip_gallery(label: str, elem_id: str) -> gr.Gallery:
    """Four pictures in a row, two by two on phones; seen once there are some."""
    return gr.Gallery(
        label=label,
        columns=4,
        height="auto",
        visible=False,
        interactive=False,
        elem_id=elem_id,
        elem_classes="strip",
    )


def beside(left: Image.Image, right: Image.Image) -> Image.Image:
    """Two pictures side by side on white."""
    sheet = Image.new("RGB", (left.width + right.width, max(left.height, right.height)), "white")
    sheet.paste(left, (0, 0))
    sheet.paste(right, (left.width, 0))
    return sheet


def beside_weights(model_id: str, name: str) -> str | None:
    """The text of a file that lies beside the weights of a model; None where there is none."""
    places = [os.environ.get("CGAN_DEMO_WEIGHTS"), *folders("weights")]
    paths = (Path(place) / model_id / name for place in places if place)
    return next((path.read_text(encoding="utf-8") for path in paths if path.is_file()), None)


def card_text(model_id: str) -> str | None:
    """The model card beside the weights, without its YAML front matter; None where there is no card."""
    text = beside_weights(model_id, "README.md")
    if text and text.startswith("---") and "\n---" in text[3:]:
        return text.split("\n---", 1)[1].lstrip("-\n")
    return text


def foot(method: str, model_ids: list[str], python: str, figures: Mapping[str, Path] | None = None) -> None:
    """The two folded sections at the foot of every tab. `figures`: pictures of the first, by their captions."""
    with gr.Accordion("About this model", open=False):
        gr.Markdown(method)
        for caption, path in (figures or {}).items():
            gr.Markdown(caption, elem_classes="hint")
            gr.Gallery(
                [(path, caption)],
                columns=1,
                show_label=False,
                height="auto",
                allow_preview=False,
                interactive=False,
                buttons=[],
                elem_classes="figure",
            )
        cards = {model_id: card_text(model_id) for model_id in model_ids}
        for model_id, text in cards.items():
            if text:
                with gr.Accordion(f"Model card: {model_id}", open=False):
                    gr.Markdown(text)
    with gr.Accordion("From Python", open=False):
        gr.Code(python, language="python", interactive=False, show_label=False, lines=1)
