"""Good calls of every endpoint of the page, from which bad ones are made, and what is wrong with an answer to those."""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path
from typing import Any

from abuse_corpus import PICTURES, RGB, encoded
from PIL import Image
from visitor import Answer, Visitor

from cgan_demo.ui.door import FAILED

PHOTO = encoded(RGB.resize((90, 80)))  # in these lists bytes are files, which are uploaded for each call
OTHER = encoded(Image.new("RGB", (90, 80), "teal"))
SMALL = encoded(RGB.resize((16, 12)))
CANVAS = "data:image/png;base64," + base64.b64encode(encoded(RGB.resize((256, 256)))).decode()
GOOD: dict[str, list[Any]] = {
    "map_to_aerial": [PHOTO, 3],
    "aerial_to_map": [PHOTO, 3],
    "paint_to_aerial": [CANVAS, 3],
    "there_and_back": [PHOTO, "Aerial → Map", 3],
    "sketch_to_photo": [PHOTO, 3, True, OTHER, "Shoe"],
    "sketch_variations": [PHOTO, 3, True, "Bag"],
    "photo_to_edges": [PHOTO],
    "unpaired": [PHOTO, "Horse → Zebra", 1, 160],
    "age_face": [PHOTO, 30, "Man", 0.5],
    "age_strip": [PHOTO, "As read", 0.5],
    "mix_faces": [PHOTO, OTHER, 0.5, 40, "Woman", 0.5],
    "super_resolution": [SMALL, [OTHER], 1, 0.5],
    "text_to_flower": ["a red flower", 2, 0],
    "text_to_bird": ["a red bird", 2, 0],
    "latent_faces": [0, 1],
    "latent_flowers": [0, 1],
}


class Writes:
    """The places that this process writes to, but for `folder`, while it is `watching`."""

    def __init__(self, folder: Path):
        self.folder, self.watching, self.outside = folder, False, list[str]()
        sys.addaudithook(self._look)  # which stays for good

    def _look(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.watching or event not in ("open", "os.mkdir", "os.rename", "os.symlink"):
            return
        path = args[1] if event in ("os.rename", "os.symlink") else args[0]
        reads = event == "open" and not args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if reads or not isinstance(path, (str, bytes)) or os.fsdecode(path) == os.devnull:
            return
        place = Path(os.path.abspath(os.fsdecode(path)))
        if not place.is_relative_to(self.folder) and "__pycache__" not in place.parts:
            self.outside.append(f"{event} {place}")


def sent(visitor: Visitor, listener: int | str, inputs: list[Any], event: Any = None) -> tuple[Answer, list[Path]]:
    """The answer to a call, and where the files that were uploaded for it would lie."""
    uploaded: list[Path] = []

    def up(value: Any) -> Any:
        if isinstance(value, list):
            return [up(item) for item in value]
        if not isinstance(value, bytes):
            return value
        names = [name for name, content in PICTURES.items() if content == value]
        message = visitor.upload(value, names[0] if names else "picture.png")
        uploaded.append(Path(message["path"]))
        return message

    return visitor.call(listener, up(inputs), event), uploaded


def fault(answer: Answer, secrets: list[str]) -> str | None:
    """What is wrong with an answer to bad input: it is neither a result nor one sentence for the visitor."""
    if answer.data is not None:
        return None
    words = answer.error or ""
    if answer.status != 200 or not 20 <= len(words) <= 300 or len(words.split()) < 4 or words[-1] not in ".!":
        return f"no sentence: {answer.status} {words[:300]!r}"
    if "\n" in words or words == FAILED or any(secret in words for secret in ("Traceback", "Error", *secrets)):
        return f"says too much or too little: {words!r}"
    return None
