"""Printing that cannot fail, and options that are looked at before a command runs: what both programs begin with."""

from __future__ import annotations

import os
import sys
from typing import Any

from .errors import InputError

# The least that a number of this name may be, in whichever command it is an option.
LEAST: dict[str, int] = {
    "made": 1,
    "images": 1,
    "batch": 1,
    "crop": 1,
    "load_size": 1,
    "width": 1,
    "judge_width": 1,
    "depth": 1,
    "judge_images": 1,
    "samples": 2,
    "size": 1,
    "principal": 0,
    "seed": 0,
    "workers": 0,
    "port": 0,
}
LAST_PORT = 65535
READ = ("scenes", "vgg", "base", "warm_start")  # files and folders that have to be there


def print_anything() -> None:
    """From here on, what the output cannot show, such as 画像 in cp1252, is printed as its number, not an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # others put objects without it in their place, or None
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def say_the_rest() -> None:
    """Print what still waits to be printed, or drop it where nobody reads it any more or there is no room for it."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def check_options(command: Any) -> None:
    """Refuse numbers that mean nothing, and paths to nothing, among the options of a command.

    Raises:
        InputError: there is one; the message names the option.
    """
    for name, value in vars(command).items():
        option = f"--{name.replace('_', '-')}"
        if isinstance(value, int) and name in LEAST and value < LEAST[name]:
            raise InputError(f"{option} is {value}: give a whole number from {LEAST[name]}.")
        if name == "port" and value is not None and value > LAST_PORT:
            raise InputError(f"{option} is {value}: give a whole number up to {LAST_PORT}.")
        if name in READ and value is not None and not value.exists():
            raise InputError(f"There is nothing at {value}: give {option} a path that is there.")
