"""The tab "Text → Picture": type a sentence and see eight pictures of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from ..bundled import assets
from .components import MODEL_QUEUE, ModelStore, foot, guarded
from .kept import bring, note
from .parts import sent, sent_number
from .textapi import endpoints
from .textcalls import KEPT, Calls
from .textlayout import layout
from .textwork import COUNT, DOMAINS, MAX_SEED, SEED, SENTENCE, Painting, available, recolored, seed_of
from .uploads import SAVE

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
PRIVATE: dict[str, Any] = {"api_visibility": "private"}
ASSETS = assets()
# Of several promises made within the time, only the last is kept.
LATER = """() => new Promise((done) => {{ clearTimeout(window.cgan{0}); window.cgan{0} = setTimeout(
    () => done(String(Date.now())), {1}); }})"""
TELL = """(seed) => window.dispatchEvent(new CustomEvent("cgan-seed", { detail: seed }))"""


def build(models: ModelStore, domains: Sequence[str] | None = None) -> dict[str, Any]:
    """Lay out the tab, wire it, and return the arguments of the event that first fills it.

    domains: names of `DOMAINS`; by default those whose models are in the catalog.
    """
    domains = list(domains or available())
    painting = Painting(models)
    ui = layout(domains)
    calls = Calls(painting, ui["photo"].GRADIO_CACHE, domains)
    shown = {**PRIVATE, **MODEL_QUEUE, "show_progress": "minimal", "show_progress_on": ui["samples"]}
    _wire_sentence(ui, calls, shown)
    _wire_chosen(ui, calls)
    endpoints(painting, domains)
    first = DOMAINS[domains[0]]
    python = PYTHON.format(model_id=first.model_id, sentence=first.examples[0], other=first.other)
    foot(METHOD, [DOMAINS[name].model_id for name in domains], python, _figures())

    return {
        "fn": guarded(calls.open),
        "inputs": [ui["asked"], ui["domain"], ui["kept"]],
        "outputs": [ui[name] for name in ("nudge", "examples", "note", *KEPT)],
        "js": bring("text"),
        **shown,
    }


def _figures() -> dict[str, Path]:
    path = next(ASSETS.glob("text-variants.*"), None)
    return {VARIANTS: path} if path else {}


def _wire_sentence(ui: dict[str, Any], calls: Calls, shown: dict[str, Any]) -> None:
    live = {**PRIVATE, **MODEL_QUEUE, "trigger_mode": "always_last", "show_progress": "hidden"}
    quiet = {**PRIVATE, "show_progress": "hidden"}
    given = [ui[name] for name in ("domain", "sentence", "seed", "style", "strength", "chosen")]
    styled = [ui["style"], ui["card"], ui["nudge"]]

    @guarded
    def recolor(sentence: str, message: str | None) -> str:
        return recolored(sentence, str(sent(message, "color")))

    @guarded
    def switched(domain: str) -> tuple[Any, ...]:
        calls.painting.painter(domain)
        return calls.switch(domain)

    # One event for all that changes the samples, so that an older answer never lands on a newer one.
    asked = [ui["nudge"].change, ui["sentence"].submit, ui["go"].click, ui["seed"].change, ui["strength"].release]
    gr.on(asked, guarded(calls.show), given, [ui["samples"], ui["words"], ui["asked"], ui["stamp"]], **live)
    ui["sentence"].change(None, None, ui["nudge"], js=LATER.format("Typed", 350), **PRIVATE)
    fields = [ui[name] for name in KEPT]
    gr.on([field.change for field in fields], None, fields, js=note("text", KEPT), **PRIVATE)
    ui["more"].click(guarded(calls.more), ui["seed"], ui["seed"], **quiet)
    ui["domain"].input(
        switched, ui["domain"], [ui["sentence"], ui["examples"], ui["other"], ui["note"], *styled[:2]], **shown
    )
    ui["examples"].click(lambda sample: sample[0], ui["examples"], ui["sentence"], **quiet)
    ui["words"].input(recolor, [ui["sentence"], ui["words"]], ui["sentence"], **quiet)
    reading = ui["photo"].upload(
        guarded(calls.style),
        [ui["domain"], ui["photo"]],
        [*styled, ui["photo"]],
        **{**PRIVATE, **MODEL_QUEUE, "show_progress": "minimal", "show_progress_on": ui["photo"]},
    )
    reading.failure(lambda: None, outputs=ui["photo"], **PRIVATE)  # its file is gone
    ui["card"].input(lambda: calls.clear(), None, styled, **quiet)


def _wire_chosen(ui: dict[str, Any], calls: Calls) -> None:
    live = {**PRIVATE, **MODEL_QUEUE, "trigger_mode": "always_last", "show_progress": "hidden"}
    chosen = [ui["asked"], ui["chosen"]]
    ends = [*chosen, ui["kind"], ui["other"], ui["other_seed"]]

    @guarded
    def picked(message: str | None) -> int:
        return seed_of(sent_number(message, "seed", 0, MAX_SEED + COUNT))

    ui["samples"].input(picked, ui["samples"], ui["chosen"], **PRIVATE, show_progress="hidden")
    ui["chosen"].change(None, ui["chosen"], js=TELL, **PRIVATE)
    gr.on([ui["stamp"].change, ui["chosen"].change], guarded(calls.large), chosen, [ui["large"], ui["save"]], **live)
    ui["save"].click(guarded(calls.save), chosen, ui["file"], **PRIVATE, **MODEL_QUEUE).success(
        None, ui["file"], js=SAVE, **PRIVATE
    )
    ui["kind"].input(
        lambda kind: (gr.update(visible=kind == SENTENCE), gr.update(visible=kind == SEED)),
        ui["kind"],
        [ui["other"], ui["other_seed"]],
        **PRIVATE,
        show_progress="hidden",
    )
    # The strip costs as much as the samples: it is made once the sentence has settled.
    changes = [ui["stamp"].change, ui["chosen"].change, ui["kind"].input, ui["other"].change, ui["other_seed"].change]
    gr.on(changes, None, None, ui["later"], js=LATER.format("Settled", 600), **PRIVATE)
    gr.on([ui["later"].change, ui["other"].submit], guarded(calls.way), ends, ui["way"], **live)
    ui["film"].click(
        guarded(calls.film),
        ends,
        ui["way"],
        **{**live, "show_progress": "minimal", "show_progress_on": ui["way"]},
    )
