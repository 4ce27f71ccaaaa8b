"""What the parts of the tab "Text → Picture" are sent, as JSON with pictures as data URLs.

The pictures are small. They are enlarged smoothly to be looked at; what is downloaded is as large as it was made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PIL import Image

from ..films import film_value, there_and_back
from ..uploads import data_url
from .painting import Style, recolored

if TYPE_CHECKING:
    from ...gan_cls.predictor import Reading

UNSEEN = "Never seen in training"
CELL, LARGE, STEP, FILM_SIDE = 256, 512, 192, 224  # px, of a sample, the chosen one, a step of the strip, and the film
EMPTY = json.dumps({})


def enlarged(picture: Image.Image, side: int) -> str:
    """A data URL of the picture, its longer side `side` px."""
    scale = side / max(picture.size)
    return data_url(picture.resize((round(picture.width * scale), round(picture.height * scale)), _SMOOTH))


_SMOOTH = Image.Resampling.BICUBIC  # Lanczos leaves rings around what is enlarged so much


def samples_value(pictures: Sequence[Image.Image], first: int, sentence: str) -> str:
    """The samples with their seeds."""
    items = [{"seed": first + i, "url": enlarged(picture, CELL)} for i, picture in enumerate(pictures)]
    return json.dumps({"items": items, "words": sentence})


def words_value(reading: Reading) -> list[tuple[str, str | None]]:
    """The words, marked where they were never seen in training, for a gr.HighlightedText."""
    marked = [[(word.text, None if word.known else UNSEEN.lower()), (" ", None)] for word in reading.words]
    return [pair for pairs in marked for pair in pairs]


def told_value(reading: Reading) -> str:
    """The same in a sentence."""
    unseen = list(dict.fromkeys(word.text for word in reading.words if not word.known))
    if not unseen:
        return "The model knows every word."
    mean = "they mean" if len(unseen) > 1 else "it means"
    return f"{UNSEEN}: {quoted(unseen)}. What {mean} is guessed from the letters."


def quoted(words: Iterable[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)


def exchanges(sentence: str, colors: Sequence[str]) -> list[str]:
    """Those colours that make it another sentence."""
    return [color for color in colors if recolored(sentence, color).lower() != sentence.lower()]


def large_value(picture: Image.Image, sentence: str, seed: int) -> str:
    return json.dumps({"url": enlarged(picture, LARGE), "caption": f"“{sentence}”, seed {seed}"})


def way_value(pictures: Sequence[Image.Image], ends: tuple[str, str], words: str) -> str:
    """The strip. `ends`: what its first and its last picture are of; `words`: what stays the same."""
    steps = len(pictures) - 1
    items = [{"url": enlarged(p, STEP), "share": round(100 * i / steps)} for i, p in enumerate(pictures)]
    return json.dumps({"items": items, "ends": ends, "words": words})


def there_and_back_value(pictures: Sequence[Image.Image], name: str) -> str:
    """The animation of the strip. name: of its file."""
    return film_value(there_and_back(pictures, FILM_SIDE), "There and back, as a GIF.", name)


def style_value(style: Style | None) -> str:
    """The picture whose style is taken; nothing where there is none."""
    words = "Background and pose come from this picture; its file is removed already."
    return json.dumps({"url": style.thumb, "caption": words}) if style else EMPTY


def file_name(sentence: str, *ends: object) -> str:
    """What a downloaded file is called, without its ending: the sentence and what follows it, as one word."""
    words = re.sub(r"[^a-z0-9]+", "-", sentence.lower()).strip("-")
    return "-".join([words[:80].strip("-") or "picture", *(str(end) for end in ends)])
