"""What the parts of the tab "Latent space" are sent, as JSON with pictures as data URLs.

Pictures that answer a drag are sent as they were made, PNG, and enlarged by the browser: little has to travel, and what
is downloaded is what is seen.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PIL import Image

from ..films import around, film_value
from ..uploads import data_url, png_url
from .exploring import SIDE, Place

if TYPE_CHECKING:
    from ...dcgan import Arithmetic, Direction, Projection

CELL, TILE, FILM_SIDE = 160, 96, 256  # px, of a sample, of a picture of the pad's map, and of the animation
EMPTY = json.dumps({})


def grid_value(pictures: Sequence[Image.Image], first: int) -> str:
    """Samples with their seeds."""
    return json.dumps({"items": [{"seed": first + i, "url": data_url(p, CELL)} for i, p in enumerate(pictures)]})


def view_value(picture: Image.Image, caption: str, name: str) -> str:
    """A large picture. name: of the file it is downloaded as, without its ending."""
    return json.dumps({"url": png_url(picture), "caption": caption, "name": f"{name}.png"})


def strip_value(pictures: Sequence[Image.Image], ends: tuple[str, str], words: str) -> str:
    """For the part that the tab "Text → Picture" shows its strip in."""
    last = len(pictures) - 1
    items = [{"url": data_url(p), "share": round(100 * i / last)} for i, p in enumerate(pictures)]
    return json.dumps({"items": items, "ends": ends, "words": words})


def tour_value(pictures: Sequence[Image.Image], stops: Sequence[Place]) -> str:
    """The animation through all stops."""
    words = " → ".join(place.words for place in [*stops, stops[0]])
    name = "-".join(["walk", *(place.words.split()[-1] for place in stops)])
    return film_value(around(pictures, FILM_SIDE), words, name)


def pad_value(pictures: Sequence[Image.Image], corners: Sequence[Place]) -> str:
    """The map of the pad as one picture, and what its corners are called."""
    sheet = Image.new("RGB", (SIDE * TILE, SIDE * TILE))
    for i, picture in enumerate(pictures):
        sheet.paste(picture.resize((TILE, TILE), Image.Resampling.BICUBIC), (i % SIDE * TILE, i // SIDE * TILE))
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=88)
    url = f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
    return json.dumps({"map": url, "corners": [place.words for place in corners]})


def mix_value(mixed: Arithmetic, terms: Sequence[Sequence[Place]]) -> str:
    """The three columns, their means, and the answer."""
    columns = [
        {
            "samples": [{"url": png_url(p), "words": place.words} for p, place in zip(samples, term, strict=True)],
            "mean": png_url(mean),
        }
        for samples, mean, term in zip(mixed.samples, (mixed.a, mixed.b, mixed.c), terms, strict=True)
    ]
    return json.dumps({"columns": columns, "answer": png_url(mixed.answer), "name": "answer.png"})


def directions_value(directions: Sequence[Direction], amounts: Mapping[str, float]) -> str:
    """The sliders."""
    items = [
        {
            "name": d.name,
            "low": d.low,
            "high": d.high,
            "less": d.less,
            "more": d.more,
            "value": amounts.get(d.name, 0),
            "words": effect_words(d),
        }
        for d in directions
    ]
    return json.dumps({"items": items, "none": "This model has no named directions."})


def effect_words(direction: Direction) -> str:
    """Where a direction comes from, and what was measured along it."""
    words = [f"From {direction.source}."] if direction.source else []
    if direction.measure:  # of a change of levels there is no order that could agree
        agreement = f"; rank correlation {direction.agreement:.2f}" if direction.agreement else ""
        words.append(f"From end to end {direction.effect:+.3g} {direction.measure}{agreement}.")
    return " ".join(words)


def read_value(found: Projection, steps: int) -> str:
    """The three pictures of a reading."""
    items: list[dict[str, Any]] = [
        {"url": png_url(found.target), "caption": "Your picture, as the model takes it"},
        {"url": png_url(found.first), "caption": f"Read at once: {found.first_error:.1f} of 255 off"},
        {"url": png_url(found.picture), "caption": f"After {steps} steps: {found.error:.1f} of 255 off"},
    ]
    words = "The rest is what this model cannot say. " + judged(found.error)
    return json.dumps({"items": items if steps else items[:2], "words": words})


def judged(error: float) -> str:
    """The remaining error in words."""
    if error < 15:
        return "It came near: tones, pose and shapes agree; details, and whose face it is, need not."
    if error < 30:
        return "It came fairly near: tones and places agree, shapes roughly, details do not."
    return "It stayed far off: the model never saw such pictures, and what it shows is its nearest."


def named(*words: object) -> str:
    """A file's name of words, such as "seed 3"."""
    return "-".join(str(word).replace(" ", "-").replace(".", "_") for word in words)


def truncated(truncation: float) -> str:
    """What a caption adds where truncation is not as in training."""
    return "" if truncation == 1 else f", truncation {truncation:g}"
