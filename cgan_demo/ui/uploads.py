"""Visitors' pictures on their way in and out: uploads are removed once read, and what is shown travels in the page."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gradio.context import LocalContext
from PIL import Image

# Takes what `download` gives. Through a blob: browsers refuse to download data URLs of more than two megabytes.
SAVE = """async (file) => { const { url, name } = JSON.parse(file); const link = document.createElement("a");
    link.href = URL.createObjectURL(await (await fetch(url)).blob()); link.download = name; link.click(); }"""


@contextmanager
def removing(paths: Iterable[str | None], folder: str | Path) -> Iterator[None]:
    """Afterwards, whatever happened, uploaded files are gone.

    Left alone are files outside `folder`, and the page's own pictures, which lie in it, too: whoever uploads one of
    them again, or names it, gives the path under which everybody sees it.
    """
    try:
        yield
    finally:
        page = LocalContext.blocks.get(None)
        own = set().union(*(block.keep_in_cache for block in page.blocks.values())) if page else set()
        for path in paths:
            if path is not None and path not in own and Path(path).resolve().is_relative_to(Path(folder).resolve()):
                with suppress(IsADirectoryError, PermissionError):  # a folder, which nobody uploaded
                    Path(path).unlink(missing_ok=True)


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
