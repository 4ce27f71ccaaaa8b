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
