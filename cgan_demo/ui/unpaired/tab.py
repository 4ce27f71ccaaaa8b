"""The tab "Unpaired": horses become zebras, and back, learned from two piles of photos without a single pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from ..api import offer
from ..components import ModelStore, available, example_gallery, foot, picture_file, strip_gallery
from ..events import QUIET, live_on, shown_on, takes
from ..tabs import Tab
from ..uploads import removing
from .calls import LARGEST, MODEL_IDS, SIZE, SIZES, TO_HORSE, TO_ZEBRA, Calls, opened, translated
from .pictures import failures, horses, zebras

METHOD = """
Two piles of photos, horses and zebras, and nobody knows which belong together. A network paints on a photo of the one
pile, and a discriminator compares what comes out with the other pile. That alone would let the network paint any zebra;
so something has to hold it to the photo. CycleGAN trains a second network to lead back, and asks that the way there and
back ends where it began (Zhu, Park, Isola and Efros, *Unpaired Image-to-Image Translation using Cycle-Consistent
Adversarial Networks*, ICCV 2017, [arXiv:1703.10593](https://arxiv.org/abs/1703.10593)). Its successor asks that each
place of the result be recognisable as the same place of the photo, among others of it (Park, Efros, Zhang and Zhu,
*Contrastive Learning for Unpaired Image-to-Image Translation*, ECCV 2020,
[arXiv:2007.15651](https://arxiv.org/abs/2007.15651)); the models here were trained so. They also choose where they
paint: the rest of the photo stays as it is.
"""
PYTHON = """import cgan_demo

stripes = cgan_demo.load("horse-to-zebra")
stripes("horse.jpg", strength=1.0, size=160).save("zebra.png")

there, back = stripes.there_and_back("horse.jpg")
"""
HINT = f"Larger photos are shrunk to {LARGEST} pixels. Files are removed once read."
FAILS = """The models change what a surface looks like, not its shape, and they know horses and zebras outdoors, nothing
else. Click a picture to try it. In the paper, too, a rider gets stripes (section 6)."""


@dataclass(frozen=True)
class Components:
    given: gr.State
    direction: gr.Radio
    photo: gr.Image
    strength: gr.Slider
    size: gr.Slider
    examples: gr.Gallery
    result: gr.ImageSlider
    back: gr.Button
    cycle: gr.Gallery
    failures: gr.Gallery

    @property
    def asked(self) -> list[Any]:
        return [self.direction, self.strength, self.size]

    @property
    def made(self) -> list[Any]:
        return [self.given, self.result, self.cycle]


def build(models: ModelStore) -> dict[str, Any]:
    """Lay out the tab, wire it, and return the arguments of the event that first fills it."""
    examples, wrong = {TO_ZEBRA: horses(), TO_HORSE: zebras()}, failures()
    ui = _layout(examples[TO_ZEBRA], wrong)
    calls = Calls(models, examples, wrong, ui.photo.GRADIO_CACHE)
    _wire(ui, calls)
    _endpoint(models, ui.photo.GRADIO_CACHE)
    foot(METHOD, list(MODEL_IDS.values()), PYTHON)
    return {"fn": calls.open, "inputs": [ui.given, *ui.asked], "outputs": ui.made, **shown_on(ui.result)}


def _layout(examples: dict[str, Image.Image], wrong: dict[str, Image.Image]) -> Components:
    given = gr.State()
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=320):
            inputs = _input_column(examples)
        with gr.Column(scale=6, min_width=320):
            result = gr.ImageSlider(
                label="Before | after",
                format="png",
                slider_position=50,
                interactive=False,
                max_height=720,
                elem_id="unpaired-result",
                elem_classes="result",
            )
            back = gr.Button("There and back", elem_id="unpaired-back")
    cycle = strip_gallery("There and back", "unpaired-cycle")
    with gr.Accordion("Where it fails", open=False, elem_id="unpaired-fails"):
        gr.Markdown(FAILS, elem_classes="hint")
        fails = example_gallery(wrong, "Where it fails", "unpaired-failures")
    return Components(given, *(*inputs, result, back, cycle, fails))


def _input_column(examples: dict[str, Image.Image]) -> tuple[Any, ...]:
    direction = gr.Radio(
        list(MODEL_IDS), value=TO_ZEBRA, show_label=False, container=False, elem_id="unpaired-direction"
    )
    photo = picture_file(True, label="Photo", sources=["upload", "clipboard"], height=220, elem_id="unpaired-photo")
    gr.Markdown(HINT, elem_classes="hint")
    strength = gr.Slider(
        0, 1, 1, step=0.01, label="Strength", info="How much of the change is made", elem_id="unpaired-strength"
    )
    size = gr.Slider(
        *SIZES,
        SIZE,
        step=16,
        label="Bold … fine",
        info="Pixels at which the network looks: few for animals that fill the photo",
        elem_id="unpaired-size",
    )
    gr.Markdown("Or take an animal that we painted:", elem_classes=["hint", "last-on-phones"])
    return direction, photo, strength, size, example_gallery(examples, "Examples", "unpaired-examples")


def _wire(ui: Components, calls: Calls) -> None:
    shown = shown_on(ui.result)
    takes(ui.photo.upload, calls.upload, [ui.photo, *ui.asked], ui.made, **shown)
    ui.examples.select(calls.choose, ui.asked, ui.made, **shown)
    ui.failures.select(calls.fail, ui.asked, ui.made, **shown)
    ui.direction.input(calls.turn, [ui.given, *ui.asked], [*ui.made, ui.examples], **live_on(ui.result))
    ui.strength.change(calls.mix, [ui.given, ui.strength], ui.result, trigger_mode="always_last", **QUIET)
    ui.size.release(calls.again, [ui.given, *ui.asked], ui.made, **live_on(ui.result))
    ui.back.click(calls.there_and_back, ui.given, ui.cycle, **shown_on(ui.cycle))


def _endpoint(models: ModelStore, uploads: str) -> None:
    """The capability as an API, apart from the layout: it takes hidden components of its own."""

    def unpaired(
        photo: str | None, direction: str, strength: float, size: float, progress: Any = gr.Progress()
    ) -> Image.Image:
        """Turn the horses of a photo into zebras, or its zebras into horses."""
        with removing([photo], uploads):
            picture = opened(photo)
        return translated(models, picture, direction, strength, size, progress)

    with gr.Group(visible=False):
        photo = picture_file(True, label="photo")
        direction = gr.Radio(list(MODEL_IDS), value=TO_ZEBRA, label="direction")
        strength = gr.Slider(0, 1, 1, label="strength: how much of the change is made")
        size = gr.Slider(*SIZES, SIZE, label="size: pixels at which the network looks")
        offer(unpaired, [photo, direction, strength, size], gr.Image(label="result", format="png"))


TAB = Tab("Unpaired", 25, build, lambda: len(available(MODEL_IDS)) == len(MODEL_IDS))
