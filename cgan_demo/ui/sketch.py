"""The tab "Sketch → Photo": draw edges on a pad and get photos of what they show, as you draw."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.processing_utils import save_pil_to_cache
from PIL import Image

from ..errors import InputError
from .components import MODEL_QUEUE, ModelStore, foot, guarded, picture_file, press_when_ready
from .drawings import drawings
from .paintpad import PENCIL_KIT, from_data_url, paint_pad, to_data_url
from .translator import MAX_SEED, composite

MODEL, EDGES = "edges-to-shoes", "photo-to-edges"
VARIATIONS = 4
HINT = "Draw a shoe: start with its outline."
METHOD = """
A U-Net reads the drawing and paints a photo along its lines, as in pix2pix (Isola et al., CVPR 2017). A code of eight
numbers says what the lines leave open, colour and material; it is drawn at random by the seed, or read off a photo of
yours. Training uses it both ways, as BicycleGAN does (Zhu et al., NIPS 2017,
[arXiv:1711.11586](https://arxiv.org/abs/1711.11586)): with the code of the true photo, which must then come back, and
with a random one, which must be readable from the picture it made.

Drawings for training come from a machine that traces photos. A hand draws otherwise, so they are bent, broken,
thickened and reduced to outlines at random. "Fit my drawing" brings yours to the framing of those pictures.
"""
PYTHON = """import cgan_demo
from PIL import Image

photos = cgan_demo.load("edges-to-shoes")(Image.open("drawing.png"), seed=0, variations=4, fit=True)
drawing = cgan_demo.load("photo-to-edges")(Image.open("photo.jpg"))
"""


@dataclass(frozen=True)
class Sketches:
    """The tab's model calls: data URLs and files in, pictures out."""

    models: ModelStore

    def photos(
        self, drawing: Image.Image, seed: float | None, fit: bool, style: str | None = None, count: int = 1
    ) -> list[Image.Image]:
        return self.models(MODEL)(drawing, seed=int(seed or 0), style=style, variations=count, fit=bool(fit))

    def edges(self, photo: str | None) -> Image.Image:
        if photo is None:
            raise InputError("Choose a photo first.")
        return self.models(EDGES)(photo)


def is_blank(drawing: Image.Image) -> bool:
    """Whether nothing has been drawn."""
    return not any(drawing.convert("L").histogram()[:128])


def build(models: ModelStore) -> dict[str, Any]:
    """Lay out the tab, wire it, and return the arguments of the event that first fills it."""
    sketches, examples = Sketches(models), drawings()
    ui = _layout(examples)
    paint = _paint(sketches)
    _wire(ui, sketches, paint, list(examples.values()))
    _endpoints(sketches)
    foot(METHOD, [MODEL, EDGES], PYTHON)
    shown = {"show_progress": "minimal", "show_progress_on": ui["result"]}
    return {
        "fn": paint,
        "inputs": _inputs(ui),
        "outputs": _outputs(ui),
        "api_visibility": "private",
        **shown,
        **MODEL_QUEUE,
    }


def _layout(examples: dict[str, Image.Image]) -> dict[str, Any]:
    ui: dict[str, Any] = {}
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=320):
            with gr.Tabs(selected="draw") as ui["tabs"]:
                with gr.Tab("Draw", id="draw"):
                    ui["canvas"] = paint_pad(next(iter(examples.values())), "sketch-canvas", PENCIL_KIT)
                with gr.Tab("Start from a photo", id="photo"):
                    ui["photo"] = picture_file(
                        label="Photo", sources=["upload", "clipboard"], height=360, elem_id="sketch-photo"
                    )
            ui["fit"] = gr.Checkbox(True, label="Fit my drawing to the frame", elem_id="sketch-fit")
            with gr.Row(equal_height=True):
                ui["seed"] = gr.Number(
                    0, label="Seed", precision=0, minimum=0, maximum=MAX_SEED, min_width=120, elem_id="sketch-seed"
                )
                ui["another"] = gr.Button("Another one", min_width=120, elem_id="sketch-another")
            gr.Markdown("Or start from a drawing:", elem_classes=["hint", "last-on-phones"])
            ui["examples"] = gr.Gallery(
                [(image, name) for name, image in examples.items()],
                label="Drawings",
                show_label=False,
                columns=4,
                height="auto",
                allow_preview=False,
                interactive=False,
                buttons=[],
                elem_id="sketch-examples",
                elem_classes=["examples", "last-on-phones"],
            )
        with gr.Column(scale=6, min_width=320):
            _result_column(ui)
    return ui


def _result_column(ui: dict[str, Any]) -> None:
    ui["result"] = gr.Image(
        label="Photo",
        type="pil",
        format="png",
        interactive=False,
        height=520,
        buttons=["download", "fullscreen"],
        elem_id="sketch-result",
    )
    ui["hint"] = gr.Markdown(visible=False, elem_id="sketch-hint")
    with gr.Row():
        ui["more"] = gr.Button("Four variations", min_width=140, elem_id="sketch-more")
        ui["download"] = gr.Button("Download side by side", min_width=140, elem_id="sketch-download")
    ui["file"] = gr.DownloadButton(visible="hidden", elem_id="sketch-file")
    ui["variations"] = gr.Gallery(
        label="Variations: click one to keep it",
        columns=4,
        height="auto",
        visible=False,
        allow_preview=False,
        interactive=False,
        elem_id="sketch-variations",
        elem_classes="examples",
    )
    ui["first"] = gr.State(0)
    with gr.Accordion("Style from a photo", open=False):
        ui["style"] = picture_file(
            label="Its colours and material are taken; remove it to go back to the seed",
            sources=["upload", "clipboard"],
            height=220,
            elem_id="sketch-style",
        )


def _inputs(ui: dict[str, Any]) -> list[Any]:
    return [ui["canvas"], ui["seed"], ui["fit"], ui["style"]]


def _outputs(ui: dict[str, Any]) -> list[Any]:
    return [ui["result"], ui["hint"]]


def _paint(sketches: Sketches) -> Any:
    @guarded
    def paint(canvas: str | None, seed: float | None, fit: bool, style: str | None) -> tuple[Any, Any]:
        return _photo(sketches, from_data_url(canvas), seed, fit, style)

    return paint


def _photo(
    sketches: Sketches, drawing: Image.Image, seed: float | None, fit: bool, style: str | None
) -> tuple[Any, Any]:
    """New values of result and hint; an empty pad gets words, not a picture of noise."""
    if is_blank(drawing):
        return None, gr.update(value=HINT, visible=True)
    return sketches.photos(drawing, seed, fit, style)[0], gr.update(visible=False)


def _wire(ui: dict[str, Any], sketches: Sketches, paint: Any, examples: list[Image.Image]) -> None:
    private: dict[str, Any] = {"api_visibility": "private"}
    live = {**private, **MODEL_QUEUE, "trigger_mode": "always_last", "show_progress": "hidden"}
    shown = {**private, **MODEL_QUEUE, "show_progress": "minimal", "show_progress_on": ui["result"]}
    # One event for all that changes the picture, so that an older answer never lands on a newer one.
    triggers = [ui["canvas"].input, ui["seed"].input, ui["fit"].input, ui["style"].upload, ui["style"].clear]
    gr.on(triggers, paint, _inputs(ui), _outputs(ui), **live)
    ui["another"].click(lambda: random.randint(0, MAX_SEED - VARIATIONS), outputs=ui["seed"], **private).then(
        paint, _inputs(ui), _outputs(ui), **live
    )

    @guarded
    def choose(seed: float | None, fit: bool, style: str | None, event: gr.SelectData) -> tuple[Any, ...]:
        drawing = examples[event.index]
        return gr.Tabs(selected="draw"), to_data_url(drawing), *_photo(sketches, drawing, seed, fit, style)

    @guarded
    def trace(photo: str | None, seed: float | None, fit: bool, style: str | None) -> tuple[Any, ...]:
        drawing = sketches.edges(photo)
        return gr.Tabs(selected="draw"), to_data_url(drawing), *_photo(sketches, drawing, seed, fit, style)

    target = [ui["tabs"], ui["canvas"], *_outputs(ui)]
    ui["examples"].select(choose, _inputs(ui)[1:], target, **shown)
    ui["photo"].upload(trace, [ui["photo"], *_inputs(ui)[1:]], target, **shown)

    @guarded
    def vary(canvas: str | None, seed: float | None, fit: bool) -> tuple[Any, Any]:
        drawing, first = from_data_url(canvas), int(seed or 0) + 1
        photos = sketches.photos(drawing, first, fit, count=VARIATIONS)
        return gr.update(value=[(p, f"seed {first + i}") for i, p in enumerate(photos)], visible=True), first

    def keep(first: int, event: gr.SelectData) -> int:
        return first + event.index

    ui["more"].click(vary, _inputs(ui)[:3], [ui["variations"], ui["first"]], **{**shown, "show_progress_on": None})
    ui["variations"].select(keep, ui["first"], ui["seed"], **private).then(paint, _inputs(ui), _outputs(ui), **live)

    @guarded
    def save(canvas: str | None, photo: Image.Image | None) -> str:
        if photo is None:
            raise InputError("There is no photo to download yet: draw something first.")
        return save_pil_to_cache(composite((from_data_url(canvas), photo)), ui["result"].GRADIO_CACHE, MODEL, "png")

    ui["download"].click(save, [ui["canvas"], ui["result"]], ui["file"], **private).then(
        None, js=press_when_ready("sketch-file"), **private
    )


def _endpoints(sketches: Sketches) -> None:
    """The capabilities as an API: each takes its own hidden components."""
    from ..images import open_image

    @guarded
    def sketch_to_photo(drawing: str | None, seed: float | None, fit: bool, style: str | None) -> Image.Image:
        return sketches.photos(open_image(drawing), seed, fit, style)[0]

    @guarded
    def sketch_variations(drawing: str | None, seed: float | None, fit: bool, style: str | None) -> list[Image.Image]:
        return sketches.photos(open_image(drawing), seed, fit, count=VARIATIONS)

    @guarded
    def photo_to_edges(photo: str | None) -> Image.Image:
        return sketches.edges(photo)

    with gr.Group(visible=False):
        drawing, style = picture_file(label="drawing"), picture_file(label="style: a photo, or nothing")
        seed = gr.Number(0, label="seed", precision=0, minimum=0, maximum=MAX_SEED)
        fit, call = gr.Checkbox(True, label="fit"), gr.Button()
        picture, pictures = gr.Image(label="result", format="png"), gr.Gallery(label="pictures", format="png")
        given = [drawing, seed, fit, style]
        call.click(sketch_to_photo, given, picture, api_name="sketch_to_photo", **MODEL_QUEUE)
        call.click(sketch_variations, given, pictures, api_name="sketch_variations", **MODEL_QUEUE)
        call.click(photo_to_edges, drawing, picture, api_name="photo_to_edges", **MODEL_QUEUE)
