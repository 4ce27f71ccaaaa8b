"""The fields of the tab "Latent space" that name places, and what a click on a sample does to them."""

from __future__ import annotations

import random
from dataclasses import astuple, dataclass, replace

from ...errors import InputError
from ..seeds import MAX_SEED
from .exploring import MINE, MOST_STOPS, opening, written

TOUR = "The animation"
TARGETS = {"walk": ("A", "B", TOUR), "pad": ("↖", "↗", "↙", "↘"), "mix": ("A", "B", "C")}
TERM = 3  # samples of a term that is clicked together, as in the paper


@dataclass(frozen=True)
class Fields:
    """Places as they are written."""

    a: str
    b: str
    tour: str
    corners: str
    mix_a: str
    mix_b: str
    mix_c: str
    start: str

    def values(self) -> tuple[str, ...]:
        return astuple(self)


@dataclass(frozen=True)
class Targets:
    """Which field a click fills, in each section that has several."""

    walk: str
    pad: str
    mix: str


def first_fields(domain: str) -> Fields:
    """What a domain opens with."""
    first = opening(domain)
    mix_a, mix_b, mix_c = (_joined(term) for term in first.terms)
    return Fields(
        str(first.a), str(first.b), _joined(first.tour), _joined(first.corners), mix_a, mix_b, mix_c, str(first.start)
    )


def clicked(section: str, targets: Targets, fields: Fields, seed: int) -> tuple[Targets, Fields]:
    """What both are once the sample of `seed` was clicked while `section` was open."""
    word = str(seed)
    if section == "walk":
        return _walked(targets, fields, word)
    if section == "pad":
        corner = TARGETS["pad"].index(targets.pad)
        corners = (written(fields.corners) + ["0"] * 4)[:4]
        corners[corner] = word
        return replace(targets, pad=TARGETS["pad"][(corner + 1) % 4]), replace(fields, corners=_joined(corners))
    if section == "mix":
        name = f"mix_{targets.mix.lower()}"
        return targets, replace(fields, **{name: _toggled(getattr(fields, name), word, TERM)})
    return targets, replace(fields, start=word) if section == "move" else fields


def _walked(targets: Targets, fields: Fields, word: str) -> tuple[Targets, Fields]:
    """A and B are filled in turn; the animation is lengthened."""
    if targets.walk == TOUR:
        return targets, replace(fields, tour=_toggled(fields.tour, word, MOST_STOPS))
    if targets.walk == "A":
        return replace(targets, walk="B"), replace(fields, a=word)
    return replace(targets, walk="A"), replace(fields, b=word)


def _toggled(field: str, word: str, most: int) -> str:
    """Without `word` where it is there, unless it is alone; else with it, as the last of at most `most`."""
    words = written(field)
    if word in words:
        return _joined([w for w in words if w != word] or [word])
    return _joined([*words, word][-most:])


def with_mine(section: str, fields: Fields) -> Fields:
    """The visitor's picture as what a section begins with.

    Raises:
        InputError: no such section.
    """
    if section == "walk":
        return replace(fields, a=MINE)
    if section == "pad":
        return replace(fields, corners=_joined([MINE, *written(fields.corners)[1:]]))
    if section == "move":
        return replace(fields, start=MINE)
    raise InputError("Your picture can be walked from, put on the pad, and moved.")


def thrown() -> str:
    """Four new corners. Small numbers, which can be remembered."""
    return _joined(random.sample(range(min(100_000, MAX_SEED)), 4))


def _joined(words: object) -> str:
    return ", ".join(str(word) for word in words)  # type: ignore[attr-defined]
