"""What the parts of the tab "Text → Picture" are sent, as JSON with pictures as data URLs.

The pictures are small. They are enlarged smoothly to be looked at; what is downloaded is as large as it was made.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from typing import Any

from PIL import Image

from ..films import there_and_back
from ..uploads import data_url
from .painting import Style, recolored

CELL, LARGE, STEP, FILM_SIDE = 256, 512, 192, 224  # px, of a sample, the chosen one, a step of the strip, and the film
EMPTY = json.dumps({})


def enlarged(picture: Image.Image, side: int) -> str:
    """A data URL of the picture, its longer side `side` px."""
    scale = side / max(picture.size)
    return data_url(picture.resize((round(picture.width * scale), round(picture.height * scale)), _SMOOTH))


_SMOOTH = Image.Resampling.BICUBIC  # Lanczos leaves rings around what is enlarged so much


def samples_value(pictures: Sequence[Image.Image], first: int, sentence: str, chosen: int) -> str:
    """The samples with their seeds, and which one is framed."""
    items = [{"seed": first + i, "url": enlarged(picture, CELL)} for i, picture in enumerate(pictures)]
    return json.dumps({"items": items, "sentence": sentence, "chosen": chosen})


def words_value(reading: Any, colors: Sequence[str]) -> str:
    """The words of a `Reading`, known or not, and the colours that the one it names could be exchanged for."""
    words = [{"text": word.text, "known": word.known} for word in reading.words]
    return json.dumps({"words": words, "colors": exchanges(reading.sentence, colors)})


def exchanges(sentence: str, colors: Sequence[str]) -> list[str]:
    """Those colours that make it another sentence."""
    return [color for color in colors if recolored(sentence, color).lower() != sentence.lower()]


def said_value(words: str) -> str:
    """A sentence in place of words, or of pictures."""
    return json.dumps({"said": words})


def large_value(picture: Image.Image, sentence: str, seed: int) -> str:
    return json.dumps({"url": enlarged(picture, LARGE), "caption": f"“{sentence}”, seed {seed}"})


def way_value(pictures: Sequence[Image.Image], ends: tuple[str, str], words: str) -> str:
    """The strip. `ends`: what its first and its last picture are of; `words`: what stays the same."""
    steps = len(pictures) - 1
    items = [{"url": enlarged(p, STEP), "share": round(100 * i / steps)} for i, p in enumerate(pictures)]
    return json.dumps({"items": items, "ends": ends, "words": words})


def film_value(pictures: Sequence[Image.Image], name: str) -> str:
    """The animation, beside the strip that is there, and its file's name."""
    data = base64.b64encode(there_and_back(pictures, FILM_SIDE)).decode("ascii")
    return json.dumps({"film": f"data:image/gif;base64,{data}", "name": name})


def style_value(style: Style | None) -> str:
    """The picture whose style is taken; nothing where there is none."""
    return json.dumps({"url": style.thumb}) if style else EMPTY


def file_name(sentence: str, *ends: object) -> str:
    """What a downloaded file is called, without its ending: the sentence and what follows it, as one word."""
    words = re.sub(r"[^a-z0-9]+", "-", sentence.lower()).strip("-")
    return "-".join([words[:80].strip("-") or "picture", *(str(end) for end in ends)])
