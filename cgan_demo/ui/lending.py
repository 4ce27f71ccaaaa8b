"""What a Space with a lent GPU (ZeroGPU) asks of the page; elsewhere none of it is called.

Models are put on the GPU before the page opens, and whatever runs one does so in another process, to which its
arguments, and from which its results, are pickled.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import gradio as gr

from .. import catalog
from ..device import lent_gpu
from ..errors import CganDemoError
from .components import MODEL_QUEUE, ModelStore
from .gradio_patches import sent_with


def lend_gpu(page: gr.Blocks, models: ModelStore) -> None:
    """Load all models, and let every listener that runs one borrow the GPU."""
    for model_id in catalog.list_models():
        models(model_id)
    for listener in page.fns.values():
        if listener.fn is not None and listener.concurrency_id == MODEL_QUEUE["concurrency_id"]:
            listener.fn = _borrowing(listener.fn)


def _borrowing(function: Callable[..., Any]) -> Callable[..., Any]:
    borrowed = lent_gpu(_told(function))

    @functools.wraps(borrowed)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return borrowed(*(_plain(value) for value in args), **kwargs)

    return wrapper


def _told(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same, with errors that are meant for visitors as Gradio's own, which come through from another process."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except CganDemoError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return wrapper


def _plain(value: Any) -> Any:
    """An event without the component that it came from, which cannot be pickled; anything else as it is."""
    return SimpleNamespace(**sent_with(value)) if isinstance(value, gr.EventData) else value
