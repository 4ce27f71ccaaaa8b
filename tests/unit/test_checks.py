"""Numbers count by their value, of whatever type they are; one picture or seed is a list of one."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from cgan_demo.checks import integer, number
from cgan_demo.errors import InputError
from cgan_demo.gan_games.plane import Game
from cgan_demo.images import listed


@pytest.mark.parametrize(
    "three", [3, np.int8(3), np.int64(3), np.uint8(3), np.uint64(3), np.array(3), torch.tensor(3)], ids=repr
)
def test_whole_numbers_of_any_type(three: Any) -> None:
    assert integer("seed", three, 0, 9) == 3 and type(integer("seed", three, 0, 9)) is int
    assert type(number("age", three, 0, 9)) is float


@pytest.mark.parametrize(
    "half", [0.5, np.float16(0.5), np.float32(0.5), np.float64(0.5), Fraction(1, 2), torch.tensor(0.5)], ids=repr
)
def test_numbers_of_any_type(half: Any) -> None:
    assert number("share", half, 0, 1) == 0.5 and type(number("share", half, 0, 1)) is float
    with pytest.raises(InputError, match="give a whole number from 0 to 1"):
        integer("seed", half, 0, 1)


@pytest.mark.parametrize(
    "wrong", [True, np.True_, None, "3", 3j, np.nan, np.float32("nan"), np.float32("inf"), -1, 10, np.arange(3), [3]]
)
def test_anything_else_is_told(wrong: Any) -> None:
    for check in (integer, number):
        with pytest.raises(InputError, match="The seed is .*: give a .*number from 0 to 9"):
            check("seed", wrong, 0, 9)


def test_limits_are_written_as_people_read_them() -> None:
    with pytest.raises(InputError, match=r"from 0 to 2\*\*63 - 1\."):
        integer("seed", -1, 0, 2**63 - 1)
    for wrong in (-0.1, float("inf"), float("nan"), 10**400):
        with pytest.raises(InputError, match="give a number of at least 0"):
            number("noise", wrong, 0)


def test_games_take_them_too() -> None:
    game = Game(steps=np.int64(5), rate=np.float32(0.01), seed=np.uint8(3))  # type: ignore[arg-type]
    assert (type(game.steps), type(game.rate), game.seed) == (int, float, 3)
    with pytest.raises(InputError, match="The steps is 1.5: give a whole number"):
        Game(steps=1.5)  # type: ignore[arg-type]


def test_one_picture_is_a_list_of_one() -> None:
    picture, array = Image.new("RGB", (4, 4)), np.zeros((4, 4, 3))
    for one in ("other.jpg", Path("other.jpg"), b"data", io.BytesIO(), picture, array):
        assert listed(one) == [one]
    assert listed(None) == listed(()) == []
    assert listed((picture, "a")) == listed(iter([picture, "a"])) == [picture, "a"]
