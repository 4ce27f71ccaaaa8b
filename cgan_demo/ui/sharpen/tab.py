"""The tab "Sharpen": a small picture four times as large, with the help of other photos of the same thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from ...bundled import assets
from ..components import ModelStore, example_gallery, foot, picture_file, picture_files
from ..events import LIVE, PRIVATE, QUIET, downloads, takes
from ..parts import part
from ..tabs import Tab
from .api import endpoints
from .bench import LARGEST, LARGEST_ORIGINAL, LARGEST_REFERENCE, MODEL_ID, MOST_REFERENCES, Sharpener
from .calls import Calls

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
SCENES = assets() / "sharpen"


def examples() -> dict[str, tuple[Image.Image, Image.Image]]:
    """Scenes that we painted, by name: an original, and a reference for it."""
    paths = sorted(SCENES.glob("*-reference.webp"), reverse=True)
    originals = {path: path.with_name(path.name.replace("-reference", "")) for path in paths}
    return {
        original.stem.capitalize(): (Image.open(original).convert("RGB"), Image.open(path).convert("RGB"))
        for path, original in originals.items()
    }


@dataclass(frozen=True)
class Components:
    """Whatever changes what was given writes its key into the stamp, and that makes the results."""

    given: gr.State
    stamp: gr.Textbox
    photo: gr.Image
    references: gr.File
    tray: gr.HTML
    compare: gr.Checkbox
    weight: gr.Slider
    sharpness: gr.Slider
    examples: gr.Gallery
    view: gr.HTML
    save: gr.Button
    variants: gr.HTML
    origins: gr.HTML

    @property
    def changed(self) -> list[Any]:
        return [self.given, self.stamp, self.tray]

    @property
    def knobs(self) -> list[Any]:
        return [self.weight, self.sharpness]

    @property
    def asked(self) -> list[Any]:
        return [self.given, self.compare, *self.knobs]


def build(models: ModelStore) -> dict[str, Any]:
    """Lay out the tab, wire it, and return the arguments of the event that first fills it."""
    sharpener, pairs = Sharpener(models), examples()
    ui = _layout({name: original for name, (original, _) in pairs.items()})
    calls = Calls(sharpener, list(pairs.values()), ui.photo.GRADIO_CACHE)
    _wire_input(ui, calls)
    _wire_result(ui, calls)
    endpoints(sharpener, ui.photo.GRADIO_CACHE)
    foot(METHOD, [MODEL_ID], PYTHON)
    return {"fn": calls.open, "inputs": ui.given, "outputs": ui.changed, **PRIVATE}


def _layout(originals: dict[str, Image.Image]) -> Components:
    given, stamp = gr.State(), gr.Textbox(visible="hidden", elem_id="sharpen-stamp")
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=320):
            inputs = _input_column(originals)
        with gr.Column(scale=6, min_width=320):
            view = part("comparison", None, "sharpen-view", min_height=120)
            save = gr.Button("Download as PNG", elem_id="sharpen-save")
    below = part("variants", None, "sharpen-variants"), part("origins", None, "sharpen-origins")
    return Components(given, stamp, *(*inputs, view, save, *below))


def _input_column(originals: dict[str, Image.Image]) -> tuple[Any, ...]:
    small: dict[str, Any] = {"height": 150, "min_width": 140}
    with gr.Row(equal_height=True):
        photo = picture_file(
            True, label="Small picture", sources=["upload", "clipboard"], elem_id="sharpen-photo", **small
        )
        references = picture_files(label="References", elem_id="sharpen-references", **small)
    tray = part("tray", None, "sharpen-tray")
    gr.Markdown(HINT, elem_classes="hint", elem_id="sharpen-hint")
    larger = f"It may then have up to {LARGEST_ORIGINAL} pixels a side."
    compare = gr.Checkbox(False, label=COMPARE, info=larger, elem_id="sharpen-compare")
    weight = gr.Slider(
        0, 1, 1, step=0.01, label="Reference", info="0 is as without references", elem_id="sharpen-weight"
    )
    sharpness = gr.Slider(
        0, 1, 0.5, step=0.01, label="Faithful … sharp", info="Sharp invents more", elem_id="sharpen-sharpness"
    )
    gr.Markdown("Or take a scene that we painted, with a reference:", elem_classes=["hint", "last-on-phones"])
    return (
        photo,
        references,
        tray,
        compare,
        weight,
        sharpness,
        example_gallery(originals, "Examples", "sharpen-examples"),
    )


def _wire_input(ui: Components, calls: Calls) -> None:
    """What changes what was given."""
    shown = {**PRIVATE, "show_progress": "minimal", "show_progress_on": ui.tray}
    takes(ui.photo.upload, calls.photo, [ui.photo, ui.given], ui.changed, **shown)
    takes(ui.references.upload, calls.references, [ui.references, ui.given], ui.changed, **shown)
    ui.tray.input(calls.remove, [ui.tray, ui.given], ui.changed, **shown)
    ui.examples.select(calls.choose, None, ui.changed, **shown)


def _wire_result(ui: Components, calls: Calls) -> None:
    """What is made of it. The settings only mix what `show` had prepared."""
    shown = {**LIVE, "show_progress": "full", "show_progress_on": ui.view}
    made = gr.on([ui.stamp.change, ui.compare.input], calls.show, ui.asked, [ui.view, ui.origins], **shown)
    made.failure(calls.cleared, outputs=[ui.view, ui.origins, ui.variants], **PRIVATE)
    compared = made.success(calls.variants, ui.asked[:2], ui.variants, **LIVE)
    compared.success(calls.measure, ui.asked, ui.view, **LIVE)
    # `change` and not `input`: a click on a variant moves the sliders, too.
    gr.on([knob.change for knob in ui.knobs], calls.step, ui.asked, ui.view, **LIVE)
    gr.on([knob.release for knob in ui.knobs], calls.measure, ui.asked, ui.view, **LIVE)
    ui.variants.input(calls.picked, ui.variants, ui.knobs, **QUIET)
    downloads(ui.save, calls.save, ui.asked)


TAB = Tab("Sharpen", 40, build)
