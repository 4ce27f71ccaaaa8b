"""The tab "Latent space": walk between seeds, drag over a pad of four, add and take away, move, and find a picture."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from ..components import ModelStore, foot, picture_file
from ..events import LIVE, PRIVATE, QUIET, live_on, script, shown_on, takes
from ..kept import bring, note
from ..parts import part
from ..seeds import seed_field
from ..tabs import Tab
from . import plane
from .api import endpoints
from .calls import KEPT, Calls
from .exploring import ARC, COUNT, DOMAINS, LINE, LONGEST, MINE, MOST_STEPS, STEPS, Exploring, available
from .fields import TARGETS, Fields, first_fields
from .objectives import objectives_figures, objectives_words

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
SECTIONS = {"walk": "Walk", "pad": "Pad", "mix": "Mix", "move": "Directions", "mine": "My picture"}
HINTS = {
    "walk": "Every picture is a place. Go from one to another: what lies between was never trained on.",
    "pad": "Four places span a plane. Drag the dot, or use the arrow keys.",
    "mix": "Means of a few places can be added and taken away: what A has and B has not is put onto C.",
    "move": "Some directions have a meaning, wherever one starts.",
    "mine": "The place whose picture is nearest to yours is looked for. Its file is removed as soon as it was read.",
}
USE = {"walk": "Walk from it", "move": "Move it", "pad": "Put it on the pad"}
NOTE = f"Seeds are whole numbers. “{MINE}” stands for your own picture, once it was read."


@dataclass(frozen=True)
class Samples:
    domain: gr.Radio
    grid: gr.HTML
    seed: gr.Number
    more: gr.Button
    truncation: gr.Slider


@dataclass(frozen=True)
class Walk:
    view: gr.HTML
    a: gr.Textbox
    b: gr.Textbox
    share: gr.Slider
    way: gr.Radio
    target: gr.Radio
    strip: gr.HTML
    tour: gr.Textbox
    go: gr.Button
    film: gr.HTML


@dataclass(frozen=True)
class Pad:
    pad: gr.HTML
    view: gr.HTML
    corners: gr.Textbox
    dice: gr.Button
    target: gr.Radio


@dataclass(frozen=True)
class Mix:
    sum: gr.HTML
    terms: list[gr.Textbox]
    target: gr.Radio


@dataclass(frozen=True)
class Move:
    view: gr.HTML
    start: gr.Textbox
    directions: gr.HTML
    strip: gr.HTML


@dataclass(frozen=True)
class Own:
    """The visitor's own picture."""

    photo: gr.Image
    steps: gr.Slider
    use: list[gr.Button]
    reading: gr.HTML


@dataclass(frozen=True)
class Components:
    """mine: the visitor's own place; at: of the pad's dot; amounts: along the directions.

    section: the open one. stamp: changes with the domain and with the visitor's picture.
    """

    mine: gr.State
    at: gr.State
    amounts: gr.State
    section: gr.Textbox
    stamp: gr.Textbox
    kept: gr.Textbox
    samples: Samples
    sections: gr.Tabs
    titles: dict[str, gr.Tab]
    walk: Walk
    pad: Pad
    mix: Mix
    move: Move
    own: Own

    @property
    def shared(self) -> list[Any]:
        return [self.samples.domain, self.samples.truncation, self.mine]

    @property
    def targets(self) -> list[Any]:
        return [self.walk.target, self.pad.target, self.mix.target]

    @property
    def fields(self) -> list[Any]:
        """In the order of `Fields`."""
        return [self.walk.a, self.walk.b, self.walk.tour, self.pad.corners, *self.mix.terms, self.move.start]


def build(models: ModelStore, domains: Sequence[str] | None = None) -> dict[str, Any]:
    """Lay out the tab, wire it, and return the arguments of the event that first fills it.

    domains: names of `DOMAINS`; by default those whose models are in the catalog.
    """
    domains = list(domains or available())
    exploring = Exploring(models)
    ui = _layout(domains)
    calls = Calls(exploring, ui.own.photo.GRADIO_CACHE, domains)
    for wire in (_wire_samples, _wire_walk, _wire_pad, _wire_mix, _wire_move, _wire_own):
        wire(ui, calls)
    with gr.Accordion("Why GANs fail: train one yourself, in the plane", open=False, elem_id="toy-fold") as fold:
        plane.build(fold)
    endpoints(exploring, domains)
    ids = [DOMAINS[name] for name in domains]
    foot(METHOD + objectives_words(), ids, PYTHON.format(model_id=ids[0]), objectives_figures())

    kept = [ui.samples.domain, ui.samples.seed, *ui.fields]
    gr.on([component.change for component in kept], None, kept, js=note("latent", KEPT), **PRIVATE)
    return {
        "fn": calls.open,
        "inputs": [ui.stamp, ui.samples.domain, ui.kept],
        "outputs": [ui.section, ui.stamp, *kept],
        "js": bring("latent"),
        **shown_on(ui.samples.grid),
    }


