"""The tab "Sketch → Photo": draw on a pad and get photos of what it shows, as you draw."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.processing_utils import save_pil_to_cache
from PIL import Image

from ..errors import InputError
from .components import (
    MODEL_QUEUE,
    ModelStore,
    captioned,
    example_gallery,
    foot,
    guarded,
    picture_file,
    press_when_ready,
    selected,
)
from .kept import Kept, bring, note
from .paintpad import PENCIL_KIT, from_data_url, paint_pad, to_data_url
from .subjects import EDGES, LABEL_KIT, OPENING, SUBJECTS, VARIATIONS, Sketches, endpoints, is_blank, known
from .translator import MAX_SEED, composite

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

photos = cgan_demo.load("edges-to-shoes")(Image.open("drawing.png"), seed=0, variations=4, fit=True)
drawing = cgan_demo.load("photo-to-edges")(Image.open("photo.jpg"))
front = cgan_demo.load("labels-to-facade")(Image.open("labels.png"), seed=0, style=Image.open("house.jpg"))
"""
PRIVATE: dict[str, Any] = {"api_visibility": "private"}
PENCIL, PLAN = "sketch-canvas", "sketch-labels"  # the two pads
KEPT = ("subject", "seed")


def build(models: ModelStore) -> dict[str, Any]:
    """Lay out the tab, wire it, and return the arguments of the event that first fills it."""
    sketches = Sketches(models)
    examples = {name: subject.examples() for name, subject in SUBJECTS.items()}
    ui = _layout(examples)
    calls = _Calls(sketches, examples)
    _wire(ui, calls)
    _wire_variations(ui, calls)
    endpoints(sketches)
    foot(METHOD, [*(subject.model_id for subject in SUBJECTS.values()), EDGES], PYTHON)
    opened = ("subject", "pencil_box", "labels_box", "fit", "examples", "pencil", "labels", "seed")
    return {
        "fn": guarded(calls.first),
        "inputs": [*_inputs(ui), ui["kept"]],
        "outputs": [*(ui[name] for name in opened), *_outputs(ui)],
        "js": bring("sketch", [PENCIL, PLAN]),
        **_shown(ui),
    }


def _layout(examples: dict[str, dict[str, Image.Image]]) -> dict[str, Any]:
    ui: dict[str, Any] = {}
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=320):
            _input_column(ui, examples)
        with gr.Column(scale=6, min_width=320):
            _result_column(ui)
    return ui


def _input_column(ui: dict[str, Any], examples: dict[str, dict[str, Image.Image]]) -> None:
    ui["subject"] = gr.Radio(list(SUBJECTS), value=OPENING, show_label=False, container=False, elem_id="sketch-subject")
    with gr.Tabs(selected="draw", elem_id="sketch-tabs") as ui["tabs"]:
        with gr.Tab("Draw", id="draw"):
            with gr.Column(elem_id="sketch-pencil") as ui["pencil_box"]:
                ui["pencil"] = paint_pad(next(iter(examples[OPENING].values())), PENCIL, PENCIL_KIT)
            with gr.Column(visible=False, elem_id="sketch-paint") as ui["labels_box"]:
                front = next(iter(examples["House front"].values()))
                ui["labels"] = paint_pad(front, PLAN, LABEL_KIT)
        with gr.Tab("Upload", id="sheet"):
            ui["sheet"] = picture_file(
                label="A drawing, or a photo of one",
                sources=["upload", "clipboard"],
                height=360,
                elem_id="sketch-sheet",
            )
        with gr.Tab("From a photo", id="photo"):
            ui["photo"] = picture_file(
                label="Photo", sources=["upload", "clipboard"], height=360, elem_id="sketch-photo"
            )
    with gr.Row():
        ui["live"] = gr.Checkbox(True, label="Live, as I draw", min_width=130, elem_id="sketch-live")
        ui["fit"] = gr.Checkbox(True, label="Fit my drawing", min_width=130, elem_id="sketch-fit")
    ui["go"] = gr.Button("Make the photo", variant="primary", visible=False, elem_id="sketch-go")
    with gr.Row(equal_height=True):
        ui["seed"] = gr.Number(
            0, label="Seed", precision=0, minimum=0, maximum=MAX_SEED, min_width=110, elem_id="sketch-seed"
        )
        ui["another"] = gr.Button("Another one", min_width=110, elem_id="sketch-another")
        ui["surprise"] = gr.Button("Random drawing", min_width=110, elem_id="sketch-random")
    gr.Markdown("Or start from a drawing:", elem_classes=["hint", "last-on-phones"])
    ui["examples"] = example_gallery(examples[OPENING], "Drawings", "sketch-examples")


