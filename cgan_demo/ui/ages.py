"""The tab "Age": a face at every age, while a slider is dragged."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from ..bundled import assets
from ..errors import InputError
from .components import MODEL_QUEUE, ModelStore, example_gallery, foot, guarded, picture_file, selected
from .faceapi import endpoints
from .facework import (
    ENOUGH,
    GENDERS,
    MODEL_ID,
    Faces,
    Sitting,
    changes_photos,
    face_value,
    marker_value,
    own_detail,
    strip_value,
    take,
)
from .parts import UNREADABLE, part, sent_number
from .uploads import SAVE, data_url, download

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
PRIVATE: dict[str, Any] = {"api_visibility": "private"}
FACES = assets() / "faces"
TELL = f"""(age, gender) => window.dispatchEvent(new CustomEvent("cgan-age",
    {{ detail: {{ age, gender: {json.dumps(GENDERS)}[gender] }} }}))"""
SHOWN = """(...given) => [...given.slice(0, -1), document.querySelector("#age-view .view").dataset.shown]"""
CHILD = 6  # years


def examples() -> dict[str, Image.Image]:
    """Aligned faces that no real person has, made by our own models."""
    return {f"Face {path.stem}": Image.open(path).convert("RGB") for path in sorted(FACES.glob("*.png"))}


def build(models: ModelStore) -> dict[str, Any]:
    """Lay out the tab, wire it, and return the arguments of the event that first fills it."""
    faces, pictures = Faces(models), examples()
    ui = _layout(pictures)
    calls = _Calls(faces, list(pictures.values()), ui["photo"].GRADIO_CACHE)
    _wire(ui, calls)
    _wire_morph(ui, calls)
    endpoints(faces, ui["photo"].GRADIO_CACHE)
    foot(METHOD, [MODEL_ID, "face-finder"], PYTHON)
    knobs = [ui["age"], ui["gender"], ui["detail"]]
    return {"fn": guarded(calls.open), "inputs": knobs, "outputs": _opened(ui), **PRIVATE, **MODEL_QUEUE}


def _layout(pictures: dict[str, Image.Image]) -> dict[str, Any]:
    ui: dict[str, Any] = {"sitting": gr.State(), "other_read": gr.State()}
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=320):
            _input_column(ui, pictures)
        with gr.Column(scale=6, min_width=320):
            ui["view"] = part("agedview", None, "age-view")
            ui["age"] = gr.Slider(1, 80, 60, step=1, label="Age", elem_id="age-slider")
            with gr.Row():
                ui["save"] = gr.Button("Download the picture", min_width=120, elem_id="age-save")
                ui["save_strip"] = gr.Button("… all ages", min_width=120, elem_id="age-save-strip")
                ui["save_film"] = gr.Button("… an animation", min_width=120, elem_id="age-save-film")
    ui["strip"] = part("facestrip", None, "age-strip")
    with gr.Accordion("Mix with another face", open=False, elem_id="age-morph"):
        _morph_section(ui, pictures)
    gr.Markdown(NOTE, elem_classes="hint", elem_id="age-note")
    ui["file"] = gr.Textbox(visible="hidden", elem_id="age-file")
    ui["shown"] = gr.Textbox(visible="hidden", elem_id="age-shown")
    return ui


def _input_column(ui: dict[str, Any], pictures: dict[str, Image.Image]) -> None:
    ui["photo"] = picture_file(
        removed=True,
        label="A photo of a face",
        sources=["upload", "webcam", "clipboard"],
        height=190,
        elem_id="age-photo",
    )
    ui["marker"] = part("facemarker", None, "age-marker")
    ui["gender"] = gr.Radio(list(GENDERS), value="As read", label="Shown as", elem_id="age-gender")
    ui["detail"] = gr.Slider(
        0,
        1,
        own_detail(),
        step=0.05,
        label="Your photo's own detail",
        info="1 keeps all of it; 0 is what the model sees" if changes_photos() else "0 is the model alone",
        elem_id="age-detail",
    )
    gr.Markdown("Or take a face that nobody has; our models made them:", elem_classes=["hint", "last-on-phones"])
    ui["examples"] = example_gallery(pictures, "Faces", "age-examples")


def _morph_section(ui: dict[str, Any], pictures: dict[str, Image.Image]) -> None:
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=280):
            ui["other"] = picture_file(
                removed=True,
                label="The other face",
                sources=["upload", "webcam", "clipboard"],
                height=160,
                elem_id="age-other",
            )
            ui["other_examples"] = example_gallery(pictures, "Faces", "age-other-examples")
        with gr.Column(scale=6, min_width=280):
            ui["mixed"] = part("faceview", json.dumps({"alone": True}), "age-mixed")
            ui["share"] = gr.Slider(0, 1, 0.5, step=0.01, label="Share of the other face", elem_id="age-share")
            ui["child"] = gr.Button(f"Their child at {CHILD}", elem_id="age-child")


def _opened(ui: dict[str, Any]) -> list[Any]:
    return [ui["sitting"], ui["photo"], ui["marker"], ui["view"], ui["strip"]]


@dataclass(frozen=True)
class _Calls:
    """What the events do. New values of `_opened` are state, emptied upload, marker, view and strip."""

    faces: Faces
    pictures: list[Image.Image]
    uploads: str

    def open(self, age: float, gender: str, detail: float, index: int = 0) -> tuple[Any, ...]:
        """An example face, which is aligned already."""
        if not self.pictures:
            return (gr.skip(),) * 5
        return self._opened(self._example(index), age, gender, detail)

    def upload(self, path: str | None, age: float, gender: str, detail: float) -> tuple[Any, ...]:
        if path is None:  # the field was emptied, which opening the webcam does, too
            return (gr.skip(),) * 5
        return self._opened(self.faces.sit(take(path, self.uploads, ENOUGH)), age, gender, detail)

    def correct(
        self, sitting: Sitting | None, message: str, age: float, gender: str, detail: float
    ) -> tuple[Any, Any, Any]:
        if sitting is None:
            raise InputError("Choose a photo first.")
        sitting = self.faces.corrected(sitting, message)
        return sitting, *self._pictures(sitting, age, gender, detail)

    def step(self, sitting: Sitting | None, age: float, gender: str, detail: float) -> Any:
        if sitting is None or sitting.read is None:
            return gr.skip()
        return json.dumps(self.faces.shown(sitting.read, age, gender, detail))

    def strip(self, sitting: Sitting | None, age: float, detail: float) -> Any:
        if sitting is None or sitting.read is None:
            return gr.skip()
        return strip_value(self.faces.rows(sitting.read, detail), age)

    def save(self, sitting: Sitting | None, age: float, gender: str, detail: float, shown: str) -> str:
        """What the view shows, in the photo's own resolution; `shown` is "photo" or "face"."""
        _read(sitting)
        assert sitting is not None
        picture = self.faces.full(sitting, age, gender, detail, shown == "photo")
        return download(f"{'photo' if shown == 'photo' else 'face'}-at-{float(age):.0f}.jpg", data_url(picture))

    def save_strip(self, sitting: Sitting | None, detail: float) -> str:
        return download("face-at-all-ages.jpg", data_url(self.faces.sheet(_read(sitting), detail)))

    def save_film(self, sitting: Sitting | None, gender: str, detail: float) -> str:
        film = base64.b64encode(self.faces.film(_read(sitting), gender, detail)).decode("ascii")
        return download("face-ageing.gif", f"data:image/gif;base64,{film}")

    def other(self, path: str | None, *given: Any) -> tuple[Any, Any, Any]:
        if path is None:
            return (gr.skip(),) * 3
        other = self.faces.sit(take(path, self.uploads, ENOUGH))
        if other.read is None:
            raise InputError("No face was found in the other photo: choose one of a face from the front.")
        return other.read, None, self.mix(other.read, *given)

    def other_example(self, index: int, *given: Any) -> tuple[Any, Any]:
        read = self._example(index).read
        return read, self.mix(read, *given)

    def mix(self, other: Any, sitting: Sitting | None, share: float, age: float, gender: str, detail: float) -> Any:
        if other is None or sitting is None or sitting.read is None:
            return gr.skip()
        mixed = self.faces.ager.mix(sitting.read, other, float(share))
        return json.dumps({**self.faces.shown(mixed, age, gender, detail), "alone": True})

    def child(self, other: Any, sitting: Sitting | None, share: float, gender: str, detail: float) -> Any:
        if other is None:
            raise InputError("There is no other face yet: choose a second photo, or click one of the faces beside it.")
        mixed = self.faces.ager.mix(_read(sitting), other, float(share))
        shown = self.faces.shown(mixed, CHILD, gender, detail)
        return json.dumps({**shown, "caption": f"Their child at {CHILD}", "alone": True})

    def _example(self, index: int) -> Sitting:
        from ..data.alignment import LEFT_EYE, RIGHT_EYE, Eyes

        picture = self.pictures[index]
        return self.faces.sit(picture, Eyes(LEFT_EYE, RIGHT_EYE).scaled(*picture.size))

    def _opened(self, sitting: Sitting, age: float, gender: str, detail: float) -> tuple[Any, ...]:
        return sitting, None, marker_value(sitting), *self._pictures(sitting, age, gender, detail)

    def _pictures(self, sitting: Sitting, age: float, gender: str, detail: float) -> tuple[Any, Any]:
        """New values of view and strip."""
        if sitting.read is None:
            words = "No face was found in this photo: put a dot on each eye, or choose another photo."
            return json.dumps({"words": words}), gr.skip()
        view = {**self.faces.shown(sitting.read, age, gender, detail), **face_value(sitting)}
        return json.dumps(view), self.strip(sitting, age, detail)


