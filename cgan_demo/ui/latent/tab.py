"""The tab "Latent space": walk between seeds, drag over a pad of four, add and take away, move, and find a picture."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from ..components import ModelStore, available, foot, picture_file
from ..events import LIVE, PRIVATE, QUIET, live_on, script, shown_on, takes
from ..kept import bring, note
from ..parts import part
from ..seeds import seed_field
from ..tabs import Tab
from . import plane
from .api import endpoints
from .calls import KEPT, Calls, further
from .exploring import ARC, COUNT, DOMAINS, LINE, LONGEST, MINE, MOST_STEPS, STEPS, Exploring
from .fields import TARGETS, Fields, first_fields, thrown
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
class Shared:
    """What all sections share.

    mine: the visitor's own place. amounts: along the directions. section: the open one. stamp: changes with the domain
    and with the visitor's picture.
    """

    mine: gr.State
    amounts: gr.State
    section: gr.Textbox
    stamp: gr.Textbox
    domain: gr.Radio
    grid: gr.HTML
    seed: gr.Number
    truncation: gr.Slider

    @property
    def asked(self) -> list[Any]:
        """For `Calls.asking`."""
        return [self.domain, self.truncation, self.mine]


@dataclass(frozen=True)
class Section:
    """fields: those that name places, in the order of `Fields`. target: which of them a click on a sample fills."""

    fields: list[gr.Textbox]
    target: gr.Radio | None = None


def build(models: ModelStore, domains: Sequence[str] | None = None) -> dict[str, Any]:
    """Lay out the tab, wire it, and return the arguments of the event that first fills it.

    domains: names of `DOMAINS`; by default those whose models are in the catalog.
    """
    domains = list(domains or available(DOMAINS))
    exploring, kept = Exploring(models), gr.Textbox(visible="hidden", elem_id="latent-kept")
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=320):
            ui = _samples(domains)
        calls = Calls(exploring, ui.grid.GRADIO_CACHE, domains)
        with gr.Column(scale=6, min_width=320):
            fields = _sections(ui, calls, first_fields(domains[0]))
    with gr.Accordion("Why GANs fail: train one yourself, in the plane", open=False, elem_id="toy-fold") as fold:
        plane.build(fold)
    endpoints(exploring, domains)
    ids = [DOMAINS[name] for name in domains]
    foot(METHOD + objectives_words(), ids, PYTHON.format(model_id=ids[0]), objectives_figures())

    told: list[Any] = [ui.domain, ui.seed, *fields]
    gr.on([component.change for component in told], None, told, js=note("latent", KEPT), **PRIVATE)
    given, shown = [ui.stamp, ui.domain, kept], [ui.section, ui.stamp, *told]
    return {"fn": calls.open, "inputs": given, "outputs": shown, "js": bring("latent"), **shown_on(ui.grid)}


def _samples(domains: list[str]) -> Shared:
    domain = gr.Radio(domains, value=domains[0], label="Model", container=False, elem_id="latent-domain")
    grid = part("seedgrid", None, "latent-grid", min_height=200, tab="latent", count=COUNT)
    with gr.Row(equal_height=True):
        seed = seed_field(0, "First seed", "latent-seed", min_width=90)
        more = gr.Button("16 more", min_width=90, elem_id="latent-more")
    info = "Below 1 pictures are more alike and have fewer faults; 0 is the average one"
    truncation = gr.Slider(0, 1.5, 1, step=0.05, label="Truncation", info=info, elem_id="latent-truncation")
    gr.Markdown(NOTE, elem_classes="hint", elem_id="latent-note")
    more.click(further, seed, seed, **QUIET)
    section, stamp = (gr.Textbox(visible="hidden", elem_id=f"latent-{name}") for name in ("section", "stamp"))
    return Shared(gr.State(), gr.State(), section, stamp, domain, grid, seed, truncation)


def _sections(ui: Shared, calls: Calls, first: Fields) -> list[gr.Textbox]:
    """Lay out and wire all sections; -> the fields that name places, in the order of `Fields`."""
    # Wired before the sections, for the samples are what a visitor looks at first.
    _later(ui, "grid", ui.seed).change(calls.asking(calls.samples), [*ui.asked, ui.seed], ui.grid, **LIVE)
    made: list[Section] = []
    with gr.Tabs(selected="walk", overflow_behavior="wrap", elem_id="latent-sections") as sections:
        for name, section in {"walk": _walk, "pad": _pad, "mix": _mix, "move": _move}.items():
            with _section(ui, name):
                made.append(section(ui, calls, first))
        fields = [field for section in made for field in section.fields]
        with _section(ui, "mine"):
            own = _own(ui, calls, sections, fields)
    chosen = [*(section.target for section in made if section.target), *fields]
    ui.grid.input(calls.click, [ui.grid, ui.section, *chosen], chosen, **QUIET)
    switched = [*fields, ui.mine, ui.amounts, ui.stamp, *own]
    ui.domain.input(calls.switch, ui.domain, switched, **shown_on(ui.grid))
    marked: list[Any] = [ui.section, *fields]
    gr.on([c.change for c in [*marked, ui.grid]], None, marked, js=script("latent", "mark"), **PRIVATE)
    return fields


@contextmanager
def _section(ui: Shared, name: str) -> Iterator[None]:
    with gr.Tab(SECTIONS[name], id=name, elem_id=f"latent-section-{name}") as tab:
        gr.Markdown(HINTS[name], elem_classes="hint")
        yield
    tab.select(None, None, ui.section, js=script("latent", "opened", name), **PRIVATE)


def _later(ui: Shared, name: str, *changing: Any) -> gr.Textbox:
    """Changes what the section `name` shows, once it is open, whenever one of `changing` does."""
    later, inputs = gr.Textbox(visible="hidden"), [ui.section, ui.stamp, ui.truncation, *changing]
    js = script("latent", "later", name, 250)
    gr.on([component.change for component in inputs], None, inputs, later, js=js, **PRIVATE)
    return later


def _target(name: str) -> gr.Radio:
    choices, label = list(TARGETS[name]), "A click on a sample sets"
    return gr.Radio(choices, value=choices[0], label=label, elem_id=f"latent-target-{name}")


def _field(first: Fields, name: str, label: str, **kwargs: Any) -> gr.Textbox:
    kwargs |= {"lines": 1, "max_lines": 1, "max_length": LONGEST, "min_width": 80}
    return gr.Textbox(getattr(first, name), label=label, elem_id=f"latent-{name.replace('_', '-')}", **kwargs)


def _walk(ui: Shared, calls: Calls, first: Fields) -> Section:
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=240):
            view = part("picture", None, "latent-walk-view")
        with gr.Column(scale=5, min_width=240):
            with gr.Row():
                a, b = _field(first, "a", "A, its seed"), _field(first, "b", "B, its seed")
            share = gr.Slider(0, 100, 50, step=1, label="From A to B, %", elem_id="latent-share")
            way = gr.Radio([ARC, LINE], value=ARC, label="The way", elem_id="latent-way")
            target = _target("walk")
    strip = part("way", None, "latent-strip")
    with gr.Row(equal_height=True):
        tour = _field(first, "tour", "An animation through the seeds", scale=4)
        go = gr.Button("Make it", min_width=90, scale=1, elem_id="latent-film-go")
    film = part("picture", json.dumps({"beside": True}), "latent-film")
    later = _later(ui, "walk", a, b, way)
    # One event for all that changes the picture, so that an older answer never lands on a newer one.
    gr.on([later.change, share.input], calls.asking(calls.walk), [*ui.asked, a, b, share, way], view, **LIVE)
    later.change(calls.asking(calls.strip), [*ui.asked, a, b, way], strip, **LIVE)
    go.click(calls.asking(calls.film), [*ui.asked, tour, way], film, **live_on(film))
    return Section([a, b, tour], target)


def _pad(ui: Shared, calls: Calls, first: Fields) -> Section:
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=280):
            pad = part("latentpad", None, "latent-pad")
        with gr.Column(scale=5, min_width=240):
            view = part("picture", None, "latent-pad-view")
    with gr.Row(equal_height=True):
        corners = _field(first, "corners", "Corners ↖ ↗ ↙ ↘, their seeds", scale=4)
        dice = gr.Button("New corners", min_width=110, scale=1, elem_id="latent-dice")
    given, at = [*ui.asked, corners], gr.State()  # at: where the dot is
    _later(ui, "pad", corners).change(calls.asking(calls.pad), [*given, at], [pad, view], **LIVE)
    pad.input(calls.asking(calls.drag), [*given, pad], [view, at], **LIVE)
    dice.click(thrown, None, corners, **QUIET)
    return Section([corners], _target("pad"))


def _mix(ui: Shared, calls: Calls, first: Fields) -> Section:
    total, labels = part("latentsum", None, "latent-mix"), {"mix_a": "A", "mix_b": "− B", "mix_c": "+ C"}
    with gr.Row():
        terms = [_field(first, name, f"{label}, seeds") for name, label in labels.items()]
    _later(ui, "mix", *terms).change(calls.asking(calls.mix), [*ui.asked, *terms], total, **LIVE)
    return Section(terms, _target("mix"))


def _move(ui: Shared, calls: Calls, first: Fields) -> Section:
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=240):
            view = part("picture", None, "latent-move-view")
        with gr.Column(scale=5, min_width=260):
            start = _field(first, "start", "From the seed (or click a sample)")
            directions = part("directions", None, "latent-directions")
    strip, settled = part("way", None, "latent-move-strip"), gr.Textbox(visible="hidden")
    given = [*ui.asked, start]
    opened = _later(ui, "move", start)
    opened.change(calls.asking(calls.move), [*given, ui.amounts], [directions, view, strip], **LIVE)
    directions.input(calls.asking(calls.slide), [*given, directions], [view, ui.amounts], **LIVE)
    directions.input(None, None, settled, js=script("page", "later", "slid", 400), **PRIVATE)
    settled.change(calls.asking(calls.slid), [*given, directions], strip, **LIVE)
    return Section([start])


def _own(ui: Shared, calls: Calls, sections: gr.Tabs, fields: list[gr.Textbox]) -> list[Any]:
    """The visitor's own picture; -> its reading and the buttons that use it."""
    sources: Any = ["upload", "webcam", "clipboard"]
    label, info = "Steps of refinement", "0 is the reading at once; more come nearer and take longer"
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=240):
            photo = picture_file(True, label="Your picture", sources=sources, height=230, elem_id="latent-photo")
        with gr.Column(scale=5, min_width=240):
            steps = gr.Slider(0, MOST_STEPS, STEPS, step=10, label=label, info=info, elem_id="latent-steps")
            with gr.Row():
                plain: dict[str, Any] = {"min_width": 110, "interactive": False}
                use = {name: gr.Button(title, elem_id=f"latent-use-{name}", **plain) for name, title in USE.items()}
    own = [part("figures", None, "latent-reading", min_height=60), *use.values()]
    takes(photo.input, calls.read, [photo, ui.domain, steps], [ui.mine, ui.stamp, *own], **shown_on(own[0]))
    for name, button in use.items():
        button.click(partial(calls.use, name), fields, [sections, ui.section, *fields], **QUIET)
    return own


TAB = Tab("Latent space", 60, build, lambda: bool(available(DOMAINS)))
