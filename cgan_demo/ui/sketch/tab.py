"""The tab "Sketch → Photo": draw on a pad and get photos of what it shows, as you draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from ..components import ModelStore, example_gallery, foot, picture_file
from ..events import LIVE, MODEL, PRIVATE, downloads, shown_on
from ..kept import bring, note
from ..parts.paintpad import paint_pad
from ..seeds import random_seed, seed_field
from ..tabs import Tab
from .api import endpoints
from .calls import PENCIL, PLAN, Calls
from .subjects import EDGES, LABEL_KIT, OPENING, PENCIL_KIT, SUBJECTS, Sketches

METHOD = """
A U-Net reads the drawing and paints a photo along its lines, as in pix2pix (Isola et al., CVPR 2017). A code of eight
numbers says what the lines leave open, colour and material; the seed picks it among the codes of photos seen in
training, or it is read off a photo of yours. Training uses it both ways, as BicycleGAN does (Zhu et al., NIPS 2017,
[arXiv:1711.11586](https://arxiv.org/abs/1711.11586)): with the code of the true photo, which must then come back, and
with that of another photo, which must be readable from the picture it made.

Drawings of shoes and bags for training come from a machine that traces photos. A hand draws otherwise, so they are
bent, broken, thickened and reduced to outlines at random. "Fit my drawing" brings yours to the framing of those
pictures. House fronts are painted in the twelve label colours of the CMP set.
"""
PYTHON = """import cgan_demo
from PIL import Image

shoes = cgan_demo.load("edges-to-shoes")
photo = shoes(Image.open("drawing.png"), seed=0, fit=True)
photos = shoes.variations(Image.open("drawing.png"), 4, seed=1, fit=True)
drawing = cgan_demo.load("photo-to-edges")(Image.open("photo.jpg"))
front = cgan_demo.load("labels-to-facade")(Image.open("labels.png"), seed=0, style=Image.open("house.jpg"))
"""
CLIPBOARD: Any = ["upload", "clipboard"]

Examples = dict[str, dict[str, Image.Image]]


@dataclass(frozen=True)
class Drawing:
    """What is drawn, in one of three ways. pencil_box, plan_box: the pads' places, of which one is seen."""

    subject: gr.Radio
    tabs: gr.Tabs
    pencil_box: gr.Column
    pencil: gr.HTML
    plan_box: gr.Column
    plan: gr.HTML
    sheet: gr.Image
    photo: gr.Image


@dataclass(frozen=True)
class Settings:
    live: gr.Checkbox
    fit: gr.Checkbox
    go: gr.Button
    seed: gr.Number
    another: gr.Button
    surprise: gr.Button
    examples: gr.Gallery


@dataclass(frozen=True)
class Photo:
    """first: the seed of the first variation."""

    result: gr.Image
    hint: gr.Markdown
    more: gr.Button
    save: gr.Button
    variations: gr.Gallery
    first: gr.State
    style: gr.Image

    @property
    def shown(self) -> list[Any]:
        return [self.result, self.hint]


@dataclass(frozen=True)
class Components:
    drawing: Drawing
    settings: Settings
    photo: Photo

    @property
    def given(self) -> list[Any]:
        drawing, settings = self.drawing, self.settings
        return [drawing.subject, drawing.pencil, drawing.plan, settings.seed, settings.fit, self.photo.style]

    @property
    def places(self) -> list[Any]:
        return [self.drawing.pencil_box, self.drawing.plan_box, self.settings.fit, self.settings.examples]


def build(models: ModelStore) -> dict[str, Any]:
    """Lay out the tab, wire it, and return the arguments of the event that first fills it."""
    sketches = Sketches(models)
    examples = {name: subject.examples() for name, subject in SUBJECTS.items()}
    calls = Calls(sketches, examples)
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=320):
            inputs = _drawing(examples), _settings(examples[OPENING])
        with gr.Column(scale=6, min_width=320):
            ui = Components(*inputs, _photo())
    _wire(ui, calls)
    _wire_pad(ui, calls)
    _wire_variations(ui, calls)
    endpoints(sketches)
    foot(METHOD, [*(subject.model_id for subject in SUBJECTS.values()), EDGES], PYTHON)
    pads = [ui.drawing.pencil, ui.drawing.plan, ui.settings.seed]
    return {
        "fn": calls.first,
        "inputs": [*ui.given, gr.Textbox(visible="hidden")],
        "outputs": [ui.drawing.subject, *ui.places, *pads, *ui.photo.shown],
        "js": bring("sketch", [PENCIL, PLAN]),
        **shown_on(ui.photo.result),
    }


def _drawing(examples: Examples) -> Drawing:
    subject = gr.Radio(list(SUBJECTS), value=OPENING, show_label=False, container=False, elem_id="sketch-subject")
    first = {name: next(iter(drawings.values())) for name, drawings in examples.items()}
    with gr.Tabs(selected="draw", elem_id="sketch-tabs") as tabs:
        with gr.Tab("Draw", id="draw"):
            with gr.Column(elem_id="sketch-pencil") as pencil_box:
                pencil = paint_pad(first[OPENING], PENCIL, PENCIL_KIT)
            with gr.Column(visible=False, elem_id="sketch-paint") as plan_box:
                plan = paint_pad(first["House front"], PLAN, LABEL_KIT)
        with gr.Tab("Upload", id="sheet"):
            label = "A drawing, or a photo of one"
            sheet = picture_file(label=label, sources=CLIPBOARD, height=360, elem_id="sketch-sheet")
        with gr.Tab("From a photo", id="photo"):
            photo = picture_file(label="Photo", sources=CLIPBOARD, height=360, elem_id="sketch-photo")
    return Drawing(subject, tabs, pencil_box, pencil, plan_box, plan, sheet, photo)


def _settings(drawings: dict[str, Image.Image]) -> Settings:
    with gr.Row():
        live = gr.Checkbox(True, label="Live, as I draw", min_width=130, elem_id="sketch-live")
        fit = gr.Checkbox(True, label="Fit my drawing", min_width=130, elem_id="sketch-fit")
    go = gr.Button("Make the photo", variant="primary", visible=False, elem_id="sketch-go")
    with gr.Row(equal_height=True):
        seed = seed_field(0, "Seed", "sketch-seed", min_width=110)
        another = gr.Button("Another one", min_width=110, elem_id="sketch-another")
        surprise = gr.Button("Random drawing", min_width=110, elem_id="sketch-random")
    gr.Markdown("Or start from a drawing:", elem_classes=["hint", "last-on-phones"])
    gallery = example_gallery(drawings, "Drawings", "sketch-examples")
    return Settings(live, fit, go, seed, another, surprise, gallery)


def _photo() -> Photo:
    result = picture_file(
        label="Photo",
        format="png",
        interactive=False,
        height=520,
        buttons=["download", "fullscreen"],
        elem_id="sketch-result",
    )
    hint = gr.Markdown(visible=False, elem_id="sketch-hint")
    with gr.Row():
        more = gr.Button("Four variations", min_width=140, elem_id="sketch-more")
        save = gr.Button("Download side by side", min_width=140, elem_id="sketch-download")
    variations = gr.Gallery(
        label="Variations: click one to keep it",
        columns=4,
        height="auto",
        visible=False,
        allow_preview=False,
        interactive=False,
        elem_id="sketch-variations",
        elem_classes="examples",
    )
    with gr.Accordion("Style from a photo", open=False):
        label = "Its colours and material are taken; remove it to go back to the seed"
        style = picture_file(label=label, sources=CLIPBOARD, height=220, elem_id="sketch-style")
    return Photo(result, hint, more, save, variations, gr.State(0), style)


def _wire(ui: Components, calls: Calls) -> None:
    """What changes the photo of what is on the pad."""
    drawing, settings, style, shown = ui.drawing, ui.settings, ui.photo.style, ui.photo.shown
    # One event for all that changes the picture, so that an older answer never lands on a newer one.
    changes = [drawing.pencil.input, drawing.plan.input, settings.seed.input, settings.fit.input]
    changes += [style.upload, style.clear]
    gr.on(changes, calls.paint_live, [settings.live, *ui.given], shown, **LIVE)
    kept: list[gr.Radio | gr.Number] = [drawing.subject, settings.seed]
    gr.on([field.change for field in kept], None, kept, js=note("sketch", ("subject", "seed")), **PRIVATE)
    settings.live.change(lambda on: gr.update(visible=not on), settings.live, settings.go, **PRIVATE)
    settings.go.click(calls.paint, ui.given, shown, **shown_on(ui.photo.result))
    drawn = settings.another.click(random_seed, outputs=settings.seed, **PRIVATE)
    drawn.then(calls.paint, ui.given, shown, **LIVE)


def _wire_pad(ui: Components, calls: Calls) -> None:
    """What puts a drawing on the pad."""
    drawing, photo, shown = ui.drawing, ui.photo, shown_on(ui.photo.result)
    asked = [drawing.subject, ui.settings.seed, ui.settings.fit, photo.style]
    opened = [drawing.tabs, drawing.pencil, drawing.plan, *photo.shown]
    ui.settings.examples.select(calls.choose, asked, opened, **shown)
    ui.settings.surprise.click(calls.surprise, asked, opened, **shown)
    drawing.sheet.upload(calls.read, [drawing.sheet, *asked], opened, **shown)
    drawing.photo.upload(calls.trace, [drawing.photo, *asked], opened, **shown)
    drawing.subject.input(calls.switch, asked[:3], [*ui.places, photo.variations, photo.style, *opened], **shown)


def _wire_variations(ui: Components, calls: Calls) -> None:
    photo, quiet = ui.photo, {**MODEL, "show_progress": "hidden"}
    photo.more.click(calls.vary, ui.given[:5], [photo.variations, photo.first], **MODEL, show_progress="minimal")
    kept = photo.variations.select(calls.keep, photo.first, ui.settings.seed, **PRIVATE)
    kept.then(calls.paint, ui.given, photo.shown, **quiet)
    downloads(photo.save, calls.save, [*ui.given[:3], photo.result], runs=PRIVATE)


TAB = Tab("Sketch → Photo", 10, build)
