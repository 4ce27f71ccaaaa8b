"""Visitors' pictures on their way in and out: uploads are removed once read, and what is shown travels in the page."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from PIL import Image

from ..errors import InputError
from .gradio_patches import unnoted
from .parts import UNREADABLE, source

DEEP = 5  # lists and objects within each other, in which there can be files
HASH = re.compile("[0-9a-f]{64}")  # folders of what Gradio stores by content: the page's own pictures, and results

SAVE = source("download.js")


@contextmanager
def removing(paths: Iterable[str | None], folder: str | Path) -> Iterator[None]:
    """Afterwards, whatever happened, uploaded files are gone.

    Left alone are files outside `folder`, and those in it that several may be looking at: the page's own pictures and
    results. Whoever calls the page can name any of them.
    """
    try:
        yield
    finally:
        for path in paths:
            if path is not None and _is_upload(path, Path(folder).resolve()):
                _remove(path, Path(folder).resolve())


def _is_upload(path: str, folder: Path) -> bool:
    place = Path(path).resolve()
    return folder in place.parents and not HASH.fullmatch(place.relative_to(folder).parts[0])


def _remove(path: str, folder: Path) -> None:
    """The file, its own folder, and what Gradio noted of it to remove it later."""
    with suppress(IsADirectoryError, PermissionError):  # a folder, which nobody uploaded
        Path(path).unlink(missing_ok=True)
    with suppress(OSError):  # something else is in there
        if Path(path).resolve().parent != folder:
            Path(path).parent.rmdir()
    unnoted(path)


def paths_in(value: Any, deep: int = 0) -> Iterator[Any]:
    """What a component's value calls a path.

    Raises:
        InputError: something lies too deep in it.
    """
    if deep > DEEP:
        raise InputError(UNREADABLE)
    if isinstance(value, dict):
        if value.get("path") is not None:
            yield value["path"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from paths_in(item, deep + 1)


def forget(blocks: Sequence[Any], values: Sequence[Any]) -> None:
    """Remove the uploads that a function would have removed had it been called with these values of `blocks`."""
    for block, value in zip(blocks, values, strict=False):
        with suppress(InputError):  # files lie too deep for a picture field
            for path in paths_in(value) if getattr(block, "removed", False) else ():
                with suppress(OSError, TypeError, ValueError), removing([path], block.GRADIO_CACHE):
                    pass  # what is no path at all is none of an upload


def data_url(image: Image.Image, side: int | None = None) -> str:
    """A JPEG data URL of `image`, at most `side` px a side."""
    if side is not None and max(image.size) > side:
        image = image.copy()
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=93, subsampling=0)
    return _url(buffer, "image/jpeg")


def png_url(image: Image.Image) -> str:
    """A PNG data URL of `image`, in its own mode."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=4)
    return _url(buffer, "image/png")


def _url(buffer: io.BytesIO, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def download(name: str, url: str) -> str:
    """A file for `SAVE`, from its data URL."""
    return json.dumps({"name": name, "url": url})
