"""Seeds as visitors and callers write them."""

from __future__ import annotations

import random
from typing import Any

import gradio as gr

from ..errors import InputError

MAX_SEED = 2**31 - 17  # so that sixteen pictures from there on have one each


def seed_field(value: int, label: str, elem_id: str, **kwargs: Any) -> gr.Number:
    return gr.Number(value, label=label, precision=0, minimum=0, maximum=MAX_SEED, elem_id=elem_id, **kwargs)


def random_seed() -> int:
    return random.randint(0, MAX_SEED)


def seed_of(value: float | None) -> int:
    """The number of a seed field; an emptied one counts as 0.

    Raises:
        InputError: not from 0 to `MAX_SEED`.
    """
    seed = int(value or 0)
    if not 0 <= seed <= MAX_SEED:
        raise InputError(f"The seed is {seed}: take a whole number from 0 to {MAX_SEED}.")
    return seed


def integer(value: float | None, name: str) -> int:
    """A caller's number as predictors want it, who know its range.

    Raises:
        InputError: it is none, or has a fraction.
    """
    if value is None or value != int(value):
        raise InputError(f"The {name} is {value}: give a whole number.")
    return int(value)
