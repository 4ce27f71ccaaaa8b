"""The tab "Map ↔ Aerial": paint or upload a map and see it from the air, or the reverse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from ..components import ModelStore, example_gallery, foot, pair_files, picture_file, strip_gallery
from ..events import LIVE, PRIVATE, downloads, shown_on
from ..kept import bring, note
from ..parts.paintpad import Kit, paint_pad
from ..seeds import random_seed, seed_field
from ..tabs import Tab
from .api import endpoints
from .calls import CANVAS, MODEL_IDS, PAINT, TO_AERIAL, UPLOAD, Calls, TwoWay
from .examples import PALETTE, painted_maps

METHOD = """
A U-Net reads the picture and paints its counterpart, pixel for pixel. It was trained on pairs of maps and aerial
photographs of the same places. A second network, the discriminator, looked at map and aerial together and learned to
tell true pairs from painted ones; the U-Net learned to pass. An L1 term keeps the painting close to the true
counterpart, and random noise, fixed by the seed, decides what a map leaves open, such as roofs and trees. What it
paints is plausible, not true: no building in these aerials exists.

Paper: Isola, Zhu, Zhou and Efros, *Image-to-Image Translation with Conditional Adversarial Networks*, CVPR 2017
([arXiv:1611.07004](https://arxiv.org/abs/1611.07004)).
"""
PYTHON = """import cgan_demo
from PIL import Image

aerial = cgan_demo.load("map-to-aerial")(Image.open("map.png"), seed=0)
aerial.save("aerial.png")
back = cgan_demo.load("aerial-to-map")(aerial, seed=0)
"""
KIT = Kit(PALETTE, (3, 5, 8, 14, 24), ("brush", "line", "box", "fill"), "Street", 5)


@dataclass(frozen=True)
class Input:
    """shown: which tab within the tab is open."""

    direction: gr.Radio
    shown: gr.State
    tabs: gr.Tabs
    paint_tab: gr.Tab
    canvas: gr.HTML
    upload_tab: gr.Tab
    upload: gr.Image
    seed: gr.Number
    another: gr.Button
    examples: gr.Gallery

    def given(self, shown: gr.State | None = None) -> list[Any]:
        return [self.direction, shown or self.shown, self.canvas, self.upload, self.seed]

    @property
    def opened(self) -> list[Any]:
        return [self.shown, self.tabs, self.canvas, self.upload]


@dataclass(frozen=True)
class Result:
    pair: gr.ImageSlider
    back: gr.Button
    save: gr.Button


def build(models: ModelStore) -> dict[str, Any]:
    """Lay out the tab, wire it, and return the arguments of the event that first fills it."""
    two_way, maps = TwoWay(models), painted_maps()
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=320):
            ui = _input(maps)
        with gr.Column(scale=6, min_width=320):
            result = _result()
    strip = strip_gallery("There and back", "maps-strip")
    calls = Calls(two_way, list(maps.values()))
    _wire(ui, result, strip, calls)
    endpoints(two_way, next(iter(maps.values())))
    foot(METHOD, list(MODEL_IDS.values()), PYTHON)
    return {
        "fn": calls.first,
        "inputs": [*ui.given(), gr.Textbox(visible="hidden")],
        "outputs": [result.pair, ui.canvas, ui.seed],
        "js": bring("maps", [CANVAS]),
        **shown_on(result.pair),
    }


def _input(maps: dict[str, Image.Image]) -> Input:
    direction = gr.Radio(list(MODEL_IDS), value=TO_AERIAL, show_label=False, container=False, elem_id="maps-direction")
    with gr.Tabs(selected=PAINT, elem_id="maps-tabs") as tabs:
        with gr.Tab("Paint", id=PAINT) as paint:
            canvas = paint_pad(next(iter(maps.values())), CANVAS, KIT)
        with gr.Tab("Upload", id=UPLOAD) as upload:
            file = picture_file(label="Map", sources=["upload", "clipboard"], height=420, elem_id="maps-upload")
    with gr.Row(equal_height=True):
        seed = seed_field(0, "Seed", "maps-seed", min_width=120)
        another = gr.Button("Another one", min_width=120, elem_id="maps-another")
    gr.Markdown("Or start from an example:", elem_classes=["hint", "last-on-phones"])
    gallery = example_gallery(maps, "Examples", "maps-examples")
    return Input(direction, gr.State(PAINT), tabs, paint, canvas, upload, file, seed, another, gallery)


def _result() -> Result:
    pair = pair_files(
        label="Before | after",
        format="png",
        slider_position=6,
        interactive=False,
        max_height=720,
        elem_id="maps-result",
        elem_classes="result",
    )
    with gr.Row():
        back = gr.Button("There and back", min_width=140, elem_id="maps-back")
        save = gr.Button("Download side by side", min_width=140, elem_id="maps-download")
    return Result(pair, back, save)


def _wire(ui: Input, result: Result, strip: gr.Gallery, calls: Calls) -> None:
    shown, pair = shown_on(result.pair), result.pair
    ui.paint_tab.select(lambda: PAINT, outputs=ui.shown, **PRIVATE)
    ui.upload_tab.select(lambda: UPLOAD, outputs=ui.shown, **PRIVATE)
    # Which of both is open is not asked where something is painted or uploaded: it may not be told yet.
    ui.canvas.input(calls.translate, ui.given(gr.State(PAINT)), pair, **LIVE)
    ui.upload.upload(calls.translate, ui.given(gr.State(UPLOAD)), pair, **shown)
    ui.seed.input(calls.translate, ui.given(), pair, **LIVE)
    ui.seed.change(None, ui.seed, js=note("maps", ["seed"]), **PRIVATE)
    ui.another.click(random_seed, outputs=ui.seed, **PRIVATE).then(calls.translate, ui.given(), pair, **LIVE)
    asked = [ui.direction, ui.seed]
    ui.examples.select(calls.choose, asked, [*ui.opened, pair], **shown)
    ui.direction.input(calls.turn, asked, [*ui.opened, pair, ui.examples, strip], **shown)
    result.back.click(calls.strip, ui.given(), strip, **shown_on(strip))
    downloads(result.save, calls.save, [ui.direction, pair], runs=PRIVATE)


TAB = Tab("Map ↔ Aerial", 20, build)
