"""Numbers that a visitor or a caller gives."""

from __future__ import annotations

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


def short(value: object) -> str:
    """The value as Python writes it, the rest of a long one left out."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
