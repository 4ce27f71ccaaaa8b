"""How the listeners of a tab run: what uses a model, what shows progress, and what happens in the browser alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from .components import MODEL_QUEUE
from .parts import source
from .uploads import SAVE

PRIVATE: dict[str, Any] = {"api_visibility": "private"}
QUIET = {**PRIVATE, "show_progress": "hidden"}
MODEL = {**PRIVATE, **MODEL_QUEUE}
LIVE = {**MODEL, "trigger_mode": "always_last", "show_progress": "hidden"}  # while a slider moves, the last one counts


def shown_on(component: Any) -> dict[str, Any]:
    """Runs a model and shows that it does, over this component."""
    return {**MODEL, "show_progress": "minimal", "show_progress_on": component}


def live_on(component: Any) -> dict[str, Any]:
    """The same of what may be asked for again meanwhile."""
    return {**LIVE, "show_progress": "minimal", "show_progress_on": component}


def script(tab: str, function: str, *given: Any) -> str:
    """JavaScript for an event: what `function`, called with `given`, makes in the object that `tab`-events.js holds."""
    return f"({source(f'{tab}-events.js')}\n).{function}({', '.join(map(json.dumps, given))})"


def downloads(
    button: gr.Button,
    call: Callable[..., str],
    inputs: Sequence[Any],
    js: str | None = None,
    runs: dict[str, Any] = MODEL,
) -> None:
    """A click saves what `call` answers, which `uploads.download` makes; it travels in the page, not as a file.

    runs: `PRIVATE` where no model is needed.
    """
    file = gr.Textbox(visible="hidden")
    button.click(call, inputs, file, js=js, **runs).success(None, file, js=SAVE, **PRIVATE)


def takes(event: Any, call: Callable[..., Any], inputs: Sequence[Any], outputs: Sequence[Any], **kwargs: Any) -> None:
    """An upload's `event`: its file, the first input, is removed, so that the field is emptied whatever comes of it.

    `call` answers with values of `outputs` and of the upload.
    """
    event(call, inputs, [*outputs, inputs[0]], **kwargs).failure(lambda: None, outputs=inputs[0], **PRIVATE)
