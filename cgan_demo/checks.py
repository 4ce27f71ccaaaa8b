"""Numbers that a visitor or a caller gives, of Python's types, NumPy's or PyTorch's."""

from __future__ import annotations

import sys
from numbers import Integral, Real
from typing import Any

from .errors import InputError

SHOWN = 40  # characters of a wrong value that its sentence repeats
LARGEST = sys.float_info.max


def whole(name: str, value: object, low: int, high: int) -> int:
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


def short(value: object) -> str:
    """The value as Python writes it, the rest of a long one left out."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
