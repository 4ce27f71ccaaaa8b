"""Colour words, and sentences in which they are exchanged: the hardest wrong sentences there are."""

from __future__ import annotations

import numpy as np

# Names of one colour, and what may be said for it without being wrong.
FAMILIES: tuple[tuple[str, ...], ...] = (
    ("red", "crimson", "scarlet", "maroon", "burgundy"),
    ("orange", "peach", "coral"),
    ("yellow", "golden", "gold"),
    ("green",),
    ("blue", "turquoise"),
    ("purple", "violet", "lavender", "magenta", "lilac"),
    ("pink", "fuchsia"),
    ("white", "cream", "ivory"),
    ("black",),
    ("brown", "tan", "rufous"),
    ("grey", "gray"),
)
FAMILY = {word: i for i, names in enumerate(FAMILIES) for word in names}
_NEAR = (
    ("red", "orange"),
    ("red", "pink"),
    ("orange", "yellow"),
    ("purple", "pink"),
    ("purple", "blue"),
    ("white", "grey"),
    ("black", "grey"),
    ("brown", "orange"),
    ("brown", "red"),
    ("pink", "white"),
    ("yellow", "white"),
    ("brown", "black"),
)
NEIGHBOURS = {frozenset((FAMILY[a], FAMILY[b])) for a, b in _NEAR}


def families(sentence: str) -> set[int]:
    """The colours a sentence names, as places in `FAMILIES`."""
    return {FAMILY[word] for word in sentence.split() if word in FAMILY}


def recolored(sentence: str, rng: np.random.Generator, choices: tuple[str, ...]) -> str | None:
    """The sentence with each of its colours exchanged for one of `choices` that is neither it nor near it.

    None where no colour is named. One colour becomes one colour: "pink petals, pink lines" stays of one piece.

    Args:
        sentence: lower case, no punctuation.
        choices: colours that are exchanged for, such as those that flowers have.
    """
    found = families(sentence)
    if not found:
        return None
    new = {}
    for family in sorted(found):
        far = [c for c in choices if FAMILY[c] not in found and frozenset((family, FAMILY[c])) not in NEIGHBOURS]
        new[family] = far[int(rng.integers(len(far)))] if far else FAMILIES[family][0]
    said = [new[FAMILY[word]] if word in FAMILY else word for word in sentence.split()]
    return None if " ".join(said) == sentence else " ".join(said)