# ---- laid out


def _layout(domains: list[str]) -> Components:
    before: list[Any] = [gr.State(), gr.State(), gr.State()]
    before += [gr.Textbox(visible="hidden", elem_id=f"latent-{name}") for name in ("section", "stamp", "kept")]
    titles, built, fields = {}, [], first_fields(domains[0])
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=320):
            samples = _samples(domains)
        sections = gr.Tabs(selected="walk", overflow_behavior="wrap", elem_id="latent-sections", render=False)
        with gr.Column(scale=6, min_width=320), sections.render():
            for (name, title), section in zip(SECTIONS.items(), (_walk, _pad, _mix, _move, _own), strict=True):
                with gr.Tab(title, id=name, elem_id=f"latent-section-{name}") as titles[name]:
                    gr.Markdown(HINTS[name], elem_classes="hint")
                    built.append(section(fields))
    return Components(*before, *(samples, sections, titles, *built))


def _samples(domains: list[str]) -> Samples:
    domain = gr.Radio(domains, value=domains[0], label="Model", container=False, elem_id="latent-domain")
    grid = part("seedgrid", None, "latent-grid", min_height=200, tab="latent", count=COUNT)
    with gr.Row(equal_height=True):
        seed = seed_field(0, "First seed", "latent-seed", min_width=90)
        more = gr.Button("16 more", min_width=90, elem_id="latent-more")
    info = "Below 1 pictures are more alike and have fewer faults; 0 is the average one"
    truncation = gr.Slider(0, 1.5, 1, step=0.05, label="Truncation", info=info, elem_id="latent-truncation")
    gr.Markdown(NOTE, elem_classes="hint", elem_id="latent-note")
    return Samples(domain, grid, seed, more, truncation)


def _target(name: str) -> gr.Radio:
    choices, label = list(TARGETS[name]), "A click on a sample sets"
    return gr.Radio(choices, value=choices[0], label=label, elem_id=f"latent-target-{name}")


def _field(fields: Fields, name: str, label: str, **kwargs: Any) -> gr.Textbox:
    kwargs |= {"lines": 1, "max_lines": 1, "max_length": LONGEST, "min_width": 80}
    return gr.Textbox(getattr(fields, name), label=label, elem_id=f"latent-{name.replace('_', '-')}", **kwargs)


def _walk(fields: Fields) -> Walk:
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=240):
            view = part("picture", None, "latent-walk-view")
        with gr.Column(scale=5, min_width=240):
            with gr.Row():
                a, b = _field(fields, "a", "A, its seed"), _field(fields, "b", "B, its seed")
            share = gr.Slider(0, 100, 50, step=1, label="From A to B, %", elem_id="latent-share")
            way = gr.Radio([ARC, LINE], value=ARC, label="The way", elem_id="latent-way")
            target = _target("walk")
    strip = part("way", None, "latent-strip")
    with gr.Row(equal_height=True):
        tour = _field(fields, "tour", "An animation through the seeds", scale=4)
        go = gr.Button("Make it", min_width=90, scale=1, elem_id="latent-film-go")
    film = part("picture", json.dumps({"beside": True}), "latent-film")
    return Walk(view, a, b, share, way, target, strip, tour, go, film)


def _pad(fields: Fields) -> Pad:
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=280):
            pad = part("latentpad", None, "latent-pad")
        with gr.Column(scale=5, min_width=240):
            view = part("picture", None, "latent-pad-view")
    with gr.Row(equal_height=True):
        corners = _field(fields, "corners", "Corners ↖ ↗ ↙ ↘, their seeds", scale=4)
        dice = gr.Button("New corners", min_width=110, scale=1, elem_id="latent-dice")
    return Pad(pad, view, corners, dice, _target("pad"))


def _mix(fields: Fields) -> Mix:
    total = part("latentsum", None, "latent-mix")
    labels = {"mix_a": "A", "mix_b": "− B", "mix_c": "+ C"}
    with gr.Row():
        terms = [_field(fields, name, f"{label}, seeds") for name, label in labels.items()]
    return Mix(total, terms, _target("mix"))


def _move(fields: Fields) -> Move:
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=240):
            view = part("picture", None, "latent-move-view")
        with gr.Column(scale=5, min_width=260):
            start = _field(fields, "start", "From the seed (or click a sample)")
            directions = part("directions", None, "latent-directions")
    return Move(view, start, directions, part("way", None, "latent-move-strip"))


