"""The tab "Sharpen": a small picture four times as large, with the help of other photos of the same thing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from ..bundled import assets
from . import sharpview as view
from .components import (
    MODEL_QUEUE,
    ModelStore,
    example_gallery,
    foot,
    guarded,
    picture_file,
    picture_files,
    selected,
)
from .parts import part, sent_number
from .sharpapi import endpoints
from .sharpwork import (
    LARGEST,
    LARGEST_ORIGINAL,
    LARGEST_REFERENCE,
    MODEL_ID,
    MOST_REFERENCES,
    Report,
    Sharpener,
    Sitting,
    open_photo,
    open_references,
)
from .uploads import SAVE, download, png_url, removing

METHOD = """
A plain network enlarges the picture four times, as SRResNet does (Ledig et al., *Photo-Realistic Single Image
Super-Resolution Using a Generative Adversarial Network*, CVPR 2017,
[arXiv:1609.04802](https://arxiv.org/abs/1609.04802)). References come in as in SRNTT (Zhang et al., *Image
Super-Resolution by Neural Texture Transfer*, CVPR 2019, [arXiv:1903.00834](https://arxiv.org/abs/1903.00834)): a small
network of our own describes every place of the picture and of the references at low resolution, and each place of the
picture finds the one that resembles it most. The pixels around that place are moved into the picture, and a transfer
network sees how well they suit and says what to add to the plain enlargement. There are two of it: the faithful one was
trained to be right, the sharp one also to pass for a photo, as SRGAN was; the slider mixes them. What it adds is
likely, not known: **invented detail is no evidence**, and a face, a number plate or a word may come out as another.
"""
PYTHON = """import cgan_demo

sharpen = cgan_demo.load("super-resolution")
sharpen("small.png", references=["other.jpg"], reference_weight=1.0, sharpness=0.5).save("large.png")

prepared = sharpen.prepare("small.png", ["other.jpg"])      # once
pictures = [sharpen.render(prepared, reference_weight=w, sharpness=0.5) for w in (0, 0.5, 1)]
"""
HINT = f"""At most {LARGEST} pixels a side; it becomes four times as large. References are photos of the same thing, at
most {MOST_REFERENCES}; larger ones are shrunk to {LARGEST_REFERENCE} pixels. Files are removed once read."""
COMPARE = "My picture is the original: shrink it first and compare"
PRIVATE: dict[str, Any] = {"api_visibility": "private"}
SCENES = assets() / "sharpen"
EMPTY = json.dumps({})


def examples() -> dict[str, tuple[Image.Image, Image.Image]]:
    """Scenes that we painted, by name: an original, and a reference for it."""
    paths = sorted(SCENES.glob("*-reference.webp"), reverse=True)
    originals = {path: path.with_name(path.name.replace("-reference", "")) for path in paths}
    return {
        original.stem.capitalize(): (Image.open(original).convert("RGB"), Image.open(path).convert("RGB"))
        for path, original in originals.items()
    }


def build(models: ModelStore) -> dict[str, Any]:
    """Lay out the tab, wire it, and return the arguments of the event that first fills it."""
    sharpener, pairs = Sharpener(models), examples()
    ui = _layout({name: original for name, (original, _) in pairs.items()})
    calls = _Calls(sharpener, list(pairs.values()), ui["photo"].GRADIO_CACHE)
    _wire_input(ui, calls)
    _wire_result(ui, calls)
    endpoints(sharpener, ui["photo"].GRADIO_CACHE)
    foot(METHOD, [MODEL_ID], PYTHON)
    return {"fn": guarded(calls.open), "inputs": ui["sitting"], "outputs": _given(ui), **PRIVATE}


def _layout(originals: dict[str, Image.Image]) -> dict[str, Any]:
    # Whatever changes the sitting writes its key into the stamp, and that makes the results.
    ui: dict[str, Any] = {"sitting": gr.State(), "stamp": gr.Textbox(visible="hidden", elem_id="sharpen-stamp")}
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=320):
            _input_column(ui, originals)
        with gr.Column(scale=6, min_width=320):
            ui["view"] = part("comparison", None, "sharpen-view", min_height=120)
            ui["save"] = gr.Button("Download as PNG", elem_id="sharpen-save")
    ui["variants"] = part("variants", None, "sharpen-variants")
    ui["origins"] = part("origins", None, "sharpen-origins")
    ui["file"] = gr.Textbox(visible="hidden", elem_id="sharpen-file")
    return ui


def _input_column(ui: dict[str, Any], originals: dict[str, Image.Image]) -> None:
    with gr.Row(equal_height=True):
        ui["photo"] = picture_file(
            removed=True,
            label="Small picture",
            sources=["upload", "clipboard"],
            height=150,
            min_width=140,
            elem_id="sharpen-photo",
        )
        ui["files"] = picture_files(label="References", height=150, min_width=140, elem_id="sharpen-references")
    ui["tray"] = part("tray", None, "sharpen-tray")
    gr.Markdown(HINT, elem_classes="hint", elem_id="sharpen-hint")
    ui["compare"] = gr.Checkbox(
        False,
        label=COMPARE,
        info=f"It may then have up to {LARGEST_ORIGINAL} pixels a side.",
        elem_id="sharpen-compare",
    )
    ui["weight"] = gr.Slider(
        0, 1, 1, step=0.01, label="Reference", info="0 is as without references", elem_id="sharpen-weight"
    )
    ui["sharpness"] = gr.Slider(
        0, 1, 0.5, step=0.01, label="Faithful … sharp", info="Sharp invents more", elem_id="sharpen-sharpness"
    )
    gr.Markdown("Or take a scene that we painted, with a reference:", elem_classes=["hint", "last-on-phones"])
    ui["examples"] = example_gallery(originals, "Examples", "sharpen-examples")


def _given(ui: dict[str, Any]) -> list[Any]:
    return [ui["sitting"], ui["stamp"], ui["tray"]]


@dataclass(frozen=True)
class _Calls:
    """What the events do. New values of `_given` are sitting, stamp and tray."""

    sharpener: Sharpener
    pairs: list[tuple[Image.Image, Image.Image]]
    uploads: str

    def open(self, sitting: Sitting | None) -> tuple[Any, ...]:
        """The first example, unless there is something already."""
        return (gr.skip(),) * 3 if sitting or not self.pairs else self.example(0)

    def example(self, index: int) -> tuple[Any, ...]:
        original, reference = self.pairs[index]
        return self._changed(Sitting(original, (reference,), example=True, lent=True))

    def photo(self, path: str | None, sitting: Sitting | None) -> tuple[Any, ...]:
        """And the emptied upload."""
        with removing([path], self.uploads):
            photo = open_photo(path)
        return *self._changed((sitting or Sitting()).with_photo(photo)), None

    def references(self, paths: list[str] | None, sitting: Sitting | None) -> tuple[Any, ...]:
        """And the emptied upload."""
        with removing(paths or (), self.uploads):
            pictures = open_references(paths)
        return *self._changed((sitting or Sitting()).with_references(pictures)), None

    def remove(self, message: str | None, sitting: Sitting | None) -> tuple[Any, ...]:
        """`message`: JSON {"remove": index}, from the page."""
        return self._changed(
            (sitting or Sitting()).without_reference(int(sent_number(message, "remove", 0, MOST_REFERENCES)))
        )

    def _changed(self, sitting: Sitting) -> tuple[Sitting, str, str]:
        return sitting, sitting.key, view.tray_value(sitting)

    def show(
        self, sitting: Sitting | None, compare: bool, weight: float, sharpness: float, progress: Any = gr.Progress()
    ) -> tuple[Any, Any]:
        """New values of view and origins."""
        if sitting is None or sitting.photo is None:
            return self.cleared("Now choose the small picture.")[:2]

        def report(words: str) -> Report:
            return lambda done, total: progress((done, total), desc=words)

        bench = self.sharpener.bench(sitting, compare, report("Enlarging and comparing"))
        opened = view.opened_value(self.sharpener, bench, weight, sharpness, report("Adding detail"))
        return opened, view.source_value(bench)

    def variants(self, sitting: Sitting | None, compare: bool) -> Any:
        if sitting is None or sitting.photo is None:
            return gr.skip()
        return view.variants_value(self.sharpener, self.sharpener.bench(sitting, compare))

    def cleared(self, words: str = "This picture could not be enlarged.") -> tuple[str, str, str]:
        """Values of view, origins and variants where there is nothing to show."""
        return json.dumps({"words": words}), EMPTY, EMPTY

    def step(self, sitting: Sitting | None, compare: bool, weight: float, sharpness: float) -> Any:
        if sitting is None or sitting.photo is None:
            return gr.skip()
        return view.step_value(self.sharpener, self.sharpener.bench(sitting, compare), weight, sharpness)

    def measure(self, sitting: Sitting | None, compare: bool, weight: float, sharpness: float) -> Any:
        """The numbers of a large picture, which the steps left out."""
        if sitting is None or sitting.photo is None:
            return gr.skip()
        bench = self.sharpener.bench(sitting, compare)
        late = bench.truth is not None and view.is_large(bench)
        return view.measured_value(self.sharpener, bench, weight, sharpness) if late else gr.skip()

    def save(self, sitting: Sitting | None, compare: bool, weight: float, sharpness: float) -> str:
        bench = self.sharpener.bench(sitting, compare)
        return download("sharpened.png", png_url(self.sharpener.picture(bench, weight, sharpness)))


def _wire_input(ui: dict[str, Any], calls: _Calls) -> None:
    """What changes the sitting."""
    shown = {**PRIVATE, "show_progress": "minimal", "show_progress_on": ui["tray"]}

    @guarded
    def choose(event: gr.EventData) -> tuple[Any, ...]:
        return calls.example(selected(event, len(calls.pairs)))

    for upload, read in ((ui["photo"], calls.photo), (ui["files"], calls.references)):
        event = upload.upload(guarded(read), [upload, ui["sitting"]], [*_given(ui), upload], **shown)
        event.failure(lambda: None, outputs=upload, **PRIVATE)  # its file is gone
    ui["tray"].input(guarded(calls.remove), [ui["tray"], ui["sitting"]], _given(ui), **shown)
    ui["examples"].select(choose, None, _given(ui), **shown)


def _wire_result(ui: dict[str, Any], calls: _Calls) -> None:
    """What is made of it. The settings only mix what `show` had prepared."""
    asked = [ui["sitting"], ui["compare"]]
    knobs = [ui["weight"], ui["sharpness"]]
    results = [ui["view"], ui["origins"], ui["variants"]]
    model = {**PRIVATE, **MODEL_QUEUE}
    live = {**model, "trigger_mode": "always_last", "show_progress": "hidden"}
    shown = {**live, "show_progress": "full", "show_progress_on": ui["view"]}

    def picked(message: str | None) -> tuple[float, float]:
        return sent_number(message, "weight", 0, 1), sent_number(message, "sharpness", 0, 1)

    made = gr.on([ui["stamp"].change, ui["compare"].input], guarded(calls.show), [*asked, *knobs], results[:2], **shown)
    made.failure(calls.cleared, outputs=results, **PRIVATE)
    made.success(guarded(calls.variants), asked, ui["variants"], **live).success(
        guarded(calls.measure), [*asked, *knobs], ui["view"], **live
    )
    # `change` and not `input`: a click on a variant moves the sliders, too.
    gr.on([knob.change for knob in knobs], guarded(calls.step), [*asked, *knobs], ui["view"], **live)
    gr.on([knob.release for knob in knobs], guarded(calls.measure), [*asked, *knobs], ui["view"], **live)
    ui["variants"].input(guarded(picked), ui["variants"], knobs, **PRIVATE, show_progress="hidden")
    ui["save"].click(guarded(calls.save), [*asked, *knobs], ui["file"], **model).success(
        None, ui["file"], js=SAVE, **PRIVATE
    )
