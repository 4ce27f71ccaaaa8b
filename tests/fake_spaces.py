"""A stand-in for the package spaces: what runs on a lent GPU gets and gives pickled copies, as from another process."""

from __future__ import annotations

import functools
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest


@contextmanager
def zero_gpu() -> Iterator[list[str]]:
    """Within it, this is a Space with a lent GPU; -> the names of the functions that have borrowed it."""
    borrowed: list[str] = []

    def gpu(duration: int) -> Callable[..., Any]:
        assert 0 < duration <= 60

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(function)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                args, kwargs = pickle.loads(pickle.dumps((args, kwargs)))
                borrowed.append(function.__name__)
                return pickle.loads(pickle.dumps(function(*args, **kwargs)))

            wrapper.lent = True  # type: ignore[attr-defined]
            return wrapper

        return decorate

    module = ModuleType("spaces")
    module.GPU = gpu  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "spaces", module)
        patch.setenv("SPACES_ZERO_GPU", "true")
        yield borrowed