def _own(fields: Fields) -> Own:
    sources: Any = ["upload", "webcam", "clipboard"]
    info = "0 is the reading at once; more come nearer and take longer"
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=240):
            photo = picture_file(True, label="Your picture", sources=sources, height=230, elem_id="latent-photo")
        with gr.Column(scale=5, min_width=240):
            label = "Steps of refinement"
            steps = gr.Slider(0, MOST_STEPS, STEPS, step=10, label=label, info=info, elem_id="latent-steps")
            with gr.Row():
                use = [
                    gr.Button(title, min_width=110, interactive=False, elem_id=f"latent-use-{name}")
                    for name, title in USE.items()
                ]
    return Own(photo, steps, use, part("figures", None, "latent-reading", min_height=60))


# ---- wired


def _later(ui: Components, name: str, *changing: Any) -> gr.Textbox:
    """Changes what the section `name` shows, once it is open, whenever one of `changing` does."""
    later = gr.Textbox(visible="hidden")
    inputs = [ui.section, ui.stamp, ui.samples.truncation, *changing]
    gr.on(
        [component.change for component in inputs],
        None,
        inputs,
        later,
        js=script("latent", "later", name, 250),
        **PRIVATE,
    )
    return later


def _wire_samples(ui: Components, calls: Calls) -> None:
    samples, chosen = ui.samples, [*ui.targets, *ui.fields]
    _later(ui, "grid", samples.seed).change(calls.samples, [*ui.shared, samples.seed], samples.grid, **LIVE)
    samples.more.click(calls.more, samples.seed, samples.seed, **QUIET)
    switched = [*ui.fields, ui.mine, ui.amounts, ui.own.reading, ui.stamp, *ui.own.use]
    samples.domain.input(calls.switch, samples.domain, switched, **shown_on(samples.grid))
    samples.grid.input(calls.click, [samples.grid, ui.section, *chosen], chosen, **QUIET)
    marked = [ui.section, *ui.fields]
    gr.on([c.change for c in (*marked, samples.grid)], None, marked, js=script("latent", "mark"), **PRIVATE)
    for name, title in ui.titles.items():
        title.select(None, None, ui.section, js=script("latent", "opened", name), **PRIVATE)


def _wire_walk(ui: Components, calls: Calls) -> None:
    walk, shared = ui.walk, ui.shared
    later = _later(ui, "walk", walk.a, walk.b, walk.way)
    # One event for all that changes the picture, so that an older answer never lands on a newer one.
    changes = [later.change, walk.share.input]
    gr.on(changes, calls.walk, [*shared, walk.a, walk.b, walk.share, walk.way], walk.view, **LIVE)
    later.change(calls.strip, [*shared, walk.a, walk.b, walk.way], walk.strip, **LIVE)
    walk.go.click(calls.film, [*shared, walk.tour, walk.way], walk.film, **live_on(walk.film))


def _wire_pad(ui: Components, calls: Calls) -> None:
    pad, given = ui.pad, [*ui.shared, ui.pad.corners]
    _later(ui, "pad", pad.corners).change(calls.pad, [*given, ui.at], [pad.pad, pad.view], **LIVE)
    pad.pad.input(calls.drag, [*given, pad.pad], [pad.view, ui.at], **LIVE)
    pad.dice.click(calls.dice, None, pad.corners, **QUIET)


def _wire_mix(ui: Components, calls: Calls) -> None:
    _later(ui, "mix", *ui.mix.terms).change(calls.mix, [*ui.shared, *ui.mix.terms], ui.mix.sum, **LIVE)


def _wire_move(ui: Components, calls: Calls) -> None:
    move, given, settled = ui.move, [*ui.shared, ui.move.start], gr.Textbox(visible="hidden")
    shown = [move.directions, move.view, move.strip]
    _later(ui, "move", move.start).change(calls.move, [*given, ui.amounts], shown, **LIVE)
    move.directions.input(calls.slide, [*given, move.directions], [move.view, ui.amounts], **LIVE)
    move.directions.input(None, None, settled, js=script("page", "later", "slid", 400), **PRIVATE)
    settled.change(calls.slid, [*given, move.directions], move.strip, **LIVE)


def _wire_own(ui: Components, calls: Calls) -> None:
    own = ui.own
    given, read = [own.photo, ui.samples.domain, own.steps], [ui.mine, own.reading, ui.stamp, *own.use]
    takes(own.photo.input, calls.read, given, read, **shown_on(own.reading))
    for name, button in zip(USE, own.use, strict=True):
        button.click(partial(calls.use, name), ui.fields, [ui.sections, ui.section, *ui.fields], **QUIET)


TAB = Tab("Latent space", 60, build, lambda: bool(available()))