def _read(sitting: Sitting | None) -> Any:
    if sitting is None or sitting.read is None:
        raise InputError("There is no face yet: choose a photo, or click one of the faces.")
    return sitting.read


def _wire(ui: dict[str, Any], calls: _Calls) -> None:
    knobs = [ui["age"], ui["gender"], ui["detail"]]
    shown = {**PRIVATE, **MODEL_QUEUE, "show_progress": "minimal", "show_progress_on": ui["view"]}
    live = {**PRIVATE, **MODEL_QUEUE, "trigger_mode": "always_last", "show_progress": "hidden"}

    @guarded
    def choose(age: float, gender: str, detail: float, event: gr.EventData) -> tuple[Any, ...]:
        return calls.open(age, gender, detail, selected(event, len(calls.pictures)))

    @guarded
    def picked(message: str | None) -> tuple[float, str]:
        from ..caae.ages import OLDEST, YOUNGEST

        chosen = sent_number(message, "gender", 0, 1)
        names = [name for name, gender in GENDERS.items() if gender == chosen]
        if not names:
            raise InputError(UNREADABLE)
        return sent_number(message, "age", YOUNGEST, OLDEST), names[0]

    ui["photo"].input(guarded(calls.upload), [ui["photo"], *knobs], _opened(ui), **shown)
    ui["examples"].select(choose, knobs, _opened(ui), **shown)
    ui["marker"].input(
        guarded(calls.correct),
        [ui["sitting"], ui["marker"], *knobs],
        [ui["sitting"], ui["view"], ui["strip"]],
        **{**live, "show_progress": "minimal", "show_progress_on": ui["view"]},
    )
    # One event for all that changes the picture, so that an older answer never lands on a newer one. `change` and not
    # `input`: a click on the strip moves the slider, too.
    gr.on([knob.change for knob in knobs], guarded(calls.step), [ui["sitting"], *knobs], ui["view"], **live)
    gr.on([k.change for k in knobs[:2]], None, knobs[:2], js=TELL, **PRIVATE)
    ui["detail"].release(guarded(calls.strip), [ui["sitting"], ui["age"], ui["detail"]], ui["strip"], **live)
    ui["strip"].input(picked, ui["strip"], knobs[:2], **PRIVATE, show_progress="hidden")
    ui["save"].click(
        guarded(calls.save), [ui["sitting"], *knobs, ui["shown"]], ui["file"], js=SHOWN, **PRIVATE, **MODEL_QUEUE
    ).success(None, ui["file"], js=SAVE, **PRIVATE)
    ui["save_strip"].click(
        guarded(calls.save_strip), [ui["sitting"], ui["detail"]], ui["file"], **PRIVATE, **MODEL_QUEUE
    ).success(None, ui["file"], js=SAVE, **PRIVATE)
    ui["save_film"].click(
        guarded(calls.save_film), [ui["sitting"], *knobs[1:]], ui["file"], **PRIVATE, **MODEL_QUEUE
    ).success(None, ui["file"], js=SAVE, **PRIVATE)


