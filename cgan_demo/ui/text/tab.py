"""The tab "Text → Picture": type a sentence and see eight pictures of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from ...bundled import assets
from ..components import ModelStore, available, foot, picture_file
from ..events import LIVE, PRIVATE, QUIET, downloads, live_on, script, shown_on, takes
from ..kept import bring, note
from ..parts import part
from ..seeds import seed_field
from ..tabs import Tab
from .api import endpoints
from .calls import KEPT, Calls
from .painting import COUNT, DOMAINS, LONGEST, SEED, SENTENCE, STRENGTH, Opening, Painting, opening
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
picture = paint("{sentence}", seed=0)
pictures = paint.variations("{sentence}", 8, seed=0)

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
HEAD = "### The picture you use\nClick another one above: its seed is kept in all that follows."
ASSETS = assets()


@dataclass(frozen=True)
class Components:
    """Whatever is to change the samples changes `nudge`.

    asked: what the samples are of; `stamp` changes with it. style: the one that was taken. chosen: a sample's seed.
    """

    asked: gr.State
    style: gr.State
    nudge: gr.Textbox
    stamp: gr.Textbox
    domain: gr.Radio
    sentence: gr.Textbox
    words: gr.HighlightedText
    told: gr.Markdown
    colors: gr.Dataset
    go: gr.Button
    more: gr.Button
    seed: gr.Number
    examples: gr.Dataset
    samples: gr.HTML
    photo: gr.Image
    card: gr.HTML
    clear: gr.Button
    strength: gr.Slider
    note: gr.Markdown
    chosen: gr.Number
    other: gr.Textbox

    @property
    def kept(self) -> list[Any]:
        """In the order of `KEPT`."""
        return [self.domain, self.sentence, self.other, self.seed, self.chosen]

    @property
    def styled(self) -> list[Any]:
        return [self.style, self.card, self.clear, self.nudge]


def build(models: ModelStore, domains: Sequence[str] | None = None) -> dict[str, Any]:
    """Lay out the tab, wire it, and return the arguments of the event that first fills it.

    domains: names of `DOMAINS`; by default those whose models are in the catalog.
    """
    domains = list(domains or available(DOMAINS))
    painting, first, kept = Painting(models), opening(domains[0]), gr.Textbox(visible="hidden", elem_id="text-kept")
    calls = Calls(painting, kept.GRADIO_CACHE, domains)
    ui = _layout(domains, first, calls)
    _wire_sentence(ui, calls)
    _wire_style(ui, calls)
    endpoints(painting, domains)
    ids = [DOMAINS[name] for name in domains]
    foot(METHOD, ids, PYTHON.format(model_id=ids[0], sentence=first.examples[0], other=first.other), _figures())
    given, shown = [ui.asked, ui.domain, kept], [ui.nudge, ui.examples, ui.note, *ui.kept]
    return {"fn": calls.open, "inputs": given, "outputs": shown, "js": bring("text"), **shown_on(ui.samples)}


def _figures() -> dict[str, Path]:
    path = next(ASSETS.glob("text-variants.*"), None)
    return {VARIANTS: path} if path else {}


def _layout(domains: list[str], first: Opening, calls: Calls) -> Components:
    asked, style = gr.State(), gr.State()
    nudge, stamp = (gr.Textbox(visible="hidden", elem_id=f"text-{name}") for name in ("nudge", "stamp"))
    with gr.Row(equal_height=False, elem_classes="workbench"):
        with gr.Column(scale=4, min_width=320):
            said = _sentence(domains, first)
        with gr.Column(scale=6, min_width=320):
            samples = part("seedgrid", None, "text-samples", min_height=120, tab="text", count=COUNT)
            styling = _styling()
            told = gr.Markdown(first.note, elem_classes="hint", elem_id="text-note")
    gr.Markdown(HEAD, elem_id="text-head")
    with gr.Row(equal_height=False, elem_id="text-chosen"):
        with gr.Column(scale=4, min_width=320):
            chosen = _chosen(asked, stamp, samples, calls)
        with gr.Column(scale=6, min_width=320):
            other = _way(asked, stamp, chosen, first.other, calls)
    return Components(asked, style, nudge, stamp, *(*said, samples, *styling, told, chosen, other))


def _typed(value: str, label: str, elem_id: str, **kwargs: Any) -> gr.Textbox:
    return gr.Textbox(value, label=label, lines=1, max_lines=5, max_length=LONGEST, elem_id=elem_id, **kwargs)


def _sentence(domains: list[str], first: Opening) -> tuple[Any, ...]:
    domain = gr.Radio(domains, value=domains[0], label="What it is", container=False, elem_id="text-domain")
    label = "Say what it looks like, in English"
    sentence = _typed(first.examples[0], label, "text-sentence", placeholder=first.examples[1])
    label, color_map = "The words as the model reads them", {UNSEEN.lower(): "#b45309"}
    words = gr.HighlightedText(
        [], label=label, color_map=color_map, show_label=False, container=False, elem_id="text-words"
    )
    told = gr.Markdown(elem_classes="hint", elem_id="text-told")
    colors = _choices("In another colour", [], "text-colors", visible=False)
    with gr.Row(equal_height=True):
        go = gr.Button("Paint", variant="primary", min_width=80, elem_id="text-go")
        more = gr.Button("Eight more", min_width=80, elem_id="text-more")
        seed = seed_field(0, "Seed", "text-seed", min_width=80)
    examples = _choices("Or start from a sentence", first.examples, "text-examples", elem_classes="last-on-phones")
    return domain, sentence, words, told, colors, go, more, seed, examples


def _choices(label: str, texts: Sequence[str], elem_id: str, **kwargs: Any) -> gr.Dataset:
    kwargs |= {"components": [gr.Textbox(visible=False)], "layout": "gallery"}
    return gr.Dataset(label=label, samples=[[text] for text in texts], elem_id=elem_id, **kwargs)


def _styling() -> tuple[Any, ...]:
    label, sources = "Its background and pose are taken", ["upload", "clipboard"]
    with gr.Accordion("Style from a picture", open=False, elem_id="text-style-fold"), gr.Row(equal_height=False):
        with gr.Column(min_width=250):
            photo = picture_file(True, label=label, sources=sources, height=150, elem_id="text-photo")
        with gr.Column(min_width=250):
            card = part("picture", json.dumps({"beside": True}), "text-style")
            clear = gr.Button("Clear the style", visible=False, size="sm", elem_id="text-clear")
            label, info = "How much of its style", "The seed says the rest"
            strength = gr.Slider(0, 1, STRENGTH, step=0.05, label=label, info=info, elem_id="text-strength")
    return photo, card, clear, strength


def _chosen(asked: gr.State, stamp: gr.Textbox, samples: gr.HTML, calls: Calls) -> gr.Number:
    """The picture that was chosen of the samples; -> its seed."""
    large = part("picture", None, "text-large")
    with gr.Row(equal_height=True):
        seed = seed_field(0, "Its seed", "text-chosen-seed", min_width=110)
        save = gr.Button("Download as PNG", min_width=150, elem_id="text-save")
    samples.input(calls.picked, samples, seed, **QUIET)
    gr.on([seed.change, samples.change], None, seed, js=script("text", "mark"), **PRIVATE)
    gr.on([stamp.change, seed.change], calls.large, [asked, seed], [large, save], **LIVE)
    downloads(save, calls.save, [asked, seed])
    return seed


def _way(asked: gr.State, stamp: gr.Textbox, seed: gr.Number, sentence: str, calls: Calls) -> gr.Textbox:
    """From the chosen picture to another sentence, whose field is returned, or to another seed."""
    kind = gr.Radio([SENTENCE, SEED], value=SENTENCE, label="From this picture to", elem_id="text-kind")
    other = _typed(sentence, "The other sentence", "text-other")
    other_seed = seed_field(1, "The other seed", "text-other-seed", visible=False)
    strip = part("way", None, "text-way")
    go = gr.Button("Make an animation of it", elem_id="text-film")
    film, later = part("picture", json.dumps({"beside": True}), "text-moving"), gr.Textbox(visible="hidden")
    kind.input(calls.turn, kind, [other, other_seed], **QUIET)
    ends = [asked, seed, kind, other, other_seed]
    # The strip costs as much as the samples: it is made once the sentence has settled.
    changes = [stamp.change, seed.change, kind.input, other.change, other_seed.change]
    gr.on(changes, None, None, later, js=script("page", "later", "settled", 600), **PRIVATE)
    gr.on([later.change, other.submit], calls.way, ends, [strip, film], **LIVE)
    go.click(calls.film, ends, film, **live_on(strip))
    return other


def _wire_sentence(ui: Components, calls: Calls) -> None:
    given = [ui.domain, ui.sentence, ui.seed, ui.style, ui.strength]
    # One event for all that changes the samples, so that an older answer never lands on a newer one.
    asked = [ui.nudge.change, ui.sentence.submit, ui.go.click, ui.seed.change, ui.strength.release]
    gr.on(asked, calls.show, given, [ui.samples, ui.words, ui.told, ui.colors, ui.asked, ui.stamp], **LIVE)
    ui.sentence.change(None, None, ui.nudge, js=script("page", "later", "typed", 350), **PRIVATE)
    gr.on([field.change for field in ui.kept], None, ui.kept, js=note("text", KEPT), **PRIVATE)
    ui.more.click(calls.more, ui.seed, ui.seed, **QUIET)
    switched = [ui.sentence, ui.examples, ui.other, ui.note, *ui.styled[:3]]
    ui.domain.input(calls.switch, ui.domain, switched, **shown_on(ui.samples))
    ui.examples.click(lambda sample: sample[0], ui.examples, ui.sentence, **QUIET)
    ui.colors.click(calls.recolor, [ui.sentence, ui.colors], ui.sentence, **QUIET)


def _wire_style(ui: Components, calls: Calls) -> None:
    takes(ui.photo.upload, calls.style, [ui.photo, ui.domain], ui.styled, **shown_on(ui.photo))
    ui.clear.click(calls.clear, None, ui.styled, **QUIET)


TAB = Tab("Text → Picture", 50, build, lambda: bool(available(DOMAINS)))
