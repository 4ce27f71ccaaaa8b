"""How the tab "Latent space" is laid out: every component, by its name."""

from __future__ import annotations

from typing import Any

import gradio as gr

from .components import picture_file
from .latentfields import TARGETS, Fields, first_fields
from .latentwork import ARC, LINE, LONGEST, MAX_SEED, MINE, MOST_STEPS, STEPS
from .parts import part

SECTIONS = {"walk": "Walk", "pad": "Pad", "mix": "Mix", "move": "Directions", "mine": "My picture"}
HINTS = {
    "walk": "Every picture is a place. Go from one to another: what lies between was never trained on.",
    "pad": "Four places span a plane. Drag the dot, or use the arrow keys.",
    "mix": "Means of a few places can be added and taken away: what A has and B has not is put onto C.",
    "move": "Some directions have a meaning, wherever one starts.",
    "mine": "The place whose picture is nearest to yours is looked for. Its file is removed as soon as it was read.",
}
USE = {"walk": "Walk from it", "move": "Move it", "pad": "Put it on the pad"}
OTHER_TERMS = {"mix_a": "A", "mix_b": "− B", "mix_c": "+ C"}
NOTE = f"Seeds are whole numbers. “{MINE}” stands for your own picture, once it was read."


def layout(domains: list[str]) -> dict[str, Any]:
    """The tab for these domains, with nothing wired yet.

    `section` is the open section. `stamp` changes with the domain and with the visitor's picture. What a section shows
    is made anew when its `later_...` changes.
    """
    ui: dict[str, Any] = {"mine": gr.State(), "at": gr.State(), "amounts": gr.State()}
    for name in ("section", "stamp", "later_grid", "later_strip", "kept", *(f"later_{name}" for name in SECTIONS)):
        ui[name] = gr.Textbox(visible="hidden", elem_id=f"latent-{name.replace('_', '-')}")
    fields = first_fields(domains[0])
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=320):
            _samples_column(ui, domains)
        with gr.Column(scale=6, min_width=320):
            sections = gr.Tabs(selected="walk", overflow_behavior="wrap", elem_id="latent-sections")
            with sections as ui["sections"]:
                for name, title in SECTIONS.items():
                    with gr.Tab(title, id=name, elem_id=f"latent-section-{name}") as ui[f"tab_{name}"]:
                        gr.Markdown(HINTS[name], elem_classes="hint")
                        _BUILDERS[name](ui, fields)
    return ui


def _samples_column(ui: dict[str, Any], domains: list[str]) -> None:
    ui["domain"] = gr.Radio(domains, value=domains[0], label="Model", container=False, elem_id="latent-domain")
    ui["grid"] = part("seedgrid", None, "latent-grid", min_height=200)
    with gr.Row(equal_height=True):
        ui["seed"] = gr.Number(
            0, label="First seed", precision=0, minimum=0, maximum=MAX_SEED, min_width=90, elem_id="latent-seed"
        )
        ui["more"] = gr.Button("16 more", min_width=90, elem_id="latent-more")
    ui["truncation"] = gr.Slider(
        0,
        1.5,
        1,
        step=0.05,
        label="Truncation",
        info="Below 1 pictures are more alike and have fewer faults; 0 is the average one",
        elem_id="latent-truncation",
    )
    gr.Markdown(NOTE, elem_classes="hint", elem_id="latent-note")


def _target(ui: dict[str, Any], name: str) -> None:
    ui[f"target_{name}"] = gr.Radio(
        list(TARGETS[name]),
        value=TARGETS[name][0],
        label="A click on a sample sets",
        elem_id=f"latent-target-{name}",
    )


def _field(ui: dict[str, Any], name: str, label: str, fields: Fields, **kwargs: Any) -> None:
    ui[name] = gr.Textbox(
        getattr(fields, name),
        label=label,
        lines=1,
        max_lines=1,
        max_length=LONGEST,
        min_width=80,
        elem_id=f"latent-{name.replace('_', '-')}",
        **kwargs,
    )


def _walk(ui: dict[str, Any], fields: Fields) -> None:
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=240):
            ui["walk_view"] = part("latentview", None, "latent-walk-view")
        with gr.Column(scale=5, min_width=240):
            with gr.Row():
                _field(ui, "a", "A, its seed", fields)
                _field(ui, "b", "B, its seed", fields)
            ui["share"] = gr.Slider(0, 100, 50, step=1, label="From A to B, %", elem_id="latent-share")
            ui["way"] = gr.Radio([ARC, LINE], value=ARC, label="The way", elem_id="latent-way")
            _target(ui, "walk")
    ui["strip"] = part("way", None, "latent-strip")
    with gr.Row(equal_height=True):
        _field(ui, "tour", "An animation through the seeds", fields, scale=4)
        ui["film_go"] = gr.Button("Make it", min_width=90, scale=1, elem_id="latent-film-go")
    ui["film"] = part("film", None, "latent-film")


def _pad(ui: dict[str, Any], fields: Fields) -> None:
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=280):
            ui["pad"] = part("latentpad", None, "latent-pad")
        with gr.Column(scale=5, min_width=240):
            ui["pad_view"] = part("latentview", None, "latent-pad-view")
    with gr.Row(equal_height=True):
        _field(ui, "corners", "Corners ↖ ↗ ↙ ↘, their seeds", fields, scale=4)
        ui["dice"] = gr.Button("New corners", min_width=110, scale=1, elem_id="latent-dice")
    _target(ui, "pad")


def _mix(ui: dict[str, Any], fields: Fields) -> None:
    ui["mix"] = part("latentsum", None, "latent-mix")
    with gr.Row():
        for name, label in OTHER_TERMS.items():
            _field(ui, name, f"{label}, seeds", fields)
    _target(ui, "mix")


def _move(ui: dict[str, Any], fields: Fields) -> None:
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=240):
            ui["move_view"] = part("latentview", None, "latent-move-view")
        with gr.Column(scale=5, min_width=260):
            _field(ui, "start", "From the seed (or click a sample)", fields)
            ui["directions"] = part("directions", None, "latent-directions")
    ui["move_strip"] = part("way", None, "latent-move-strip")


def _mine(ui: dict[str, Any], fields: Fields) -> None:
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=240):
            ui["photo"] = picture_file(
                removed=True,
                label="Your picture",
                sources=["upload", "webcam", "clipboard"],
                height=230,
                elem_id="latent-photo",
            )
        with gr.Column(scale=5, min_width=240):
            ui["steps"] = gr.Slider(
                0,
                MOST_STEPS,
                STEPS,
                step=10,
                label="Steps of refinement",
                info="0 is the reading at once; more come nearer and take longer",
                elem_id="latent-steps",
            )
            with gr.Row():
                for name, title in USE.items():
                    ui[f"use_{name}"] = gr.Button(title, min_width=110, interactive=False, elem_id=f"latent-use-{name}")
    ui["reading"] = part("figures", None, "latent-reading", min_height=60)


_BUILDERS = {"walk": _walk, "pad": _pad, "mix": _mix, "move": _move, "mine": _mine}
