"""What the events of the tab "Text → Picture" do: what its components hold in, what they show next out."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ...errors import InputError
from ..kept import Kept
from ..parts import sent_number
from ..seeds import MAX_SEED, seed_of
from ..uploads import download, png_url
from . import view
from .painting import COUNT, DOMAINS, FILM, LONGEST, SEED, SENTENCE, STRIP, Asked, Painting, Style, opening, recolored

KEPT = ("domain", "sentence", "other", "seed", "chosen")  # fields that come back when the page is loaded again


@dataclass(frozen=True)
class Calls:
    """`uploads`: the folder from which uploads are removed. domains: those that the tab offers."""

    painting: Painting
    uploads: str
    domains: Sequence[str] = tuple(DOMAINS)

    def open(self, asked: Asked | None, domain: str, kept: str | None = None) -> tuple[Any, ...]:
        """As the tab was left, unless something is shown already: new values of nudge, examples, note and `KEPT`."""
        found = Kept.read(kept)
        domain, known = found.choice("domain", self.domains) or domain, bool(found.values)
        self.painting.painter(domain)  # loaded here, where progress is shown
        if asked or not known:
            return gr.skip() if asked else _key(), *(gr.skip(),) * (2 + len(KEPT))
        sentence, examples, other, words = self.switch(domain)[:4]
        typed = [found.text(name, LONGEST) or usual for name, usual in (("sentence", sentence), ("other", other))]
        seeds = [found.integer(name, MAX_SEED) or 0 for name in ("seed", "chosen")]
        return _key(), examples, words, domain, *typed, *seeds

    def switch(self, domain: str) -> tuple[Any, ...]:
        """Another domain: new values of sentence, examples, other sentence, note, style, its card and its button."""
        self.painting.painter(domain)  # loaded here, where progress is shown
        first = opening(domain)
        samples = gr.Dataset(samples=[[sentence] for sentence in first.examples])
        return first.examples[0], samples, first.other, first.note, *self.clear()[:3]

    def show(
        self, domain: str, sentence: str, seed: float | None, style: Style | None, strength: float
    ) -> tuple[Any, ...]:
        """New values of samples, words, what is told of them, colours to exchange for, asked and stamp."""
        if not sentence.strip():
            told = "Say what the picture shows, or click a sentence."
            return gr.skip(), [], told, gr.Dataset(visible=False), gr.skip(), gr.skip()
        asked, first = Asked(domain, sentence, style, float(strength)), seed_of(seed)
        reading = self.painting.painter(domain).read(sentence)
        samples = view.samples_value(self.painting.painted(asked, reading, first), first, sentence)
        colors = view.exchanges(sentence, opening(domain).colors)
        others = gr.Dataset(samples=[[color] for color in colors], visible=bool(colors))
        return samples, view.words_value(reading), view.told_value(reading), others, asked, _key()

    def more(self, seed: float | None) -> int:
        return min(seed_of(seed) + COUNT, MAX_SEED)

    def recolor(self, sentence: str, color: list[str]) -> str:
        """The sentence in the colour that was clicked."""
        return recolored(sentence, color[0])

    def picked(self, message: str | None) -> int:
        """The seed of a sample that was clicked."""
        return seed_of(sent_number(message, "seed", 0, MAX_SEED + COUNT))

    def large(self, asked: Asked | None, chosen: float | None) -> tuple[Any, Any]:
        """New values of the large picture and of the button that downloads it."""
        if asked is None:
            return gr.skip(), gr.skip()
        seed = seed_of(chosen)
        picture = self.painting.samples(asked, seed, 1)[0]
        size = f"{picture.width} × {picture.height}"
        return view.large_value(picture, asked.sentence, seed), f"Download as PNG, {size}"

    def save(self, asked: Asked | None, chosen: float | None) -> str:
        asked, seed = _shown(asked), seed_of(chosen)
        picture = self.painting.samples(asked, seed, 1)[0]
        return download(f"{view.file_name(asked.sentence, 'seed', seed)}.png", png_url(picture))

    def style(self, path: str | None, domain: str) -> tuple[Any, ...]:
        """New values of style, its card, the button that clears it, nudge, and the emptied upload."""
        style = self.painting.style(domain, path, self.uploads)
        return style, view.style_value(style), gr.Button(visible=True), _key(), None

    def clear(self) -> tuple[None, str, gr.Button, str]:
        """New values of style, its card, the button that clears it, and nudge."""
        return None, view.style_value(None), gr.Button(visible=False), _key()

    def turn(self, kind: str) -> tuple[Any, Any]:
        """New values of the other sentence and the other seed: one of them can be seen."""
        return gr.update(visible=kind == SENTENCE), gr.update(visible=kind == SEED)

    def way(
        self, asked: Asked | None, chosen: float | None, kind: str, other: str, other_seed: float | None
    ) -> tuple[Any, Any]:
        """New values of the strip, and of the animation, which was of another one."""
        if asked is None or (kind == SENTENCE and not other.strip()):
            return gr.skip(), gr.skip()
        start, end = seed_of(chosen), seed_of(other_seed)
        ends, words = (f"seed {start}", f"seed {end}"), f"“{asked.sentence}” all the way."
        if kind == SENTENCE:
            ends, words = (f"“{asked.sentence}”", f"“{other}”"), f"Seed {start} all the way."
        pictures = self._frames(asked, start, kind, other, end, STRIP)
        return view.way_value(pictures, ends, words), view.EMPTY

    def film(self, asked: Asked | None, chosen: float | None, kind: str, other: str, other_seed: float | None) -> str:
        asked, start, end = _shown(asked), seed_of(chosen), seed_of(other_seed)
        pictures = self._frames(asked, start, kind, other, end, FILM)
        name = view.file_name(asked.sentence, "seed", start, "to", view.file_name(other) if kind == SENTENCE else end)
        return view.there_and_back_value(pictures, name)

    def _frames(self, asked: Asked, start: int, kind: str, other: str, end: int, steps: int) -> list[Any]:
        if kind == SENTENCE:
            return self.painting.between_sentences(asked, other, start, steps)
        return self.painting.between_seeds(asked, start, end, steps)


def _key() -> str:
    return uuid.uuid4().hex


def _shown(asked: Asked | None) -> Asked:
    if asked is None:
        raise InputError("There is no picture yet: say what it shows, or click a sentence.")
    return asked
