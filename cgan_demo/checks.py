"""Numbers that a visitor or a caller gives."""

from __future__ import annotations

from .errors import InputError


def whole(name: str, value: object, low: int, high: int) -> int:
    """`value`, where it is a whole number from `low` to `high`.

    Raises:
        InputError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"The {name} is {value!r}: give a whole number from {low} to {high}.")
    return value


def number(name: str, value: object, low: float, high: float) -> float:
    """`value`, where it is a number from `low` to `high`.

    Raises:
        InputError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise InputError(f"The {name} is {value!r}: give a number from {low:g} to {high:g}.")
    return float(value)
