"""Numbers that a visitor or a caller gives, of Python's types, NumPy's or PyTorch's."""

from __future__ import annotations

import sys
from dataclasses import fields
from numbers import Integral, Real
from typing import Any

from .errors import InputError

SHOWN = 40  # characters of a wrong value that its sentence repeats
LARGEST = sys.float_info.max


def integer(name: str, value: object, low: int, high: int) -> int:
    """`value` as an int, where it is a whole number of any type from `low` to `high`.

    Raises:
        InputError: it is not.
    """
    given = _plain(value)
    if isinstance(given, bool) or not isinstance(given, Integral) or not low <= int(given) <= high:
        top = f"2**{high.bit_length()} - 1" if high > 2**32 and (high + 1) & high == 0 else high
        raise InputError(f"The {name} is {short(value)}: give a whole number from {low} to {top}.")
    return int(given)


def number(name: str, value: object, low: float, high: float = LARGEST) -> float:
    """`value` as a float, where it is a number of any type from `low` to `high`.

    Raises:
        InputError: it is not.
    """
    given = _plain(value)
    if isinstance(given, bool) or not isinstance(given, Real) or not low <= given <= high:  # type: ignore[operator]
        allowed = f"of at least {low:g}" if high == LARGEST else f"from {low:g} to {high:g}"
        raise InputError(f"The {name} is {short(value)}: give a number {allowed}.")
    return float(given)


def _plain(value: Any) -> Any:
    """What an array or a tensor of no dimension holds, and NumPy's own numbers, as Python's."""
    return value.item() if getattr(value, "ndim", None) == 0 and hasattr(value, "item") else value


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
            integer(name.replace("_", " "), getattr(self, name), 1, MOST[name])
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
