"""The tab "Latent space": walk between seeds, drag over a pad of four, add and take away, move, and find a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from . import toy
from .components import MODEL_QUEUE, ModelStore, foot, guarded
from .kept import bring, note
from .latentapi import endpoints
from .latentcalls import KEPT, Calls
from .latentfigures import objectives_figures, objectives_words
from .latentlayout import SECTIONS, USE, layout
from .latentwork import DOMAINS, Exploring, available

METHOD = """
A generator makes a picture of random numbers, its *latent*; a discriminator, trained beside it, tells its pictures from
true ones; each learns from the other. This is DCGAN (Radford, Metz, Chintala, *Unsupervised Representation Learning
with Deep Convolutional Generative Adversarial Networks*, ICLR 2016, [arXiv:1511.06434](https://arxiv.org/abs/1511.06434)),
which showed that one can walk between latents and do sums with them. Our light generator is trained against a
discriminator on frozen features (Projected GANs, Sauer et al., NeurIPS 2021,
[arXiv:2111.01007](https://arxiv.org/abs/2111.01007)). Between two latents we go along an arc, since random ones lie
near a sphere (White, *Sampling Generative Networks*, 2016, [arXiv:1609.04468](https://arxiv.org/abs/1609.04468)). An
inverter reads a latent off a picture, and an optimiser refines it.

**Limits.** It knows one collection of pictures and what is usual there; nobody in its pictures exists. Directions say
what goes together in that collection, not what causes what. Your own picture comes back as the nearest that the model
can paint, which may be far off.
"""
PYTHON = """import cgan_demo

explore = cgan_demo.load("{model_id}")
explore(seed=0, truncation=0.8)
explore.interpolate(0, 1, steps=9, spherical=True, truncation=0.8)
explore.walk([0, 1, 2, 3], steps=15, loop=True, truncation=0.8)
explore.pad([0, 1, 2, 3], x=0.5, y=0.5, truncation=0.8)
explore.arithmetic([0, 1, 2], [3, 4, 5], [6, 7, 8]).answer

mine = explore.project("photo.jpg", steps=100)   # mine.z, mine.picture, mine.error
[(d.name, d.low, d.high) for d in explore.directions]
explore.paint(explore.move(mine.z, {{d.name: d.high for d in explore.directions[:1]}})[None])[0]
"""
PRIVATE: dict[str, Any] = {"api_visibility": "private"}
FIELDS = ("a", "b", "tour", "corners", "mix_a", "mix_b", "mix_c", "start")
TARGETS = ("target_walk", "target_pad", "target_mix")
SHARED = ("domain", "truncation", "mine")
# Changes once nothing has changed for a while, the section is open, its model is loaded, which the stamp says, and what
# it shows is not of the same values.
LATER = """(section, stamp, ...values) => new Promise((done) => {{
    const kept = (window.cganLatent ??= {{}}), now = JSON.stringify([stamp, ...values]);
    clearTimeout(kept["{0}-timer"]);
    kept["{0}-timer"] = setTimeout(() => {{
        if (section && stamp && ("{0}" === section || "{0}" === "grid") && kept["{0}-shown"] !== now) {{
            kept["{0}-shown"] = now; kept["{0}"] = String(Date.now()); }}
        done(kept["{0}"] ?? ""); }}, {1}); }})"""
# Of several promises made within the time, only the last is kept.
SETTLED = """() => new Promise((done) => { clearTimeout(window.cganSlid);
    window.cganSlid = setTimeout(() => done(String(Date.now())), 400); })"""
# Kept, too, for a grid that is not there yet.
MARK = """(section, a, b, tour, corners, mixA, mixB, mixC, start) => {
    window.cganMarks = { section, a, b, tour, corners, mixA, mixB, mixC, start };
    window.dispatchEvent(new CustomEvent("cgan-marks")); }"""
OPENED = """() => document.querySelector("#latent-sections")?.offsetParent ? "%s" : "" """


def build(models: ModelStore, domains: Sequence[str] | None = None) -> dict[str, Any]:
    """Lay out the tab, wire it, and return the arguments of the event that first fills it.

    domains: names of `DOMAINS`; by default those whose models are in the catalog.
    """
    domains = list(domains or available())
    exploring = Exploring(models)
    ui = layout(domains)
    calls = Calls(exploring, ui["photo"].GRADIO_CACHE, domains)
    shown = {**PRIVATE, **MODEL_QUEUE, "show_progress": "minimal", "show_progress_on": ui["grid"]}
    _wire_samples(ui, calls, shown)
    _wire_sections(ui, calls)
    _wire_mine(ui, calls)
    with gr.Accordion("Why GANs fail: train one yourself, in the plane", open=False, elem_id="toy-fold") as fold:
        toy.build(fold)
    endpoints(exploring, domains)
    ids = [DOMAINS[name].model_id for name in domains]
    foot(METHOD + objectives_words(), ids, PYTHON.format(model_id=ids[0]), objectives_figures())

    kept = _of(ui, *KEPT)
    gr.on([component.change for component in kept], None, kept, js=note("latent", KEPT), **PRIVATE)
    return {
        "fn": guarded(calls.open),
        "inputs": _of(ui, "stamp", "domain", "kept"),
        "outputs": [*_of(ui, "section", "stamp"), *kept],
        "js": bring("latent"),
        **shown,
    }


def _of(ui: dict[str, Any], *names: str) -> list[Any]:
    return [ui[name] for name in names]


def _later(ui: dict[str, Any], name: str, changing: Sequence[str]) -> None:
    """Whatever changes one of `changing` changes what the section `name` shows, once it is open."""
    inputs = _of(ui, "section", "stamp", "truncation", *changing)
    gr.on(
        [component.change for component in inputs],
        None,
        inputs,
        ui[f"later_{name}"],
        js=LATER.format(name, 250),
        **PRIVATE,
    )


def _wire_samples(ui: dict[str, Any], calls: Calls, shown: dict[str, Any]) -> None:
    quiet = {**PRIVATE, "show_progress": "hidden"}
    live = {**PRIVATE, **MODEL_QUEUE, "trigger_mode": "always_last", "show_progress": "hidden"}
    shared, fields, targets = _of(ui, *SHARED), _of(ui, *FIELDS), _of(ui, *TARGETS)
    used = [ui[f"use_{name}"] for name in USE]

    @guarded
    def switched(domain: str) -> tuple[Any, ...]:
        calls.exploring.explorer(domain)
        return calls.switch(domain)

    _later(ui, "grid", ["seed"])
    ui["later_grid"].change(guarded(calls.samples), [*shared, ui["seed"]], ui["grid"], **live)
    ui["more"].click(guarded(calls.more), ui["seed"], ui["seed"], **quiet)
    ui["domain"].input(
        switched, ui["domain"], [*fields, *_of(ui, "mine", "amounts", "reading", "stamp"), *used], **shown
    )
    ui["grid"].input(guarded(calls.click), [ui["grid"], ui["section"], *targets, *fields], [*targets, *fields], **quiet)
    marked = [ui["section"], *fields]
    gr.on([component.change for component in (*marked, ui["grid"])], None, marked, js=MARK, **PRIVATE)
    for name in SECTIONS:
        ui[f"tab_{name}"].select(None, None, ui["section"], js=OPENED % name, **PRIVATE)


def _wire_sections(ui: dict[str, Any], calls: Calls) -> None:
    live = {**PRIVATE, **MODEL_QUEUE, "trigger_mode": "always_last", "show_progress": "hidden"}
    shared = _of(ui, *SHARED)
    walked, slid = _of(ui, "a", "b", "share", "way"), [*shared, *_of(ui, "start", "directions")]
    for name, changing in {"walk": "a b way", "pad": "corners", "mix": "mix_a mix_b mix_c", "move": "start"}.items():
        _later(ui, name, changing.split())
    # One event for all that changes the picture, so that an older answer never lands on a newer one.
    gr.on(
        [ui["later_walk"].change, ui["share"].input],
        guarded(calls.walk),
        [*shared, *walked],
        ui["walk_view"],
        **live,
    )
    ui["later_walk"].change(guarded(calls.strip), [*shared, *_of(ui, "a", "b", "way")], ui["strip"], **live)
    ui["film_go"].click(
        guarded(calls.film),
        [*shared, *_of(ui, "tour", "way")],
        ui["film"],
        **{**live, "show_progress": "minimal", "show_progress_on": ui["film"]},
    )
    ui["later_pad"].change(guarded(calls.pad), [*shared, *_of(ui, "corners", "at")], _of(ui, "pad", "pad_view"), **live)
    ui["pad"].input(guarded(calls.drag), [*shared, *_of(ui, "corners", "pad")], _of(ui, "pad_view", "at"), **live)
    ui["dice"].click(calls.dice, None, ui["corners"], **PRIVATE, show_progress="hidden")
    ui["later_mix"].change(guarded(calls.mix), [*shared, *_of(ui, "mix_a", "mix_b", "mix_c")], ui["mix"], **live)
    ui["later_move"].change(
        guarded(calls.move),
        [*shared, *_of(ui, "start", "amounts")],
        _of(ui, "directions", "move_view", "move_strip"),
        **live,
    )
    ui["directions"].input(guarded(calls.slide), slid, _of(ui, "move_view", "amounts"), **live)
    ui["directions"].input(None, None, ui["later_strip"], js=SETTLED, **PRIVATE)
    ui["later_strip"].change(guarded(calls.slid), slid, ui["move_strip"], **live)


def _wire_mine(ui: dict[str, Any], calls: Calls) -> None:
    fields, used = _of(ui, *FIELDS), [ui[f"use_{name}"] for name in USE]
    reading = ui["photo"].input(
        guarded(calls.read),
        _of(ui, "domain", "photo", "steps"),
        [*_of(ui, "mine", "reading", "photo", "stamp"), *used],
        **{**PRIVATE, **MODEL_QUEUE, "show_progress": "minimal", "show_progress_on": ui["reading"]},
    )
    reading.failure(lambda: None, outputs=ui["photo"], **PRIVATE)  # its file is gone
    for name, button in zip(USE, used, strict=True):
        button.click(
            guarded(lambda *given, name=name: calls.use(name, *given)),
            fields,
            [ui["sections"], ui["section"], *fields],
            **PRIVATE,
            show_progress="hidden",
        )
