"""Sentences composed from a table of what kinds of birds look like.

The captions of such a set are a few hundred sentences of ten forms, which an encoder learns by heart: of what people
would type it then makes one and the same bird. Here the same facts are said in many more ways, and seldom all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .recolor import FAMILY
from .text import words

Facts = Mapping[str, Any]  # size, main, crown, wings, belly, bill_colour, bill_shape, legs: str; extras: list[str]
OPENINGS = (
    "a {bird} with {parts}",
    "this {bird} has {parts}",
    "the {bird} has {parts}",
    "this is a {bird} with {parts}",
    "a {bird} that has {parts}",
    "a {bird} featuring {parts}",
    "this bird is {color} with {parts}",
    "this bird is {color} and has {parts}",
    "{bird} with {parts}",
)
BARE = ("a {bird}", "this bird is {color}", "this is a {bird}", "the bird is {color} in color", "{color} bird")
SAME = {"grey": "gray", "beak": "bill", "bill": "beak", "breast": "chest", "small": "little", "large": "big"}


def composed(facts: Facts, rng: np.random.Generator) -> str:
    """One sentence about a bird, lower case and without punctuation.

    Raises:
        KeyError: the table lacks a column.
    """
    color = _color(str(facts["main"]), rng)
    bird = " ".join(w for w in (_maybe(str(facts["size"]), rng), _maybe(color, rng, 0.6), "bird") if w)
    count = int(rng.choice(4, p=(0.12, 0.28, 0.35, 0.25)))
    if not count:
        return _reworded(_one(BARE, rng).format(bird=f"{color} bird", color=color), rng)
    makers = [_MAKERS[i] for i in rng.permutation(len(_MAKERS))[:count]]
    parts = [make(facts, rng) for make in makers]
    listed = " and ".join([" ".join(parts[:-1]), parts[-1]] if count > 1 else parts)
    return _reworded(_one(OPENINGS, rng).format(bird=bird, color=color, parts=listed), rng)


def _one(choices: Sequence[str], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]


def _maybe(text: str, rng: np.random.Generator, share: float = 0.5) -> str:
    return text if rng.random() < share else ""


def _color(text: str, rng: np.random.Generator) -> str:
    """A colour as it is told, or without what it goes with, or its first word that names one."""
    plain = text.split(" with ")[0]
    named = [word for word in plain.split() if word in FAMILY]
    how = rng.random()
    return text if how < 0.25 else named[0] if named and how > 0.7 else plain


def _head(facts: Facts, rng: np.random.Generator) -> str:
    return f"a {_color(str(facts['crown']), rng)} {_one(('head', 'head', 'crown'), rng)}"


def _wings(facts: Facts, rng: np.random.Generator) -> str:
    color = _color(str(facts["wings"]), rng)
    return _one((f"{color} wings", f"{color} wings", f"a {color} back", f"{color} feathers"), rng)


def _belly(facts: Facts, rng: np.random.Generator) -> str:
    return f"a {_color(str(facts['belly']), rng)} {_one(('belly', 'breast', 'underside'), rng)}"


def _bill(facts: Facts, rng: np.random.Generator) -> str:
    shape, color = str(facts["bill_shape"]), _color(str(facts["bill_colour"]), rng)
    return f"a {_one((shape, color, f'{shape} {color}', f'{shape} {color}'), rng)} bill"


def _legs(facts: Facts, rng: np.random.Generator) -> str:
    return f"{_color(str(facts['legs']), rng)} {_one(('legs', 'feet'), rng)}"


def _extra(facts: Facts, rng: np.random.Generator) -> str:
    return _one(facts["extras"], rng) if facts["extras"] else _head(facts, rng)


_MAKERS: tuple[Callable[[Facts, np.random.Generator], str], ...] = (_head, _wings, _belly, _bill, _legs, _extra)


def _reworded(sentence: str, rng: np.random.Generator, share: float = 0.3) -> str:
    """With some words exchanged for others that say the same, and articles that fit what follows them."""
    said = [SAME[w] if w in SAME and rng.random() < share else w for w in words(sentence)]
    return " ".join(
        "an" if w == "a" and after[0] in "aeiou" else w for w, after in zip(said, [*said[1:], "."], strict=True)
    )
