"""The bundled weights paint what they painted when they were committed, whatever becomes of the code around them.

`python tests/unit/test_same_pictures.py` prints a checksum of each picture, for before and after on one machine, and
`--keep` writes the thumbnails anew, of models whose weights have changed.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

import cgan_demo

KEPT = Path(__file__).parent.parent / "pictures" / "thumbnails.json"
SIDE = 8
LEVELS = 2.0  # of 255, that another processor's arithmetic may change a mean of hundreds of pixels by


def shapes(side: int = 256) -> Image.Image:
    """A ground with a road, a lake and a square, that could be a map."""
    picture = Image.new("RGB", (side, side), (238, 236, 230))
    draw = ImageDraw.Draw(picture)
    draw.ellipse([side * 0.1, side * 0.5, side * 0.5, side * 0.9], fill=(170, 199, 238))
    draw.rectangle([side * 0.6, side * 0.1, side * 0.9, side * 0.4], fill=(203, 223, 170))
    draw.line([0, side * 0.3, side, side * 0.6], fill=(254, 253, 249), width=side // 16)
    return picture


def lines(side: int = 256) -> Image.Image:
    """A closed outline with something in it, on white."""
    picture = Image.new("RGB", (side, side), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse([side * 0.15, side * 0.2, side * 0.85, side * 0.8], outline="black", width=2)
    draw.line([side * 0.3, side * 0.5, side * 0.7, side * 0.5], fill="black", width=2)
    return picture


def plan(side: int = 256) -> Image.Image:
    """A wall with windows, in the colours of the set of house fronts."""
    picture = Image.new("RGB", (side, side), (0, 0, 255))
    draw = ImageDraw.Draw(picture)
    for x in range(32, side - 32, 64):
        for y in range(32, side - 32, 64):
            draw.rectangle([x, y, x + 32, y + 40], fill=(0, 85, 255))
    return picture


def face() -> Image.Image:
    return cgan_demo.load("latent-faces")(seed=3, truncation=0.7)


CALLS: dict[str, Callable[[Any], Image.Image]] = {
    "map-to-aerial": lambda model: model(shapes(), seed=1),
    "aerial-to-map": lambda model: model(shapes()),
    "photo-to-edges": lambda model: model(shapes()),
    "edges-to-cats": lambda model: model.variations(lines(), 2, seed=4)[1],
    "edges-to-shoes": lambda model: model(lines(), seed=4),
    "edges-to-handbags": lambda model: model(lines(), seed=4),
    "labels-to-facade": lambda model: model(plan(), seed=4),
    "horse-to-zebra": lambda model: model(shapes()),
    "zebra-to-horse": lambda model: model(shapes()),
    "face-aging": lambda model: model(face(), age=60, gender=0.0),
    "super-resolution": lambda model: model(shapes(64), references=[shapes(128)], sharpness=1.0),
    "text-to-flower": lambda model: model("a yellow flower with many round petals", seed=2),
    "text-to-bird": lambda model: model("a small red bird with a black head", seed=2),
    "latent-faces": lambda model: model(seed=5),
    "latent-flowers": lambda model: model(seed=5),
}


def picture(name: str) -> Image.Image:
    return CALLS[name](cgan_demo.load(name, "cpu"))


def thumbnail(name: str) -> str:
    small = picture(name).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small).tobytes().hex()


@pytest.mark.parametrize("name", CALLS)
def test_a_bundled_model_paints_what_it_painted(name: str) -> None:
    kept, now = (
        np.frombuffer(bytes.fromhex(x), np.uint8) for x in (json.loads(KEPT.read_text())[name], thumbnail(name))
    )
    assert now.std() > 5  # not one plain colour
    assert np.abs(now.astype(float) - kept).max() <= LEVELS


def test_the_finder_finds_a_made_face() -> None:
    (eyes,) = cgan_demo.load("face-finder", "cpu")(face())
    assert eyes.left == pytest.approx((39.6, 39.1), abs=0.3) and eyes.right == pytest.approx((88.9, 39.0), abs=0.3)


def main(arguments: list[str]) -> None:
    if arguments == ["--keep"]:
        kept = {name: thumbnail(name) for name in CALLS}
        KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    for name in CALLS:
        print(name, hashlib.sha256(picture(name).tobytes()).hexdigest()[:16])


if __name__ == "__main__":
    main(sys.argv[1:])