def _result_column(ui: dict[str, Any]) -> None:
    ui["result"] = picture_file(
        label="Photo",
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
    ui["kept"] = gr.Textbox(visible="hidden", elem_id="sketch-kept")
    with gr.Accordion("Style from a photo", open=False):
        ui["style"] = picture_file(
            label="Its colours and material are taken; remove it to go back to the seed",
            sources=["upload", "clipboard"],
            height=220,
            elem_id="sketch-style",
        )


def _inputs(ui: dict[str, Any]) -> list[Any]:
    return [ui[name] for name in ("subject", "pencil", "labels", "seed", "fit", "style")]


def _outputs(ui: dict[str, Any]) -> list[Any]:
    return [ui["result"], ui["hint"]]


def _shown(ui: dict[str, Any]) -> dict[str, Any]:
    return {**PRIVATE, **MODEL_QUEUE, "show_progress": "minimal", "show_progress_on": ui["result"]}


@dataclass(frozen=True)
class _Calls:
    """What the events do. The arguments come in the order of `_inputs`, the results in that of `_outputs`."""

    sketches: Sketches
    examples: dict[str, dict[str, Image.Image]]

    def paint(
        self, subject: str, pencil: str | None, labels: str | None, seed: float | None, fit: bool, style: str | None
    ) -> tuple[Any, Any]:
        return self._photo(subject, self._drawing(subject, pencil, labels), seed, fit, style)

    def first(
        self,
        subject: str,
        pencil: str | None,
        labels: str | None,
        seed: float | None,
        fit: bool,
        style: str | None,
        kept: str | None,
    ) -> tuple[Any, ...]:
        """As the tab was left: new values of subject, its two pads' places, fit, examples, pads, seed, result, hint."""
        found = Kept.read(kept)
        if not found.values:
            return *(gr.skip(),) * 8, *self.paint(subject, pencil, labels, seed, fit, style)
        before, subject = subject, found.choice("subject", SUBJECTS) or subject
        pads = {PENCIL: found.painting(PENCIL), PLAN: found.painting(PLAN)}
        if subject != before:  # the pad has an example of another thing
            pad = PENCIL if known(subject).lines else PLAN
            pads[pad] = pads[pad] or to_data_url(next(iter(self.examples[subject].values())))
        number = found.whole("seed", MAX_SEED)
        drawn, painted, chosen = pads[PENCIL] or pencil, pads[PLAN] or labels, seed if number is None else number
        photo = self.paint(subject, drawn, painted, chosen, fit, style)
        given = (value or gr.skip() for value in pads.values())
        return subject, *self._places(subject), *given, gr.skip() if number is None else number, *photo

    def paint_live(self, live: bool, *given: Any) -> tuple[Any, Any]:
        return self.paint(*given) if live else (gr.skip(), gr.skip())

    def open(
        self,
        drawing: Image.Image,
        subject: str,
        seed: float | None,
        fit: bool,
        style: str | None,
        ours: bool = False,
    ) -> tuple[Any, ...]:
        """Put a drawing on the pad of `subject`: new values of tabs, both pads, result and hint.

        ours: an example; what comes from a visitor's file is marked, so that the browser does not keep it.
        """
        url = to_data_url(drawing, traced=not ours)
        pads = (url, gr.skip()) if known(subject).lines else (gr.skip(), url)
        return gr.Tabs(selected="draw"), *pads, *self._photo(subject, drawing, seed, fit, style)

    def switch(self, subject: str, seed: float | None, fit: bool) -> tuple[Any, ...]:
        """Another subject: its pad with its first example on it, its examples, and no style of another thing."""
        places, first = self._places(subject), next(iter(self.examples[subject].values()))
        opened = self.open(first, subject, seed, fit, None, ours=True)
        return *places, gr.update(visible=False), None, *opened

    def _places(self, subject: str) -> tuple[Any, ...]:
        """New values of the two pads' places, fit, and examples."""
        lines = known(subject).lines
        examples = gr.update(value=captioned(self.examples[subject]))
        return gr.update(visible=lines), gr.update(visible=not lines), gr.update(visible=lines), examples

    def vary(
        self, subject: str, pencil: str | None, labels: str | None, seed: float | None, fit: bool
    ) -> tuple[Any, int]:
        drawing, first = self._drawing(subject, pencil, labels), int(seed or 0) + 1
        if is_blank(drawing):
            raise InputError(known(subject).hint)
        photos = self.sketches.photos(subject, drawing, first, fit, count=VARIATIONS)
        return gr.update(value=[(p, f"seed {first + i}") for i, p in enumerate(photos)], visible=True), first

    def save(self, subject: str, pencil: str | None, labels: str | None, photo: str | None, cache: str) -> str:
        from ..images import open_image

        if photo is None:
            raise InputError("There is no photo to download yet: draw something first.")
        sheet = composite((self._drawing(subject, pencil, labels), open_image(photo)))
        return save_pil_to_cache(sheet, cache, known(subject).model_id, "png")

    @staticmethod
    def _drawing(subject: str, pencil: str | None, labels: str | None) -> Image.Image:
        return from_data_url(pencil if known(subject).lines else labels)

    def _photo(
        self, subject: str, drawing: Image.Image, seed: float | None, fit: bool, style: str | None
    ) -> tuple[Any, Any]:
        """New values of result and hint; an empty pad gets words, not a picture of noise."""
        if is_blank(drawing):
            return None, gr.update(value=known(subject).hint, visible=True)
        return self.sketches.photos(subject, drawing, seed, fit, style)[0], gr.update(visible=False)


def _wire(ui: dict[str, Any], calls: _Calls) -> None:
    live = {**PRIVATE, **MODEL_QUEUE, "trigger_mode": "always_last", "show_progress": "hidden"}
    shown = _shown(ui)
    paint = guarded(calls.paint)
    # One event for all that changes the picture, so that an older answer never lands on a newer one.
    changes = [ui["pencil"].input, ui["labels"].input, ui["seed"].input, ui["fit"].input]
    changes += [ui["style"].upload, ui["style"].clear]
    gr.on(changes, guarded(calls.paint_live), [ui["live"], *_inputs(ui)], _outputs(ui), **live)
    ui["seed"].change(None, [ui["subject"], ui["seed"]], js=note("sketch", KEPT), **PRIVATE)
    ui["subject"].change(None, [ui["subject"], ui["seed"]], js=note("sketch", KEPT), **PRIVATE)
    ui["live"].change(lambda on: gr.update(visible=not on), ui["live"], ui["go"], **PRIVATE)
    ui["go"].click(paint, _inputs(ui), _outputs(ui), **shown)
    ui["another"].click(lambda: random.randint(0, MAX_SEED - VARIATIONS), outputs=ui["seed"], **PRIVATE).then(
        paint, _inputs(ui), _outputs(ui), **live
    )

    @guarded
    def choose(subject: str, seed: float | None, fit: bool, style: str | None, event: gr.EventData) -> tuple[Any, ...]:
        drawings = list(calls.examples[subject].values())
        return calls.open(drawings[selected(event, len(drawings))], subject, seed, fit, style, ours=True)

    @guarded
    def surprise(subject: str, seed: float | None, fit: bool, style: str | None) -> tuple[Any, ...]:
        drawing = random.choice(list(calls.examples[subject].values()))
        return calls.open(drawing, subject, seed, fit, style, ours=True)

    @guarded
    def trace(subject: str, seed: float | None, fit: bool, style: str | None, photo: str | None) -> tuple[Any, ...]:
        return calls.open(calls.sketches.edges(photo), subject, seed, fit, style)

    @guarded
    def read(subject: str, seed: float | None, fit: bool, style: str | None, sheet: str | None) -> tuple[Any, ...]:
        return calls.open(calls.sketches.drawing(subject, sheet, fit), subject, seed, fit, style)

    settings = [ui["subject"], ui["seed"], ui["fit"], ui["style"]]
    opened = [ui["tabs"], ui["pencil"], ui["labels"], *_outputs(ui)]
    ui["examples"].select(choose, settings, opened, **shown)
    ui["surprise"].click(surprise, settings, opened, **shown)
    ui["sheet"].upload(read, [*settings, ui["sheet"]], opened, **shown)
    ui["photo"].upload(trace, [*settings, ui["photo"]], opened, **shown)
    switched = ("pencil_box", "labels_box", "fit", "examples", "variations", "style")
    ui["subject"].input(guarded(calls.switch), settings[:3], [*(ui[n] for n in switched), *opened], **shown)


def _wire_variations(ui: dict[str, Any], calls: _Calls) -> None:
    quiet = {**PRIVATE, **MODEL_QUEUE, "show_progress": "hidden"}

    @guarded
    def keep(first: int, event: gr.EventData) -> int:
        return first + selected(event, VARIATIONS)

    @guarded
    def save(subject: str, pencil: str | None, labels: str | None, photo: str | None) -> str:
        return calls.save(subject, pencil, labels, photo, ui["result"].GRADIO_CACHE)

    ui["more"].click(
        guarded(calls.vary),
        _inputs(ui)[:5],
        [ui["variations"], ui["first"]],
        **{**_shown(ui), "show_progress_on": None},
    )
    ui["variations"].select(keep, ui["first"], ui["seed"], **PRIVATE).then(
        guarded(calls.paint), _inputs(ui), _outputs(ui), **quiet
    )
    ui["download"].click(save, [*_inputs(ui)[:3], ui["result"]], ui["file"], **PRIVATE).then(
        None, js=press_when_ready("sketch-file"), **PRIVATE
    )
