"""The tab "Age": a face at every age, while a slider is dragged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from ...bundled import assets
from ..components import ModelStore, example_gallery, foot, picture_file
from ..events import LIVE, MODEL, PRIVATE, QUIET, downloads, live_on, script, shown_on
from ..parts import part
from ..tabs import Tab
from .api import endpoints
from .calls import CHILD, Calls
from .faces import GENDERS, MODEL_ID, Faces, changes_photos, own_detail

METHOD = """
A residual U-Net looks at the photo and says what to change for an age and a gender: what moves, and what is painted
over. Everything else stays the photo's own, so that it keeps its sharpness and goes back into the whole picture without
a seam. The photo is read once for all ages, and nobody has to say how old the person is.

It learns from pairs of one person at two ages, which no photographer could take: our own GAN of faces makes them, by
going along its direction of age. That is the idea of FRAN (Zoss et al., *Production-Ready Face Re-Aging for Visual
Effects*, SIGGRAPH Asia 2022). On real faces a discriminator and a reader of ages keep the results believable.

The paper that began it, the conditional adversarial autoencoder (Zhang, Song, Qi, CVPR 2017,
[arXiv:1702.08423](https://arxiv.org/abs/1702.08423)), squeezes a face into fifty numbers and draws it anew from these,
an age and a gender; it remains a recipe of training: `cgan-demo train face-aging --recipe paper`.
"""
NOTE = """**What this can say, and what not.** It shows what photos of people of an age have in common in one collection
of pictures from the web; it knows nothing about you, your health or your future. It changes
skin and features, hardly hair, and nothing outside the face. It guesses: it will be wrong about weight and illness, and
is less sure of children, old people and people the collection shows seldom.
**Your photo is not kept**: its file is removed as soon as it was read, and it is held in memory only while this page is
open, and for ten minutes after that. What you download stays with you; please do not use it to deceive."""
PYTHON = """import cgan_demo

age = cgan_demo.load("face-aging")
age("photo.jpg", age=70)                        # the face
age("photo.jpg", age=70, whole=True)            # the whole photo

read = age.encode(age.crop("photo.jpg"))        # once
faces = [age.decode(read, years) for years in range(5, 80, 5)]
between = age.decode(age.mix(read, age.encode(age.crop("other.jpg")), 0.5), 30)
"""
FACES = assets() / "faces"


def examples() -> dict[str, Image.Image]:
    """Aligned faces that no real person has, made by our own models."""
    return {f"Face {path.stem}": Image.open(path).convert("RGB") for path in sorted(FACES.glob("*.png"))}


@dataclass(frozen=True)
class Components:
    sitting: gr.State
    photo: gr.Image
    marker: gr.HTML
    gender: gr.Radio
    detail: gr.Slider
    examples: gr.Gallery
    view: gr.HTML
    age: gr.Slider
    save: gr.Button
    save_strip: gr.Button
    save_film: gr.Button
    strip: gr.HTML

    @property
    def knobs(self) -> list[Any]:
        return [self.age, self.gender, self.detail]

    @property
    def opened(self) -> list[Any]:
        return [self.sitting, self.photo, self.marker, self.view, self.strip]


@dataclass(frozen=True)
class Mixing:
    """What mixes the face with another one."""

    read: gr.State
    other: gr.Image
    examples: gr.Gallery
    mixed: gr.HTML
    share: gr.Slider
    child: gr.Button


def build(models: ModelStore) -> dict[str, Any]:
    """Lay out the tab, wire it, and return the arguments of the event that first fills it."""
    faces, pictures = Faces(models), examples()
    ui = _layout(pictures)
    with gr.Accordion("Mix with another face", open=False, elem_id="age-morph"):
        mixing = _mixing(pictures)
    gr.Markdown(NOTE, elem_classes="hint", elem_id="age-note")
    calls = Calls(faces, list(pictures.values()), ui.photo.GRADIO_CACHE)
    _wire(ui, calls)
    _wire_mixing(ui, mixing, calls)
    endpoints(faces, ui.photo.GRADIO_CACHE)
    foot(METHOD, [MODEL_ID, "face-finder"], PYTHON)
    return {"fn": calls.open, "inputs": ui.knobs, "outputs": ui.opened, **MODEL}


def _layout(pictures: dict[str, Image.Image]) -> Components:
    sitting = gr.State()
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=320):
            inputs = _input_column(pictures)
        with gr.Column(scale=6, min_width=320):
            view = part("agedview", None, "age-view")
            age = gr.Slider(1, 80, 60, step=1, label="Age", elem_id="age-slider")
            with gr.Row():
                saves = [
                    gr.Button("Download the picture", min_width=120, elem_id="age-save"),
                    gr.Button("… all ages", min_width=120, elem_id="age-save-strip"),
                    gr.Button("… an animation", min_width=120, elem_id="age-save-film"),
                ]
    return Components(sitting, *(*inputs, view, age, *saves, part("facestrip", None, "age-strip")))


def _photo(label: str, height: int, elem_id: str) -> gr.Image:
    sources: Any = ["upload", "webcam", "clipboard"]
    return picture_file(True, label=label, sources=sources, height=height, elem_id=elem_id)


def _input_column(pictures: dict[str, Image.Image]) -> tuple[Any, ...]:
    photo = _photo("A photo of a face", 190, "age-photo")
    marker = part("facemarker", None, "age-marker")
    gender = gr.Radio(list(GENDERS), value="As read", label="Shown as", elem_id="age-gender")
    info = "1 keeps all of it; 0 is what the model sees" if changes_photos() else "0 is the model alone"
    detail = gr.Slider(0, 1, own_detail(), step=0.05, label="Your photo's own detail", info=info, elem_id="age-detail")
    gr.Markdown("Or take a face that nobody has; our models made them:", elem_classes=["hint", "last-on-phones"])
    return photo, marker, gender, detail, example_gallery(pictures, "Faces", "age-examples")


def _mixing(pictures: dict[str, Image.Image]) -> Mixing:
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=280):
            other = _photo("The other face", 160, "age-other")
            gallery = example_gallery(pictures, "Faces", "age-other-examples")
        with gr.Column(scale=6, min_width=280):
            mixed = part("picture", None, "age-mixed")
            share = gr.Slider(0, 1, 0.5, step=0.01, label="Share of the other face", elem_id="age-share")
            child = gr.Button(f"Their child at {CHILD}", elem_id="age-child")
    return Mixing(gr.State(), other, gallery, mixed, share, child)


def _wire(ui: Components, calls: Calls) -> None:
    sitting, knobs = ui.sitting, ui.knobs
    ui.photo.input(calls.upload, [ui.photo, *knobs], ui.opened, **shown_on(ui.view))
    ui.examples.select(calls.choose, knobs, ui.opened, **shown_on(ui.view))
    ui.marker.input(calls.correct, [sitting, ui.marker, *knobs], [sitting, ui.view, ui.strip], **live_on(ui.view))
    # One event for all that changes the picture, so that an older answer never lands on a newer one. `change` and not
    # `input`: a click on the strip moves the slider, too.
    gr.on([knob.change for knob in knobs], calls.step, [sitting, *knobs], ui.view, **LIVE)
    gr.on([knob.change for knob in knobs[:2]], None, knobs[:2], js=script("age", "told", GENDERS), **PRIVATE)
    ui.detail.release(calls.strip, [sitting, ui.age, ui.detail], ui.strip, **LIVE)
    ui.strip.input(calls.picked, ui.strip, knobs[:2], **QUIET)
    downloads(ui.save, calls.save, [sitting, *knobs, gr.Textbox(visible="hidden")], script("age", "shown"))
    downloads(ui.save_strip, calls.save_strip, [sitting, ui.detail])
    downloads(ui.save_film, calls.save_film, [sitting, *knobs[1:]])


def _wire_mixing(ui: Components, mixing: Mixing, calls: Calls) -> None:
    given = [ui.sitting, mixing.share, *ui.knobs]
    shown, made = shown_on(mixing.mixed), [mixing.read, mixing.mixed]
    mixing.other.input(calls.other, [mixing.other, *given], [mixing.read, mixing.other, mixing.mixed], **shown)
    mixing.examples.select(calls.choose_other, given, made, **shown)
    changes = [mixing.share.input, ui.age.change, ui.gender.change]
    gr.on(changes, calls.mix, [mixing.read, *given], mixing.mixed, **LIVE)
    mixing.child.click(
        calls.child, [mixing.read, ui.sitting, mixing.share, ui.gender, ui.detail], mixing.mixed, **shown
    )


TAB = Tab("Age", 30, build)
