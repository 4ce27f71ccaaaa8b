"""The page's door: what visitors and callers send is looked at here, before any function of the page gets it.

Every listener of the page, private ones too, can be called over HTTP with any JSON. What its components could not have
sent gets one sentence, and so does what goes wrong later; only the latter is printed to the console.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.exceptions import InvalidPathError
from gradio_client.utils import is_http_url_like

from ..checks import short
from ..errors import CganDemoError, InputError
from .gradio_patches import Patched, sent_with
from .parts import UNREADABLE
from .uploads import forget, paths_in

FAILED = "Something went wrong here, which is not your fault: try again, or load the page anew."
NOT_UPLOADED = "Only uploaded files are read: upload the picture, and give what the upload answers."
ADDRESS = "Pictures are not fetched from addresses: download this one and upload it."
GONE = "This upload is not here any more: choose the picture again."


class Door(Patched):
    """Blocks that answer in one sentence whatever they are sent."""

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *args: Any, **kwargs: Any) -> Any:
        try:
            inputs = [*inputs, *left_out(block_fn.inputs[len(inputs) :])]
            inputs = [checked(block, value) for block, value in zip(block_fn.inputs, inputs, strict=True)]
            return await super().preprocess_data(block_fn, inputs, *args, **kwargs)
        except Exception as error:  # it comes from what was sent, whatever it is
            forget(block_fn.inputs, inputs)
            raise gr.Error(_sentence(error), print_exception=False) from error

    async def process_api(self, block_fn: Any, inputs: list[Any], *args: Any, **kwargs: Any) -> Any:
        try:
            for path in paths_in(sent_with(kwargs.get("event_data"))):
                _check_place(path, self.GRADIO_CACHE)
            return await super().process_api(block_fn, inputs, *args, **kwargs)
        except gr.Error:
            raise
        except CganDemoError as error:
            forget(block_fn.inputs, inputs)
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:  # ours to mend: the console gets its trace, the visitor a sentence
            raise gr.Error(FAILED) from error


def left_out(blocks: list[Any]) -> list[Any]:
    """The values of the last components, where a caller may leave them out: those marked `optional`."""
    return [block.value for block in blocks] if all(getattr(block, "optional", False) for block in blocks) else []


def checked(block: Any, value: Any) -> Any:
    """What the component `block` is said to hold, where it could hold that; of emptied texts, "".

    Raises:
        InputError: it could not.
    """
    if block.stateful:  # what is sent of it is not looked at
        return value
    name = re.split(r"[:;,(]", str(getattr(block, "label", None) or "value"))[0].strip().lower()
    if isinstance(block, gr.Radio):
        choices = [choice for _, choice in block.choices]
        if value not in choices:
            raise InputError(f"There is no choice {short(value)} of {name}: take {', '.join(map(str, choices))}.")
    elif isinstance(block, (gr.Slider, gr.Number)):
        if value is not None or isinstance(block, gr.Slider):
            _check_number(name, value, block.minimum, block.maximum)
    elif isinstance(block, gr.Textbox):
        if not isinstance(value, (str, type(None))):
            raise InputError(f"The {name} is {short(value)}: give text.")
        return value or ""
    elif isinstance(block, gr.Checkbox):
        if not isinstance(value, bool):
            raise InputError(f"The {name} is {short(value)}: give true or false.")
    elif isinstance(block, gr.HTML):
        if not isinstance(value, (str, type(None))):
            raise InputError(UNREADABLE)
    elif isinstance(block, gr.Dataset):
        if value is None:
            raise InputError(UNREADABLE)
    else:
        for path in paths_in(value):
            _check_place(path, block.GRADIO_CACHE)
            if not Path(path).is_file():
                raise InputError(GONE)
    return value


def _check_number(name: str, value: Any, low: float | None, high: float | None) -> None:
    low, high = -math.inf if low is None else low, math.inf if high is None else high
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < math.inf:
        raise InputError(f"The {name} is {short(value)}: give a number.")
    if not low <= value <= high:
        raise InputError(f"The {name} is {short(value)}: give a number from {low} to {high}.")


def _check_place(path: Any, folder: str) -> None:
    """Gradio itself looks at those paths alone that come with its own mark, and fetches addresses of any size."""
    if not isinstance(path, str):
        raise InputError(UNREADABLE)
    if is_http_url_like(path):
        raise InputError(ADDRESS)
    if not Path(path).resolve().is_relative_to(Path(folder).resolve()):
        raise InputError(NOT_UPLOADED)


def _sentence(error: Exception) -> str:
    if isinstance(error, gr.Error):
        return str(error.message)
    cause = error if isinstance(error, CganDemoError) else error.__cause__
    if isinstance(cause, CganDemoError):
        return str(cause)
    return NOT_UPLOADED if isinstance(error, InvalidPathError) else UNREADABLE
