"""How the tab "Text → Picture" is laid out: every component, by its name."""

from __future__ import annotations

from typing import Any

import gradio as gr

from .components import picture_file
from .parts import part
from .textwork import DOMAINS, LONGEST, MAX_SEED, SEED, SENTENCE, STRENGTH

NOTES = {
    "Flower": "It learned from 5,354 photos of flowers, each with six sentences that people wrote.",
    "Bird": "It learned from 5,013 photos of birds. A program composed their sentences from a table of species: they "
    "are wrong for some females and young birds.",
}


def layout(domains: list[str]) -> dict[str, Any]:
    """The tab for these domains, with nothing wired yet.

    Whatever is to change the samples changes `nudge`, and what is to change the strip changes `later`. `asked` is what
    the samples are of, and `stamp` changes with it.
    """
    ui: dict[str, Any] = {"asked": gr.State(), "style": gr.State()}
    for name in ("nudge", "stamp", "later", "file", "kept"):
        ui[name] = gr.Textbox(visible="hidden", elem_id=f"text-{name}")
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=320):
            _input_column(ui, domains)
        with gr.Column(scale=6, min_width=320):
            ui["samples"] = part("samples", None, "text-samples", min_height=120)
            _style_section(ui)
            ui["note"] = gr.Markdown(NOTES[domains[0]], elem_classes="hint", elem_id="text-note")
    gr.Markdown(
        "### The picture you use\nClick another one above: its seed is kept in all that follows.", elem_id="text-head"
    )
    with gr.Row(equal_height=False, elem_id="text-chosen"):
        with gr.Column(scale=4, min_width=320):
            ui["large"] = part("faceview", None, "text-large")
            with gr.Row(equal_height=True):
                ui["chosen"] = gr.Number(0, label="Its seed", **_seeds(), min_width=110, elem_id="text-chosen-seed")
                ui["save"] = gr.Button("Download as PNG", min_width=150, elem_id="text-save")
        with gr.Column(scale=6, min_width=320):
            _way_column(ui, DOMAINS[domains[0]].other)
    return ui


def _seeds() -> dict[str, Any]:
    return {"precision": 0, "minimum": 0, "maximum": MAX_SEED}


def _input_column(ui: dict[str, Any], domains: list[str]) -> None:
    first = DOMAINS[domains[0]]
    ui["domain"] = gr.Radio(domains, value=domains[0], label="What it is", container=False, elem_id="text-domain")
    ui["sentence"] = gr.Textbox(
        first.examples[0],
        label="Say what it looks like, in English",
        placeholder=first.examples[1],
        lines=1,
        max_lines=5,
        max_length=LONGEST,
        elem_id="text-sentence",
    )
    ui["words"] = part("wordlist", None, "text-words")
    with gr.Row(equal_height=True):
        ui["go"] = gr.Button("Paint", variant="primary", min_width=80, elem_id="text-go")
        ui["more"] = gr.Button("Eight more", min_width=80, elem_id="text-more")
        ui["seed"] = gr.Number(0, label="Seed", **_seeds(), min_width=80, elem_id="text-seed")
    ui["examples"] = gr.Dataset(
        label="Or start from a sentence",
        components=[gr.Textbox(visible=False)],
        samples=[[sentence] for sentence in first.examples],
        layout="gallery",
        elem_id="text-examples",
        elem_classes="last-on-phones",
    )


def _style_section(ui: dict[str, Any]) -> None:
    with gr.Accordion("Style from a picture", open=False, elem_id="text-style-fold"), gr.Row(equal_height=False):
        with gr.Column(min_width=250):
            ui["photo"] = picture_file(
                removed=True,
                label="Its background and pose are taken",
                sources=["upload", "clipboard"],
                height=150,
                elem_id="text-photo",
            )
        with gr.Column(min_width=250):
            ui["card"] = part("stylecard", None, "text-style")
            ui["strength"] = gr.Slider(
                0,
                1,
                STRENGTH,
                step=0.05,
                label="How much of its style",
                info="The seed says the rest",
                elem_id="text-strength",
            )


def _way_column(ui: dict[str, Any], other: str) -> None:
    ui["kind"] = gr.Radio([SENTENCE, SEED], value=SENTENCE, label="From this picture to", elem_id="text-kind")
    ui["other"] = gr.Textbox(
        other, label="The other sentence", lines=1, max_lines=5, max_length=LONGEST, elem_id="text-other"
    )
    ui["other_seed"] = gr.Number(1, label="The other seed", **_seeds(), visible=False, elem_id="text-other-seed")
    ui["way"] = part("way", None, "text-way")
    ui["film"] = gr.Button("Make an animation of it", elem_id="text-film")
