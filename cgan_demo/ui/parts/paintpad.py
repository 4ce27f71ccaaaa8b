"""A small painting canvas; gr.ImageEditor has neither lines, boxes nor fills, and sends its layers as files.

Its value is a PNG data URL, which is untrusted when it comes back. A pad called by its `elem_id` also keeps what is
painted on it in the browser's own store; see kept.py.
"""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import gradio as gr
from PIL import Image

from ...errors import InputError
from . import part

SIZE = 256
_PREFIX, _TRACED = "data:image/png;base64,", "data:image/png;traced=photo;base64,"
_LIMIT = 2 * 2**20  # characters
_TOOLS = {"brush": "Brush", "line": "Line", "box": "Box", "fill": "Fill"}
_TOOL = '<button type="button" class="tool" data-tool="{tool}">{name}</button>'
_INK = '<button type="button" class="ink" data-color="{color}"><i style="background:{color}"></i>{name}</button>'
_WIDTH = (
    '<button type="button" class="width" data-width="{px}" title="{px} px" aria-label="{px} px wide">'
    '<b style="width:{px}px;height:{px}px"></b></button>'
)


@dataclass(frozen=True)
class Kit:
    """What a pad paints with: inks by name, the first being the paper's, widths in px, and tools.

    In hand are at first `ink`, `width` and the first tool.
    """

    inks: Mapping[str, tuple[int, int, int]]
    widths: Sequence[int]
    tools: Sequence[str]
    ink: str
    width: int


def paint_pad(value: Image.Image, elem_id: str, kit: Kit) -> gr.HTML:
    """The canvas with its inks and tools, opened with `value` on it."""
    inks = {name: "#{:02x}{:02x}{:02x}".format(*color) for name, color in kit.inks.items()}
    marks = {
        "@inks": "".join(_INK.format(color=color, name=name) for name, color in inks.items()),
        "@widths": "".join(_WIDTH.format(px=px) for px in kit.widths),
        "@tools": "".join(_TOOL.format(tool=tool, name=_TOOLS[tool]) for tool in kit.tools),
        "@ink": inks[kit.ink],
        "@width": str(kit.width),
        "@tool": kit.tools[0],
        "@name": elem_id,
    }
    return part("paintpad", to_data_url(value), elem_id, marks, ["kept"], label="Canvas (PNG data URL, 256×256)")


def to_data_url(image: Image.Image, traced: bool = False) -> str:
    """A PNG data URL of `image`; `traced`: of a photo, so that the pad must not keep it."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return (_TRACED if traced else _PREFIX) + base64.b64encode(buffer.getvalue()).decode("ascii")


def from_data_url(value: str | None) -> Image.Image:
    """The painting, 256×256 RGB.

    Raises:
        InputError: the value is not a PNG data URL of a 256×256 picture, or is too long.
    """
    from ...images import open_image

    prefix = next((p for p in (_PREFIX, _TRACED) if (value or "").startswith(p)), None)
    if not value or not prefix:
        raise InputError("The painting must arrive as a PNG data URL; reload the page and paint again.")
    if len(value) > _LIMIT:
        raise InputError("The painting is larger than 2 MB; reload the page and paint again.")
    try:
        raw = base64.b64decode(value[len(prefix) :], validate=True)
    except binascii.Error as error:
        raise InputError("The painting arrived damaged; reload the page and paint again.") from error
    image = open_image(io.BytesIO(raw))
    if image.size != (SIZE, SIZE):
        raise InputError(f"The painting must be {SIZE}×{SIZE} pixels, but it is {image.width}×{image.height}.")
    return image
