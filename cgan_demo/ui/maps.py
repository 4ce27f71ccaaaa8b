"""The tab "Map ↔ Aerial": paint or upload a map and see it from the air, or the reverse."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.processing_utils import save_pil_to_cache
from PIL import Image

from .components import (
    MODEL_QUEUE,
    ModelStore,
    example_gallery,
    foot,
    guarded,
    pair_files,
    picture_file,
    press_when_ready,
    selected,
)
from .examples import painted_maps
from .kept import Kept, bring, note
from .paintpad import paint_pad, to_data_url
from .translator import MAX_SEED, MODEL_IDS, TO_AERIAL, Pair, Translator, composite, endpoints

METHOD = """
A U-Net reads the picture and paints its counterpart, pixel for pixel. It was trained on pairs of maps and aerial
photographs of the same places. A second network, the discriminator, looked at map and aerial together and learned to
tell true pairs from painted ones; the U-Net learned to pass. An L1 term keeps the painting close to the true
counterpart, and random noise, fixed by the seed, decides what a map leaves open, such as roofs and trees. What it
paints is plausible, not true: no building in these aerials exists.

Paper: Isola, Zhu, Zhou and Efros, *Image-to-Image Translation with Conditional Adversarial Networks*, CVPR 2017
([arXiv:1611.07004](https://arxiv.org/abs/1611.07004)).
"""
CANVAS = "maps-canvas"
PYTHON = """import cgan_demo
from PIL import Image

aerial = cgan_demo.load("map-to-aerial")(Image.open("map.png"), seed=0)
aerial.save("aerial.png")
back = cgan_demo.load("aerial-to-map")(aerial, seed=0)
"""


def build(models: ModelStore) -> dict[str, Any]:
    """Lay out the tab, wire it, and return the arguments of the page's `load` event that fills it."""
    translator, maps = Translator(models), painted_maps()
    ui = _layout(maps)
    _wire(ui, translator, list(maps.values()))
    endpoints(translator, next(iter(maps.values())))
    foot(METHOD, list(MODEL_IDS.values()), PYTHON)
    return {
        "fn": _opening_function(translator),
        "inputs": [*ui.inputs, ui.kept],
        "outputs": [ui.result, ui.canvas, ui.seed],
        "js": bring("maps", [CANVAS]),
        "show_progress": "minimal",
        "show_progress_on": ui.result,
        "api_visibility": "private",
        **MODEL_QUEUE,
    }


@dataclass(frozen=True)
class _Parts:
    direction: gr.Radio
    tab: gr.State
    tabs: gr.Tabs
    paint_tab: gr.Tab
    upload_tab: gr.Tab
    canvas: gr.HTML
    upload: gr.Image
    seed: gr.Number
    another: gr.Button
    examples: gr.Gallery
    result: gr.ImageSlider
    back_button: gr.Button
    download: gr.Button
    file: gr.DownloadButton
    strip: gr.Gallery
    kept: gr.Textbox

    @property
    def inputs(self) -> list[Any]:
        return [self.direction, self.tab, self.canvas, self.upload, self.seed]


def _layout(maps: dict[str, Image.Image]) -> _Parts:
    p: dict[str, Any] = {"tab": gr.State("paint")}
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=320):
            p |= _input_column(maps)
        with gr.Column(scale=6, min_width=320):
            p |= _result_column()
    p["strip"] = gr.Gallery(
        label="There and back", columns=4, height="auto", visible=False, interactive=False, elem_id="maps-strip"
    )
    p["kept"] = gr.Textbox(visible="hidden", elem_id="maps-kept")
    return _Parts(**p)


def _input_column(maps: dict[str, Image.Image]) -> dict[str, Any]:
    p: dict[str, Any] = {}
    p["direction"] = gr.Radio(
        list(MODEL_IDS), value=TO_AERIAL, show_label=False, container=False, elem_id="maps-direction"
    )
    with gr.Tabs(selected="paint", elem_id="maps-tabs") as p["tabs"]:
        with gr.Tab("Paint", id="paint") as p["paint_tab"]:
            p["canvas"] = paint_pad(next(iter(maps.values())), elem_id=CANVAS)
        with gr.Tab("Upload", id="upload") as p["upload_tab"]:
            p["upload"] = picture_file(label="Map", sources=["upload", "clipboard"], height=420, elem_id="maps-upload")
    with gr.Row(equal_height=True):
        p["seed"] = gr.Number(
            0, label="Seed", precision=0, minimum=0, maximum=MAX_SEED, min_width=120, elem_id="maps-seed"
        )
        p["another"] = gr.Button("Another one", min_width=120, elem_id="maps-another")
    gr.Markdown("Or start from an example:", elem_classes=["hint", "last-on-phones"])
    p["examples"] = example_gallery(maps, "Examples", "maps-examples")
    return p


def _result_column() -> dict[str, Any]:
    p: dict[str, Any] = {}
    p["result"] = pair_files(
        label="Before | after",
        format="png",
        slider_position=6,
        interactive=False,
        max_height=720,
        elem_id="maps-result",
        elem_classes="result",
    )
    with gr.Row():
        p["back_button"] = gr.Button("There and back", min_width=140, elem_id="maps-back")
        p["download"] = gr.Button("Download side by side", min_width=140, elem_id="maps-download")
    p["file"] = gr.DownloadButton(visible="hidden", elem_id="maps-file")
    return p


def _pair_function(translator: Translator) -> Callable[..., Pair]:
    @guarded
    def translate(
        direction: str,
        tab: str,
        canvas: str | None,
        upload: str | None,
        seed: float | None,
        progress: Any = gr.Progress(),
    ) -> Pair:
        image = translator.source(direction, tab, canvas, upload)
        return image, translator.run(direction, image, seed, progress)

    return translate


def _opening_function(translator: Translator) -> Callable[..., tuple[Any, ...]]:
    """New values of result, canvas and seed: of what was kept, where something was."""
    translate = _pair_function(translator)

    def opening(
        direction: str,
        tab: str,
        canvas: str | None,
        upload: str | None,
        seed: float | None,
        kept: str | None,
        progress: Any = gr.Progress(),
    ) -> tuple[Any, ...]:
        found = Kept.read(kept)
        painting, number = found.painting(CANVAS), found.whole("seed", MAX_SEED)
        pair = translate(direction, tab, painting or canvas, upload, seed if number is None else number, progress)
        return pair, painting or gr.skip(), gr.skip() if number is None else number

    return opening


def _wire(ui: _Parts, translator: Translator, maps: list[Image.Image]) -> None:
    translate = _pair_function(translator)
    private: dict[str, Any] = {"api_visibility": "private"}
    model = {**private, **MODEL_QUEUE}
    live = {**model, "trigger_mode": "always_last", "show_progress": "hidden"}
    shown = {**model, "show_progress": "minimal", "show_progress_on": ui.result}

    ui.paint_tab.select(lambda: "paint", outputs=ui.tab, **private)
    ui.upload_tab.select(lambda: "upload", outputs=ui.tab, **private)
    painted = [ui.direction, gr.State("paint"), *ui.inputs[2:]]
    uploaded = [ui.direction, gr.State("upload"), *ui.inputs[2:]]
    ui.canvas.input(translate, painted, ui.result, **live)
    ui.upload.upload(translate, uploaded, ui.result, **shown)
    ui.seed.input(translate, ui.inputs, ui.result, **live)
    ui.seed.change(None, ui.seed, js=note("maps", ["seed"]), **private)
    ui.another.click(lambda: random.randint(0, MAX_SEED), outputs=ui.seed, **private).then(
        translate, ui.inputs, ui.result, **live
    )
    _wire_examples(ui, translator, maps, shown)
    _wire_strip_and_download(ui, translator, shown, private)


def _wire_examples(ui: _Parts, translator: Translator, maps: list[Image.Image], shown: dict[str, Any]) -> None:
    def chosen(index: int, direction: str, seed: float | None) -> tuple[Any, Any, Pair]:
        """New values of canvas, upload and result for an example."""
        if direction == TO_AERIAL:
            image, canvas, upload = maps[index], to_data_url(maps[index]), None
        else:  # aerials are made by our own model from the painted maps
            image, canvas = translator.run(TO_AERIAL, maps[index], 0), gr.skip()
            upload = image
        return canvas, upload, (image, translator.run(direction, image, seed))

    @guarded
    def choose(direction: str, seed: float | None, event: gr.EventData) -> tuple[Any, ...]:
        tab = "paint" if direction == TO_AERIAL else "upload"
        return (tab, gr.Tabs(selected=tab), *chosen(selected(event, len(maps)), direction, seed))

    @guarded
    def turn(direction: str, seed: float | None) -> tuple[Any, ...]:
        to_aerial = direction == TO_AERIAL
        tab = "paint" if to_aerial else "upload"
        canvas, upload, pair = chosen(0, direction, seed)
        gallery = maps if to_aerial else [translator.run(TO_AERIAL, image, 0) for image in maps]
        picture = gr.update(value=upload, label="Map" if to_aerial else "Aerial photograph")
        return (
            tab,
            gr.Tabs(selected=tab),
            canvas,
            picture,
            pair,
            gallery,
            gr.update(visible=False),
        )

    target = [ui.tab, ui.tabs, ui.canvas, ui.upload, ui.result]
    ui.examples.select(choose, [ui.direction, ui.seed], target, **shown)
    ui.direction.input(turn, [ui.direction, ui.seed], [*target, ui.examples, ui.strip], **shown)


def _wire_strip_and_download(
    ui: _Parts, translator: Translator, shown: dict[str, Any], private: dict[str, Any]
) -> None:
    @guarded
    def fill_strip(direction: str, tab: str, canvas: str | None, upload: str | None, seed: float | None) -> Any:
        image = translator.source(direction, tab, canvas, upload)
        return gr.Gallery(value=translator.round_trip(direction, image, seed), visible=True)

    @guarded
    def save(direction: str, pair: tuple[str | None, str | None] | None) -> str:
        from ..images import open_image

        if not pair or None in pair:
            raise gr.Error("There is no result to download yet.", print_exception=False)
        left, right = (open_image(path) for path in pair)
        return save_pil_to_cache(composite((left, right)), ui.result.GRADIO_CACHE, MODEL_IDS[direction], "png")

    ui.back_button.click(fill_strip, ui.inputs, ui.strip, **{**shown, "show_progress_on": ui.strip})
    ui.download.click(save, [ui.direction, ui.result], ui.file, **private).then(
        None, js=press_when_ready("maps-file"), **private
    )
