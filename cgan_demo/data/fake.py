"""Small made-up pairs for tests and for trying a training command without any data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

PALETTE = {
    "ground": (235, 230, 222),
    "street": (254, 254, 254),
    "highway": (249, 158, 37),
    "water": (177, 209, 254),
    "park": (202, 223, 171),
}


def fake_pair(seed: int, size: int = 64) -> tuple[Image.Image, Image.Image]:
    """A made-up (aerial, map) pair of `size` pixels a side: a park, a lake, streets; the aerial is noisy."""
    rng = np.random.default_rng(seed)
    plan = Image.new("RGB", (size, size), PALETTE["ground"])
    draw = ImageDraw.Draw(plan)
    for name in ("park", "water"):
        x, y = rng.integers(0, size, 2)
        draw.rectangle((x, y, x + size // 3, y + size // 3), fill=PALETTE[name])
    for name in ("street", "highway"):
        x, y = rng.integers(0, size, 2)
        draw.line((x, 0, size - x, size), fill=PALETTE[name], width=max(2, size // 20))
        draw.line((0, y, size, y), fill=PALETTE["street"], width=max(2, size // 24))
    noise = rng.normal(0, 12, (size, size, 3))
    aerial = np.clip((255 - np.asarray(plan, np.float32)) * 0.6 + 40 + noise, 0, 255).astype(np.uint8)
    return Image.fromarray(aerial), plan


def write_fake_pairs(folder: Path, count: int = 8, size: int = 64) -> Path:
    """Write `count` side-by-side pairs to `folder/train` and half as many to `folder/val`. Returns `folder`."""
    for split, n, first in (("train", count, 0), ("val", max(1, count // 2), 1000)):
        (folder / split).mkdir(parents=True, exist_ok=True)
        for i in range(n):
            aerial, plan = fake_pair(first + i, size)
            both = Image.new("RGB", (2 * size, size))
            both.paste(aerial, (0, 0))
            both.paste(plan, (size, 0))
            both.save(folder / split / f"{i + 1}.png")
    return folder


def fake_face(age: int, gender: int, seed: int, size: int = 64) -> Image.Image:
    """A made-up face: an oval with eyes on a coloured ground; hair greys and lines come with age."""
    rng = np.random.default_rng(seed)
    face = Image.new("RGB", (size, size), tuple(int(c) for c in rng.integers(60, 200, 3)))
    draw, s = ImageDraw.Draw(face), size / 64
    shade = int(rng.integers(0, 90))
    skin = (210 - shade, 170 - shade, 140 - shade)
    grey = min(200, 30 + 2 * age)
    draw.ellipse((10 * s, 2 * s, 54 * s, 44 * s), fill=(grey, grey, grey))
    draw.ellipse((14 * s, 10 * s, 50 * s, 60 * s), fill=skin)
    for x in (19.5, 44):
        draw.ellipse(((x - 3) * s, 17 * s, (x + 3) * s, 22 * s), fill=(20, 20, 20))
    draw.line((24 * s, 48 * s, 40 * s, 48 * s), fill=(160, 40 + 100 * (1 - gender), 60), width=max(1, round(2 * s)))
    for i in range(age // 12):
        draw.line((18 * s, (26 + 4 * i) * s, 46 * s, (26 + 4 * i) * s), fill=tuple(c // 2 for c in skin))
    return face


def write_fake_faces(folder: Path, per_bin: int = 4, size: int = 64) -> Path:
    """Write faces of ten age groups, named as UTKFace's are, to `folder`. Returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for k, age in enumerate((3, 8, 13, 18, 25, 35, 45, 55, 65, 80)):
        for i in range(per_bin):
            face = fake_face(age, i % 2, 100 * k + i, size)
            face.save(folder / f"{age}_{i % 2}_0_{k:02d}{i:03d}.png")
    return folder
