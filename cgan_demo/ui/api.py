"""Named endpoints, which callers and assistants use; those of a tab are in its own api.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from .components import MODEL_QUEUE

LARGEST_SEED = 2**31 - 1


def offer(function: Callable[..., Any], inputs: Sequence[Any] | Any, outputs: Any) -> None:
    """Offer `function` under its own name, with its docstring, to callers of the page, but not on the page.

    inputs, outputs: components that nobody sees, laid out for the endpoints of a tab; their labels describe them.
    """
    gr.Button(visible=False).click(function, inputs, outputs, api_name=function.__name__, **MODEL_QUEUE)


def seed_number() -> gr.Number:
    return gr.Number(0, label="seed", precision=0, minimum=0, maximum=LARGEST_SEED)
