"""Numbers that a visitor or a caller gives."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from .errors import InputError

SHOWN = 40  # characters of a wrong value that its sentence repeats


def whole(name: str, value: object, low: int, high: int) -> int:
    """`value`, where it is a whole number from `low` to `high`.

    Raises:
        InputError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"The {name} is {short(value)}: give a whole number from {low} to {high}.")
    return value


def number(name: str, value: object, low: float, high: float) -> float:
    """`value`, where it is a number from `low` to `high`.

    Raises:
        InputError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise InputError(f"The {name} is {short(value)}: give a number from {low:g} to {high:g}.")
    return float(value)


def multiple(name: str, value: int, of: int, why: str = "") -> None:
    """Refuse a number that is no multiple of another.

    Raises:
        InputError: it is none; the message names those beside it.
    """
    if value % of:
        near = f"{value // of * of} or {value // of * of + of}" if value > of else of
        raise InputError(f"The {name} is {value}: give a multiple of {of}, such as {near}{why and f' ({why})'}.")


def one_of(name: str, value: object, known: Any) -> None:
    """Refuse what is not among those known.

    Raises:
        InputError: it is not.
    """
    if value not in known:
        raise InputError(f"The {name} is {short(value)}: give one of {', '.join(map(str, known))}.")


MOST = {"batch": 65536, "crop": 8192, "load_size": 8192, "side": 8192, "width": 8192, "depth": 12, "blocks": 256}
PRECISIONS = ("auto", "no", "bf16", "fp16")


class Checked:
    """Base of recipes: a wrong value is refused when a recipe is made, long before it is trained with."""

    def __post_init__(self) -> None:
        for name in (f.name for f in fields(self) if f.name in MOST):  # type: ignore[arg-type]
            whole(name.replace("_", " "), getattr(self, name), 1, MOST[name])
        one_of("precision", getattr(self, "precision", "no"), PRECISIONS)
        self.check()

    def check(self) -> None:
        """What holds for this kind of recipe alone.

        Raises:
            InputError: a value that it cannot have.
        """


def short(value: object) -> str:
    """The value as Python writes it, the rest of a long one left out."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
