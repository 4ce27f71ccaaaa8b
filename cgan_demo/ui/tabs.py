"""Finds the page's tabs: each is a folder here whose tab.py holds a `TAB`, so that a new one needs no other file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

from .components import ModelStore


@dataclass(frozen=True)
class Tab:
    """What the page needs of a tab.

    title: what visitors read on it.
    order: tabs stand by it, the smallest first; 10, 20, ... are taken, so that others fit between.
    build: lays the tab out where it is called and wires it; gives the arguments of the event that first fills it.
    offered: whether there is a model for it; asked when the page is built.
    """

    title: str
    order: int
    build: Callable[[ModelStore], dict[str, Any]]
    offered: Callable[[], bool] = lambda: True


def tabs() -> dict[str, Tab]:
    """The tabs that are offered, in their order, by the names of their folders, which are their ids in the page."""
    folders = [module.name for module in iter_modules(import_module(__package__).__path__) if module.ispkg]
    found = {name: tab for name in folders if (tab := _tab(name)) and tab.offered()}
    return dict(sorted(found.items(), key=lambda item: item[1].order))


def _tab(folder: str) -> Tab | None:
    name = f"{__package__}.{folder}.tab"
    return import_module(name).TAB if find_spec(name) else None
