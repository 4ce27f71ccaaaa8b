"""What the events of the tab "Latent space" do: what its components hold in, what they show next out."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from typing import Any

import gradio as gr

from ...checks import number
from ...errors import InputError
from ..kept import Kept
from ..parts import UNREADABLE, sent, sent_number
from ..seeds import MAX_SEED, seed_of
from . import view
from .exploring import (
    ARC,
    COUNT,
    DOMAINS,
    LONGEST,
    MINE,
    MOST_STOPS,
    STRIP,
    TOUR,
    Asked,
    Exploring,
    Mine,
    Place,
    latents,
)
from .fields import Fields, Targets, clicked, first_fields, with_mine

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
        return "walk", _key(), domain, found.integer("seed", MAX_SEED) or 0, *places

    def switch(self, domain: str) -> tuple[Any, ...]:
        """Another domain: new values of the fields, mine, amounts, stamp, reading and the buttons that use mine."""
        self.exploring.explorer(domain)  # loaded here, where progress is shown
        return *first_fields(domain).values(), None, None, _key(), view.EMPTY, *_buttons(False)

    def asking(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The listener of a call that takes what is asked: the values of domain, truncation and mine come first."""

        def listener(domain: str, truncation: float, mine: Mine | None, *given: Any) -> Any:
            return call(self.exploring.asked(domain, truncation, mine), *given)

        listener.__name__ = call.__name__
        return listener

    def samples(self, asked: Asked, seed: float | None) -> str:
        first = seed_of(seed)
        return view.grid_value(asked.explorer.sample(COUNT, first, float(asked.truncation)), first)

    def click(self, message: str | None, section: str, *given: str) -> tuple[str, ...]:
        """New values of the targets and the fields. given: both."""
        targets, fields = clicked(
            section, Targets(*given[:3]), Fields(*given[3:]), int(sent_number(message, "seed", 0, MAX_SEED + COUNT))
        )
        return *astuple(targets), *fields.values()

    # ---- walk

    def walk(self, asked: Asked, a: str, b: str, share: float, way: str) -> str:
        """The picture between A and B; share: in per cent."""
        start, end = asked.place(a, "A"), asked.place(b, "B")
        picture = asked.explorer.between(start.z, end.z, share / 100, way == ARC)
        caption = f"{start.words} → {end.words}, {share:g} %{view.truncated(asked.truncation)}"
        return view.view_value(picture, caption, view.named(start.words, "to", end.words, f"{share:g}"))

    def strip(self, asked: Asked, a: str, b: str, way: str) -> str:
        start, end = asked.place(a, "A"), asked.place(b, "B")
        pictures = asked.explorer.interpolate(start.z, end.z, STRIP, way == ARC)
        return view.strip_value(pictures, (start.words, end.words), f"{way}, in {STRIP} pictures.")

    def film(self, asked: Asked, tour: str, way: str) -> str:
        """Through all stops and back to the first."""
        stops = asked.places(tour, "The animation", 2, MOST_STOPS)
        frames = asked.explorer.walk(latents(stops), max(5, TOUR // len(stops)), True, way == ARC)
        return view.tour_value(frames, stops)

    # ---- pad

    def pad(self, asked: Asked, corners: str, at: tuple[float, float] | None) -> tuple[str, str]:
        """New values of the pad and of its picture."""
        places = asked.places(corners, "The pad", 4, 4)
        return view.pad_value(asked.pad_map(places), places), self._on_pad(asked, places, *(at or CENTRE))

    def drag(self, asked: Asked, corners: str, message: str | None) -> tuple[str, tuple[float, float]]:
        """New values of the pad's picture, and of where its dot is."""
        at = sent_number(message, "x", 0, 1), sent_number(message, "y", 0, 1)
        return self._on_pad(asked, asked.places(corners, "The pad", 4, 4), *at), at

    def _on_pad(self, asked: Asked, corners: Sequence[Place], x: float, y: float) -> str:
        caption = f"{x:.2f} across, {y:.2f} down{view.truncated(asked.truncation)}"
        name = view.named("pad", *(corner.words.split()[-1] for corner in corners), "at", f"{x:.2f}", f"{y:.2f}")
        return view.view_value(asked.explorer.pad(latents(corners), float(x), float(y)), caption, name)

    # ---- mix and move

    def mix(self, asked: Asked, *fields: str) -> str:
        terms = [asked.places(text, name) for text, name in zip(fields, "ABC", strict=True)]
        a, b, c = map(latents, terms)
        return view.mix_value(asked.explorer.arithmetic(a, b, c), terms)

    def move(self, asked: Asked, start: str, amounts: Mapping[str, float] | None) -> tuple[str, str, Any]:
        """New values of the sliders, of the picture, and of the strip."""
        told, directions = amounts or {}, asked.explorer.directions
        strip = self.along(asked, start, told, directions[0].name) if directions else view.EMPTY
        return view.directions_value(directions, told), self._moved(asked, start, told), strip

    def slide(self, asked: Asked, start: str, message: str | None) -> tuple[str, dict[str, float]]:
        """New values of the picture, and of the amounts."""
        told = _amounts(asked, message)
        return self._moved(asked, start, told), told

    def slid(self, asked: Asked, start: str, message: str | None) -> Any:
        """The strip along the direction that was moved last, the others staying as they are."""
        return self.along(asked, start, _amounts(asked, message), str(sent(message, "last")))

    def along(self, asked: Asked, start: str, told: Mapping[str, float], name: str) -> Any:
        d = next((d for d in asked.explorer.directions if d.name == name), None)
        if d is None:
            return gr.skip()
        amounts = [{**told, name: d.low + (d.high - d.low) * i / (STRIP - 1)} for i in range(STRIP)]
        pictures = asked.moved(asked.place(start, "The start"), amounts)
        ends = d.less or f"less {name}", d.more or f"more {name}"
        return view.strip_value(pictures, ends, f"{name.capitalize()}, from {d.low:g} to {d.high:g}.")

    def _moved(self, asked: Asked, start: str, told: Mapping[str, float]) -> str:
        place = asked.place(start, "The start")
        moved = [f"{name} {amount:+.2g}" for name, amount in told.items() if amount]
        caption = ", ".join([place.words, *moved]) + view.truncated(asked.truncation)
        return view.view_value(asked.moved(place, [told])[0], caption, view.named(place.words, *moved))

    # ---- my picture

    def read(self, path: str | None, domain: str, steps: float, progress: Any = gr.Progress()) -> tuple[Any, ...]:
        """New values of mine, stamp, reading, the buttons that use mine, and the emptied upload."""
        if path is None:  # the field was emptied, which opening the webcam does, too
            return (gr.skip(),) * 7

        def report(done: int, total: int) -> None:
            progress((done, total), desc="Looking for its place")

        mine, found = self.exploring.read(domain, path, self.uploads, int(steps), report)
        return mine, _key(), view.read_value(found, int(steps)), *_buttons(True), None

    def use(self, section: str, *given: str) -> tuple[Any, ...]:
        """New values of the sections, of the open one, and of the fields."""
        return gr.Tabs(selected=section), section, *with_mine(section, Fields(*given)).values()


def further(seed: float | None) -> int:
    """The first of the next samples."""
    return min(seed_of(seed) + COUNT, MAX_SEED)


def _amounts(asked: Asked, message: str | None) -> dict[str, float]:
    """What the sliders stand at; directions of another model are left out.

    Raises:
        InputError: an amount is no number, or outside of its direction's range.
    """
    given, ranges = sent(message, "amounts"), {d.name: (d.low, d.high) for d in asked.explorer.directions}
    if not isinstance(given, dict):
        raise InputError(UNREADABLE)
    return {name: number(name, amount, *ranges[name]) for name, amount in given.items() if name in ranges}


def _buttons(usable: bool) -> tuple[Any, Any, Any]:
    button = gr.update(interactive=usable)
    return button, button, button


def _key() -> str:
    return uuid.uuid4().hex