def _wire_morph(ui: dict[str, Any], calls: _Calls) -> None:
    knobs = [ui["sitting"], ui["share"], ui["age"], ui["gender"], ui["detail"]]
    shown = {**PRIVATE, **MODEL_QUEUE, "show_progress": "minimal", "show_progress_on": ui["mixed"]}
    live = {**PRIVATE, **MODEL_QUEUE, "trigger_mode": "always_last", "show_progress": "hidden"}

    @guarded
    def choose(
        sitting: Sitting | None, share: float, age: float, gender: str, detail: float, event: gr.EventData
    ) -> tuple[Any, Any]:
        return calls.other_example(selected(event, len(calls.pictures)), sitting, share, age, gender, detail)

    ui["other"].input(
        guarded(calls.other), [ui["other"], *knobs], [ui["other_read"], ui["other"], ui["mixed"]], **shown
    )
    ui["other_examples"].select(choose, knobs, [ui["other_read"], ui["mixed"]], **shown)
    gr.on(
        [ui["share"].input, ui["age"].change, ui["gender"].change],
        guarded(calls.mix),
        [ui["other_read"], *knobs],
        ui["mixed"],
        **live,
    )
    ui["child"].click(
        guarded(calls.child),
        [ui["other_read"], ui["sitting"], ui["share"], ui["gender"], ui["detail"]],
        ui["mixed"],
        **shown,
    )
