"""Tiny models of every room, for a page without weights: one module for each room, in `cgan_demo.load`'s place `load`.

A module has `MODELS`, the ids that it has models for, and `model(model_id)`, a predictor: where it can be, the room's
own, and only its network is made up.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from cgan_demo import catalog


def load(model_id: str) -> Any:
    """The predictor of a model; a translator where no room has one of that name."""
    rooms = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    translators = next(room for room in rooms if room.__name__.endswith("pix2pix"))
    return next((room for room in rooms if model_id in room.MODELS), translators).model(model_id)


@contextmanager
def only(model_ids: Collection[str], kept: Sequence[str], system: str) -> Iterator[None]:
    """Within it, of the models called `model_ids` just those that are `kept` are in the catalog, as that system's."""
    others = [model for model in catalog.MODELS if model.id not in model_ids]
    rows = [
        catalog.Model(name, system, "Made", "Paints.", "words", "picture", f"cgan-demo/{name}", "v1") for name in kept
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalog, "MODELS", (*others, *rows))
        yield


@contextmanager
def cataloged() -> Iterator[None]:
    """Within it, the models of text and of latent spaces that have fakes are in the catalog, and no others."""
    from .dcgan import latent_cataloged
    from .gan_cls import text_cataloged

    with text_cataloged(), latent_cataloged():
        yield
