"""Visitors' pictures on their way in and out: uploads are removed once read, and what is shown travels in the page.

Gradio stores a file under a hash of its bytes. Two visitors who upload the same bytes would share one file, and who
reads it first would remove it under the other's eyes; so every upload is given a folder of its own here.
"""

from __future__ import annotations

import base64
import io
import json
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gradio import processing_utils, route_utils
from gradio.context import LocalContext
from PIL import Image

from ..errors import InputError
from .parts import UNREADABLE

AGAIN = 20  # times that a cleaning is begun which uploads disturb; the next one is an hour later
DEEP = 5  # lists and objects within each other, in which there can be files
HASH = re.compile("[0-9a-f]{64}")  # folders of what Gradio stores by content: the page's own pictures, and results

# Takes what `download` gives. Through a blob: browsers refuse to download data URLs of more than two megabytes.
SAVE = """async (file) => { const { url, name } = JSON.parse(file); const link = document.createElement("a");
    link.href = URL.createObjectURL(await (await fetch(url)).blob()); link.download = name; link.click(); }"""


class OwnFolder:
    """In place of the hash of an upload's bytes, by which Gradio would name its folder."""

    def __init__(self) -> None:
        self._name = uuid.uuid4().hex

    def update(self, data: bytes) -> None:
        """Nothing: the bytes do not count."""

    def hexdigest(self) -> str:
        return self._name


class Upload(route_utils.GradioUploadFile):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sha = OwnFolder()  # type: ignore[assignment]


def keep_apart() -> None:
    """From now on every upload is a file of its own, and so is a data URL that an assistant sends.

    Gradio lets nobody choose; it looks both up by these names.
    """
    route_utils.GradioUploadFile = Upload  # type: ignore[misc]
    processing_utils.save_base64_to_cache = _save_apart  # type: ignore[assignment]


def _save_apart(
    encoded: str, cache_dir: str, file_name: str | None = None, save: Any = processing_utils.save_base64_to_cache
) -> str:
    return str(save(encoded, str(Path(cache_dir) / uuid.uuid4().hex), file_name))


def keep_cleaning() -> None:
    """From now on Gradio's hourly cleaning, which takes uploads that nobody used, outlives an upload in its midst.

    It walks sets to which uploads add; one that came meanwhile would end it with an error, and it would not run again.
    """
    route_utils.delete_files_created_by_app = _cleaned  # type: ignore[assignment]


def _cleaned(blocks: Any, age: int | None, clean: Any = route_utils.delete_files_created_by_app) -> None:
    for _ in range(AGAIN):
        with suppress(RuntimeError):  # set changed size during iteration
            return clean(blocks, age)


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
    page = LocalContext.blocks.get(None)
    for noted in page.temp_file_sets if page else ():
        noted.discard(path)


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
