"""Components of our own for what stock ones cannot do: each is an HTML, a CSS and a JS file of one name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from ...errors import InputError

UNREADABLE = "The page sent something that cannot be read: load it again."


def part(
    name: str, value: Any, elem_id: str, marks: Mapping[str, str] | None = None, uses: Sequence[str] = (), **kwargs: Any
) -> gr.HTML:
    """The component made of `name`.html, .css and .js.

    marks: put in place of what the template calls so. uses: objects that its script needs, see `events.script`.
    """
    template, css = source(f"{name}.html"), source(f"{name}.css")
    js = "\n".join([*(f"const {each} = {source(f'{each}-events.js')};" for each in uses), source(f"{name}.js")])
    for mark, text in (marks or {}).items():
        template = template.replace(mark, text)
    return gr.HTML(
        value,
        html_template=template,
        css_template=css,
        js_on_load=js,
        apply_default_css=False,
        elem_id=elem_id,
        **kwargs,
    )


def source(file: str) -> str:
    """The text of a file beside this one."""
    return Path(__file__).with_name(file).read_text(encoding="utf-8")


def sent(message: str | None, name: str) -> Any:
    """What a message of a part says: JSON {`name`: value, ...}.

    Raises:
        InputError: it is no such message.
    """
    try:
        return json.loads(message or "")[name]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise InputError(UNREADABLE) from error


def sent_number(message: str | None, name: str, low: float, high: float) -> float:
    """A number from `low` to `high` of a message of a part; see `sent`."""
    value = sent(message, name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise InputError(UNREADABLE)
    return value
