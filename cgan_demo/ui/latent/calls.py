"""What the events of the tab "Latent space" do: what its components hold in, what they show next out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from typing import Any

import gradio as gr

from ...checks import number
from ...errors import InputError
from ..kept import Kept
from ..parts import UNREADABLE, sent, sent_number
from ..seeds import MAX_SEED, seed_of
from . import view
from .exploring import COUNT, DOMAINS, LONGEST, MINE, MOST_STOPS, STRIP, Asked, Exploring, Mine, Place
from .fields import Fields, Targets, clicked, first_fields, thrown, with_mine

CENTRE = (0.5, 0.5)
KEPT = ("domain", "seed", *(field.name for field in fields(Fields)))  # what comes back when the page is loaded again


@dataclass(frozen=True)
class Calls:
    """`uploads`: the folder from which uploads are removed. domains: those that the tab offers."""

    exploring: Exploring
    uploads: str
    domains: Sequence[str] = tuple(DOMAINS)

    def open(self, stamp: str, domain: str, kept: str | None = None) -> tuple[Any, ...]:
        """As the tab was left, unless something is shown already: new values of section, stamp and `KEPT`."""
        found = Kept.read(kept)
        domain = found.choice("domain", self.domains) or domain
        self.exploring.explorer(domain)  # loaded here, where progress is shown
        if stamp or not found.values:
            return *((gr.skip(), gr.skip()) if stamp else ("walk", _key())), *(gr.skip(),) * len(KEPT)
        usual = asdict(first_fields(domain))
        typed = {name: found.text(name, LONGEST) or text for name, text in usual.items()}
        places = [usual[name] if MINE in text.lower() else text for name, text in typed.items()]  # it was not kept
        return "walk", _key(), domain, found.whole("seed", MAX_SEED) or 0, *places

    def switch(self, domain: str) -> tuple[Any, ...]:
        """Another domain: new values of the fields, mine, amounts, reading, stamp and the buttons that use mine."""
        self.exploring.explorer(domain)  # loaded here, where progress is shown
        return *first_fields(domain).values(), None, None, view.EMPTY, _key(), *_buttons(False)

    def samples(self, domain: str, truncation: float, mine: Mine | None, seed: float | None) -> str:
        first = seed_of(seed)
        return view.grid_value(self.exploring.samples(Asked(domain, truncation), first), first)

    def more(self, seed: float | None) -> int:
        return min(seed_of(seed) + COUNT, MAX_SEED)

    def click(self, message: str | None, section: str, *given: str) -> tuple[str, ...]:
        """New values of the targets and the fields. given: both."""
        targets, fields = clicked(
            section, Targets(*given[:3]), Fields(*given[3:]), int(sent_number(message, "seed", 0, MAX_SEED + COUNT))
        )
        return *astuple(targets), *fields.values()

    # ---- walk

    def walk(self, domain: str, truncation: float, mine: Mine | None, a: str, b: str, share: float, way: str) -> str:
        """The picture between A and B; share: in per cent."""
        asked = Asked(domain, truncation, mine)
        start, end = self._ends(asked, a, b)
        picture = self.exploring.between(asked, start, end, share / 100, way)
        caption = f"{start.words} → {end.words}, {share:g} %{view.truncated(truncation)}"
        return view.view_value(picture, caption, view.named(start.words, "to", end.words, f"{share:g}"))

    def strip(self, domain: str, truncation: float, mine: Mine | None, a: str, b: str, way: str) -> str:
        asked = Asked(domain, truncation, mine)
        start, end = self._ends(asked, a, b)
        pictures = self.exploring.strip(asked, start, end, way)
        return view.strip_value(pictures, (start.words, end.words), f"{way}, in {STRIP} pictures.")

    def film(self, domain: str, truncation: float, mine: Mine | None, tour: str, way: str) -> str:
        asked = Asked(domain, truncation, mine)
        stops = self.exploring.places(asked, tour, "The animation", 2, MOST_STOPS)
        return view.tour_value(self.exploring.tour(asked, stops, way), stops)

    def _ends(self, asked: Asked, a: str, b: str) -> tuple[Place, Place]:
        start, end = (self.exploring.places(asked, text, name, 1, 1)[0] for text, name in ((a, "A"), (b, "B")))
        return start, end

    # ---- pad

    def pad(
        self, domain: str, truncation: float, mine: Mine | None, corners: str, at: tuple[float, float] | None
    ) -> tuple[str, str]:
        """New values of the pad and of its picture."""
        asked = Asked(domain, truncation, mine)
        places = self.exploring.places(asked, corners, "The pad", 4, 4)
        pictures = self.exploring.pad_map(asked, places)
        return view.pad_value(pictures, places), self._on_pad(asked, places, at or CENTRE)

    def drag(
        self, domain: str, truncation: float, mine: Mine | None, corners: str, message: str | None
    ) -> tuple[str, tuple[float, float]]:
        """New values of the pad's picture, and of where its dot is."""
        asked = Asked(domain, truncation, mine)
        at = sent_number(message, "x", 0, 1), sent_number(message, "y", 0, 1)
        return self._on_pad(asked, self.exploring.places(asked, corners, "The pad", 4, 4), at), at

    def _on_pad(self, asked: Asked, corners: Sequence[Place], at: tuple[float, float]) -> str:
        x, y = at
        caption = f"{x:.2f} across, {y:.2f} down{view.truncated(asked.truncation)}"
        name = view.named("pad", *(corner.words.split()[-1] for corner in corners), "at", f"{x:.2f}", f"{y:.2f}")
        return view.view_value(self.exploring.pad(asked, corners, x, y), caption, name)

    def dice(self) -> str:
        return thrown()

    # ---- mix and move

    def mix(self, domain: str, truncation: float, mine: Mine | None, *fields: str) -> str:
        asked = Asked(domain, truncation, mine)
        terms = [self.exploring.places(asked, text, name) for text, name in zip(fields, "ABC", strict=True)]
        return view.mix_value(self.exploring.mix(asked, terms), terms)

    def move(
        self, domain: str, truncation: float, mine: Mine | None, start: str, amounts: Mapping[str, float] | None
    ) -> tuple[str, str, Any]:
        """New values of the sliders, of the picture, and of the strip."""
        asked, told = Asked(domain, truncation, mine), amounts or {}
        directions = self.exploring.explorer(domain).directions
        strip = self.along(domain, truncation, mine, start, told, directions[0].name) if directions else view.EMPTY
        return view.directions_value(directions, told), self._moved(asked, start, told), strip

    def slide(
        self, domain: str, truncation: float, mine: Mine | None, start: str, message: str | None
    ) -> tuple[str, dict[str, float]]:
        """New values of the picture, and of the amounts."""
        asked, told = Asked(domain, truncation, mine), self._amounts(domain, message)
        return self._moved(asked, start, told), told

    def slid(self, domain: str, truncation: float, mine: Mine | None, start: str, message: str | None) -> Any:
        """The strip along the direction that was moved last, the others staying as they are."""
        told, last = self._amounts(domain, message), str(sent(message, "last"))
        return self.along(domain, truncation, mine, start, told, last)

    def along(
        self, domain: str, truncation: float, mine: Mine | None, start: str, told: Mapping[str, float], name: str
    ) -> Any:
        asked = Asked(domain, truncation, mine)
        found = [d for d in self.exploring.explorer(domain).directions if d.name == name]
        if not found:
            return gr.skip()
        d = found[0]
        amounts = [{**told, name: d.low + (d.high - d.low) * i / (STRIP - 1)} for i in range(STRIP)]
        pictures = self.exploring.moved(asked, self._start(asked, start), amounts)
        ends = d.less or f"less {name}", d.more or f"more {name}"
        return view.strip_value(pictures, ends, f"{name.capitalize()}, from {d.low:g} to {d.high:g}.")

    def _moved(self, asked: Asked, start: str, told: Mapping[str, float]) -> str:
        place = self._start(asked, start)
        moved = [f"{name} {amount:+.2g}" for name, amount in told.items() if amount]
        caption = ", ".join([place.words, *moved]) + view.truncated(asked.truncation)
        picture = self.exploring.moved(asked, place, [told])[0]
        return view.view_value(picture, caption, view.named(place.words, *moved))

    def _start(self, asked: Asked, start: str) -> Place:
        return self.exploring.places(asked, start, "The start", 1, 1)[0]

    def _amounts(self, domain: str, message: str | None) -> dict[str, float]:
        """What the sliders stand at; directions of another model are left out.

        Raises:
            InputError: an amount is no number, or outside of its direction's range.
        """
        given = sent(message, "amounts")
        ranges = {d.name: (d.low, d.high) for d in self.exploring.explorer(domain).directions}
        if not isinstance(given, dict):
            raise InputError(UNREADABLE)
        return {name: number(name, amount, *ranges[name]) for name, amount in given.items() if name in ranges}

    # ---- my picture

    def read(self, path: str | None, domain: str, steps: float, progress: Any = gr.Progress()) -> tuple[Any, ...]:
        """New values of mine, the reading, the stamp, the buttons that use mine, and the emptied upload."""
        if path is None:  # the field was emptied, which opening the webcam does, too
            return (gr.skip(),) * 7

        def report(done: int, total: int) -> None:
            progress((done, total), desc="Looking for its place")

        mine, found = self.exploring.read(domain, path, self.uploads, int(steps), report)
        return mine, view.read_value(found, int(steps)), _key(), *_buttons(True), None

    def use(self, section: str, *given: str) -> tuple[Any, ...]:
        """New values of the sections, of the open one, and of the fields."""
        return gr.Tabs(selected=section), section, *with_mine(section, Fields(*given)).values()


def _buttons(usable: bool) -> tuple[Any, Any, Any]:
    button = gr.update(interactive=usable)
    return button, button, button


def _key() -> str:
    return uuid.uuid4().hex
