"""The tab "Text → Picture": type a sentence and see eight pictures of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from ...bundled import assets
from ..components import ModelStore, foot, picture_file
from ..events import LIVE, PRIVATE, QUIET, downloads, live_on, script, shown_on, takes
from ..kept import bring, note
from ..parts import part
from ..seeds import seed_field
from ..tabs import Tab
from .api import endpoints
from .calls import KEPT, Calls
from .painting import COUNT, DOMAINS, LONGEST, SEED, SENTENCE, STRENGTH, Opening, Painting, available, opening
from .view import UNSEEN

METHOD = """
An encoder reads the sentence into 256 numbers; it was trained beforehand so that sentences and pictures of one kind
agree and others do not. A generator makes a picture of those numbers and of random ones, the seed; in training a
discriminator sees pictures with their sentences and also true pictures with wrong sentences, so that being a good
picture is not enough. This is GAN-INT-CLS (Reed et al., *Generative Adversarial Text to Image Synthesis*, ICML 2016,
[arXiv:1605.05396](https://arxiv.org/abs/1605.05396)), where INT also trains on sentences halfway between two others. In
our generator the sentence shifts and scales every block, as in DF-GAN (Tao et al., CVPR 2022,
[arXiv:2008.05865](https://arxiv.org/abs/2008.05865)). A third network reads the random numbers off a picture, which is
how a style is taken.

**Limits.** It knows flowers and birds and little of language: colours and parts work, counting, places and "no" seldom
do. The birds' sentences were composed by a program from a table of species, not written by people, and are wrong for
some females and young birds. What is painted need not exist.
"""
PYTHON = """import cgan_demo

paint = cgan_demo.load("{model_id}")
pictures = paint("{sentence}", count=8, seed=0)

paint.between_sentences("{sentence}",
                        "{other}", seed=3, steps=9)
paint.between_seeds("{sentence}", 3, 4, steps=9)
[(word.text, word.known) for word in paint.read("a turquoise zorblax").words]
"""
VARIANTS = (
    "The same sentences and seeds painted by the paper's networks, trained in its four ways: GAN, CLS, INT, INT-CLS, "
    "each on 400,000 pictures and for as long as the model above. Colours follow the sentence, with both changes blots "
    "become flowers, and the seed counts for little yet"
)
ASSETS = assets()


@dataclass(frozen=True)
class Sentence:
    domain: gr.Radio
    sentence: gr.Textbox
    words: gr.HighlightedText
    told: gr.Markdown
    colors: gr.Dataset
    go: gr.Button
    more: gr.Button
    seed: gr.Number
    examples: gr.Dataset


@dataclass(frozen=True)
class Styling:
    photo: gr.Image
    card: gr.HTML
    clear: gr.Button
    strength: gr.Slider


@dataclass(frozen=True)
class Chosen:
    large: gr.HTML
    seed: gr.Number
    save: gr.Button


@dataclass(frozen=True)
class Way:
    """From the chosen picture to another sentence or seed."""

    kind: gr.Radio
    other: gr.Textbox
    other_seed: gr.Number
    strip: gr.HTML
    go: gr.Button
    film: gr.HTML


@dataclass(frozen=True)
class Components:
    """Whatever is to change the samples changes `nudge`, and what is to change the strip changes `later`.

    asked: what the samples are of; `stamp` changes with it. style: the one that was taken.
    """

    asked: gr.State
    style: gr.State
    nudge: gr.Textbox
    stamp: gr.Textbox
    later: gr.Textbox
    kept: gr.Textbox
    said: Sentence
    samples: gr.HTML
    styling: Styling
    note: gr.Markdown
    chosen: Chosen
    way: Way

    @property
    def fields(self) -> list[Any]:
        """In the order of `KEPT`."""
        return [self.said.domain, self.said.sentence, self.way.other, self.said.seed, self.chosen.seed]

    @property
    def styled(self) -> list[Any]:
        return [self.style, self.styling.card, self.styling.clear, self.nudge]


def build(models: ModelStore, domains: Sequence[str] | None = None) -> dict[str, Any]:
    """Lay out the tab, wire it, and return the arguments of the event that first fills it.

    domains: names of `DOMAINS`; by default those whose models are in the catalog.
    """
    domains = list(domains or available())
    painting, first = Painting(models), opening(domains[0])
    ui = _layout(domains, first)
    calls = Calls(painting, ui.styling.photo.GRADIO_CACHE, domains)
    _wire_sentence(ui, calls)
    _wire_style(ui, calls)
    _wire_chosen(ui, calls)
    endpoints(painting, domains)
    ids = [DOMAINS[name] for name in domains]
    foot(METHOD, ids, PYTHON.format(model_id=ids[0], sentence=first.examples[0], other=first.other), _figures())
    return {
        "fn": calls.open,
        "inputs": [ui.asked, ui.said.domain, ui.kept],
        "outputs": [ui.nudge, ui.said.examples, ui.note, *ui.fields],
        "js": bring("text"),
        **shown_on(ui.samples),
    }


def _figures() -> dict[str, Path]:
    path = next(ASSETS.glob("text-variants.*"), None)
    return {VARIANTS: path} if path else {}


def _layout(domains: list[str], first: Opening) -> Components:
    states: list[Any] = [gr.State(), gr.State()]
    hidden = [gr.Textbox(visible="hidden", elem_id=f"text-{name}") for name in ("nudge", "stamp", "later", "kept")]
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=320):
            said = _sentence(domains, first)
        with gr.Column(scale=6, min_width=320):
            samples = part("seedgrid", None, "text-samples", min_height=120, tab="text", count=COUNT)
            styling = _styling()
            told = gr.Markdown(first.note, elem_classes="hint", elem_id="text-note")
    gr.Markdown(
        "### The picture you use\nClick another one above: its seed is kept in all that follows.", elem_id="text-head"
    )
    with gr.Row(equal_height=False, elem_id="text-chosen"):
        with gr.Column(scale=4, min_width=320):
            large = part("picture", None, "text-large")
            with gr.Row(equal_height=True):
                seed = seed_field(0, "Its seed", "text-chosen-seed", min_width=110)
                save = gr.Button("Download as PNG", min_width=150, elem_id="text-save")
        with gr.Column(scale=6, min_width=320):
            way = _way(first.other)
    return Components(*states, *(*hidden, said, samples, styling, told, Chosen(large, seed, save), way))


def _typed(value: str, label: str, elem_id: str, **kwargs: Any) -> gr.Textbox:
    return gr.Textbox(value, label=label, lines=1, max_lines=5, max_length=LONGEST, elem_id=elem_id, **kwargs)


def _sentence(domains: list[str], first: Opening) -> Sentence:
    domain = gr.Radio(domains, value=domains[0], label="What it is", container=False, elem_id="text-domain")
    label = "Say what it looks like, in English"
    sentence = _typed(first.examples[0], label, "text-sentence", placeholder=first.examples[1])
    words = gr.HighlightedText(
        [], label="The words as the model reads them", color_map={UNSEEN.lower(): "#d97706"}, elem_id="text-words"
    )
    told = gr.Markdown(elem_classes="hint", elem_id="text-told")
    colors = _choices("In another colour", [], "text-colors", visible=False)
    with gr.Row(equal_height=True):
        go = gr.Button("Paint", variant="primary", min_width=80, elem_id="text-go")
        more = gr.Button("Eight more", min_width=80, elem_id="text-more")
        seed = seed_field(0, "Seed", "text-seed", min_width=80)
    examples = _choices("Or start from a sentence", first.examples, "text-examples", elem_classes="last-on-phones")
    return Sentence(domain, sentence, words, told, colors, go, more, seed, examples)


def _choices(label: str, texts: Sequence[str], elem_id: str, **kwargs: Any) -> gr.Dataset:
    kwargs |= {"components": [gr.Textbox(visible=False)], "layout": "gallery"}
    return gr.Dataset(label=label, samples=[[text] for text in texts], elem_id=elem_id, **kwargs)


def _styling() -> Styling:
    label, sources = "Its background and pose are taken", ["upload", "clipboard"]
    with gr.Accordion("Style from a picture", open=False, elem_id="text-style-fold"), gr.Row(equal_height=False):
        with gr.Column(min_width=250):
            photo = picture_file(True, label=label, sources=sources, height=150, elem_id="text-photo")
        with gr.Column(min_width=250):
            card = part("picture", json.dumps({"beside": True}), "text-style")
            clear = gr.Button("Clear the style", visible=False, size="sm", elem_id="text-clear")
            label, info = "How much of its style", "The seed says the rest"
            strength = gr.Slider(0, 1, STRENGTH, step=0.05, label=label, info=info, elem_id="text-strength")
    return Styling(photo, card, clear, strength)


def _way(other: str) -> Way:
    kind = gr.Radio([SENTENCE, SEED], value=SENTENCE, label="From this picture to", elem_id="text-kind")
    return Way(
        kind,
        _typed(other, "The other sentence", "text-other"),
        seed_field(1, "The other seed", "text-other-seed", visible=False),
        part("way", None, "text-way"),
        gr.Button("Make an animation of it", elem_id="text-film"),
        part("picture", json.dumps({"beside": True}), "text-moving"),
    )


def _wire_sentence(ui: Components, calls: Calls) -> None:
    said, strength = ui.said, ui.styling.strength
    given = [said.domain, said.sentence, said.seed, ui.style, strength]
    # One event for all that changes the samples, so that an older answer never lands on a newer one.
    asked = [ui.nudge.change, said.sentence.submit, said.go.click, said.seed.change, strength.release]
    shown = [ui.samples, said.words, said.told, said.colors, ui.asked, ui.stamp]
    gr.on(asked, calls.show, given, shown, **LIVE)
    said.sentence.change(None, None, ui.nudge, js=script("page", "later", "typed", 350), **PRIVATE)
    gr.on([field.change for field in ui.fields], None, ui.fields, js=note("text", KEPT), **PRIVATE)
    said.more.click(calls.more, said.seed, said.seed, **QUIET)
    switched = [said.sentence, said.examples, ui.way.other, ui.note, *ui.styled[:3]]
    said.domain.input(calls.switch, said.domain, switched, **shown_on(ui.samples))
    said.examples.click(lambda sample: sample[0], said.examples, said.sentence, **QUIET)
    said.colors.click(calls.recolor, [said.sentence, said.colors], said.sentence, **QUIET)


def _wire_style(ui: Components, calls: Calls) -> None:
    photo = ui.styling.photo
    takes(photo.upload, calls.style, [photo, ui.said.domain], ui.styled, **shown_on(photo))
    ui.styling.clear.click(calls.clear, None, ui.styled, **QUIET)


def _wire_chosen(ui: Components, calls: Calls) -> None:
    way, seed = ui.way, ui.chosen.seed
    chosen = [ui.asked, seed]
    ends = [*chosen, way.kind, way.other, way.other_seed]
    ui.samples.input(calls.picked, ui.samples, seed, **QUIET)
    gr.on([seed.change, ui.samples.change], None, seed, js=script("text", "mark"), **PRIVATE)
    gr.on([ui.stamp.change, seed.change], calls.large, chosen, [ui.chosen.large, ui.chosen.save], **LIVE)
    downloads(ui.chosen.save, calls.save, chosen)
    way.kind.input(calls.turn, way.kind, [way.other, way.other_seed], **QUIET)
    # The strip costs as much as the samples: it is made once the sentence has settled.
    changes = [ui.stamp.change, seed.change, way.kind.input, way.other.change, way.other_seed.change]
    gr.on(changes, None, None, ui.later, js=script("page", "later", "settled", 600), **PRIVATE)
    gr.on([ui.later.change, way.other.submit], calls.way, ends, [way.strip, way.film], **LIVE)
    way.go.click(calls.film, ends, way.film, **live_on(way.strip))


TAB = Tab("Text → Picture", 50, build, lambda: bool(available()))
