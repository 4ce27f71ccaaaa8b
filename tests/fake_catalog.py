"""A catalog with other rows for as long as a test needs them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import pytest

from cgan_demo import catalog


def row(model_id: str, system: str) -> catalog.Model:
    return catalog.Model(model_id, system, "Made", "Paints.", "words", "picture", f"cgan-demo/{model_id}", "v1")


@contextmanager
def only(model_ids: Collection[str], rows: Sequence[catalog.Model]) -> Iterator[None]:
    """Within it, of the models called `model_ids` just these rows are in the catalog."""
    others = [model for model in catalog.MODELS if model.id not in model_ids]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalog, "MODELS", (*others, *rows))
        yield
