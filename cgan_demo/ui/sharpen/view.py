"""What the parts of the tab "Sharpen" are sent, as JSON with pictures as data URLs."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from PIL import Image

from ..parts.origins import origins_value
from ..uploads import data_url
from .bench import FACTOR, LIVE, Bench, Given, Report, measure, seen

THUMB = 160  # px
STRIP = 480  # px, of a variant; of larger pictures the middle is shown
# Name, reference's weight, sharpness.
PLAIN = (("Plain, faithful", 0.0, 0.0), ("Plain, sharp", 0.0, 1.0))
REFERENCED = (("Reference, faithful", 1.0, 0.0), ("Reference, sharp", 1.0, 1.0))


def tray_value(given: Given) -> str:
    """What was given, small."""
    photo = given.photo
    shown = {"url": data_url(seen(photo), THUMB), "words": f"{photo.width} × {photo.height}"} if photo else None
    references = [data_url(picture, THUMB) for picture in given.references]
    return json.dumps({"photo": shown, "references": references})


def opened_value(bench: Bench, weight: float, sharpness: float, report: Report | None = None) -> str:
    """The comparison of a new picture."""
    low = bench.low
    words = f"{low.width} × {low.height} → {FACTOR * low.width} × {FACTOR * low.height}"
    words += ", shrunk from the original" if bench.truth else ""
    value = {"before": data_url(bench.bicubic), "size": bench.bicubic.size, "words": words}
    if bench.truth is None:
        value["rows"] = []
    return json.dumps(value | _step(bench, weight, sharpness, report))


def step_value(bench: Bench, weight: float, sharpness: float) -> str:
    """The comparison of the same picture at other settings. Of large pictures the numbers come later."""
    return json.dumps(_step(bench, weight, sharpness))


def _step(bench: Bench, weight: float, sharpness: float, report: Report | None = None) -> dict[str, Any]:
    shown = bench.shown(weight, sharpness, report)
    value = {"key": bench.key, "after": data_url(shown), "settings": [weight, sharpness]}
    return value if is_large(bench) else value | numbers(bench, weight, sharpness, shown)


def measured_value(bench: Bench, weight: float, sharpness: float) -> str:
    """The numbers alone."""
    return json.dumps({"key": bench.key, **numbers(bench, weight, sharpness)})


def is_large(bench: Bench) -> bool:
    """Whether measuring takes too long to do while a slider moves."""
    return bench.bicubic.width * bench.bicubic.height > LIVE


def numbers(bench: Bench, weight: float, sharpness: float, shown: Image.Image | None = None) -> dict[str, Any]:
    """The rows of the table and the settings they are of; nothing where the original is not known."""
    rows = bench.rows(weight, sharpness, shown)
    if not rows:
        return {}
    named = [{"name": name, **written(psnr, ssim)} for name, psnr, ssim in rows]
    return {"rows": _marked(named, [row[1:] for row in rows]), "measured": [weight, sharpness]}


def written(psnr: float, ssim: float) -> dict[str, str]:
    return {"psnr": f"{psnr:.2f}" if math.isfinite(psnr) else "∞", "ssim": f"{ssim:.3f}"}


def _marked(items: list[dict[str, Any]], values: Sequence[tuple[float, float]]) -> list[dict[str, Any]]:
    """Say of each item in which of its numbers none is better."""
    best = [max(column) for column in zip(*values, strict=True)]
    return [
        item | {"best": [name for name, v, top in zip(("psnr", "ssim"), pair, best, strict=True) if v >= top]}
        for item, pair in zip(items, values, strict=True)
    ]


def variants_value(bench: Bench) -> str:
    """All variants side by side; those of the model say the settings that make them."""
    made = PLAIN + (REFERENCED if bench.prepared.moved else ())
    pictures = [bench.bicubic, *(bench.shown(weight, sharpness) for _, weight, sharpness in made)]
    items: list[dict[str, Any]] = [{"name": "Bicubic"}]
    items += [{"name": name, "weight": weight, "sharpness": sharpness} for name, weight, sharpness in made]
    for item, picture in zip(items, pictures, strict=True):
        item["url"] = data_url(_middle(picture))
    if bench.truth:
        values = [measure(bench.truth, picture) or (0.0, 0.0) for picture in pictures]
        items = _marked([item | written(*pair) for item, pair in zip(items, values, strict=True)], values)
    cropped = max(bench.bicubic.size) > STRIP
    return json.dumps({"items": items, "words": f"The middle {STRIP} pixels of each." if cropped else ""})


def _middle(picture: Image.Image) -> Image.Image:
    width, height = (min(side, STRIP) for side in picture.size)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def source_value(bench: Bench) -> str:
    """Where the details of the picture come from."""
    if bench.prepared.origin is None:
        return json.dumps({"words": "No reference was given. Add a photo of the same thing and see what it gives."})
    return json.dumps(origins_value(bench.prepared.origin, bench.prepared.references, bench.bicubic))
