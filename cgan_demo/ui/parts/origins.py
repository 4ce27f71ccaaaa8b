"""Shows what a reference did, which no stock component can point at.

Every place of a reference has a colour, and the picture wears those of its matches.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from ..uploads import data_url

if TYPE_CHECKING:
    from ...super_resolution.predictor import Origin

FULL = 65535  # numbers sent to the page are shares of this
CELLS = 128  # places a side, at most, that can be pointed at
SIDE = 512  # px, of the coloured pictures
WEIGHTS, EVEN = np.array([0.3, 0.59, 0.11]), 0.55  # of red, green and blue in lightness; the lightness of every hue
WEAK, STRONG = 0.75, 0.97  # scores at which a place wears no colour and all of it


def colors(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Shares of the way across and down all references side by side -> (..., 3) RGB in [0, 1].

    The hue runs across, from red to violet, none of them darker than the others; downwards it goes from pale to deep.
    """
    hue = 6 * (0.86 * across[..., None] + np.array([0, 2 / 3, 1 / 3]))
    pure = np.clip(np.abs(hue % 6 - 3) - 1, 0, 1)  # red, green, blue
    light = (pure @ WEIGHTS)[..., None]
    even = np.where(light < EVEN, 1 - (1 - pure) * (1 - EVEN) / (1 - light), pure * EVEN / np.maximum(light, EVEN))
    down = down[..., None]
    return np.where(down < 0.5, 1 - (1 - even) * (0.4 + 1.2 * down), even * (1.35 - 0.7 * down))


def worn(grey: Image.Image, tint: np.ndarray, strength: np.ndarray) -> Image.Image:
    """A picture in grey that wears `tint` (h, w, 3), each place by `strength` (h, w), both in [0, 1]."""
    grey = grey.convert("L")
    grey.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    light = np.asarray(grey, np.float32)[..., None] / 255
    layers = [Image.fromarray((255 * x).astype(np.uint8)) for x in (tint, np.clip(strength, 0, 1))]
    color, mask = (np.asarray(x.resize(grey.size, Image.Resampling.NEAREST), np.float32) / 255 for x in layers)
    mixed = (1 - mask[..., None]) * (0.12 + 0.4 * light) + mask[..., None] * color * (0.45 + 0.65 * light)
    return Image.fromarray((255 * mixed).clip(0, 255).astype(np.uint8))


def trust(score: np.ndarray) -> np.ndarray:
    """A match's score -> how much colour it wears."""
    return np.clip((score - WEAK) / (STRONG - WEAK), 0, 1)


def coloring(origin: Origin, references: Sequence[Image.Image], bicubic: Image.Image) -> list[Image.Image]:
    """The picture, and each reference, in the colours of their matches. Parts of a reference nobody used stay grey."""
    which, score = origin.reference.numpy(), origin.score.numpy()
    across, down = shares(origin, references)
    pictures = [worn(bicubic, colors((which + across) / len(references), down), trust(score))]
    for number, reference in enumerate(references):
        width, height = (side // 4 for side in reference.size)
        used = np.zeros((height, width), np.float32)
        mine = which == number
        rows, columns = (
            np.clip(x.numpy()[mine] // 4, 0, n - 1) for x, n in ((origin.row, height), (origin.column, width))
        )
        np.maximum.at(used, (rows, columns), 0.25 + 0.75 * trust(score[mine]))
        at = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
        pictures.append(worn(reference, colors((number + at[0]) / len(references), at[1]), _spread(used)))
    return pictures


def _spread(used: np.ndarray) -> np.ndarray:
    """Each place as the most used of its neighbours: a patch is three places wide."""
    padded = np.pad(used, 1)
    height, width = used.shape
    return np.max([padded[i : i + height, j : j + width] for i in range(3) for j in range(3)], axis=0)


def shares(origin: Origin, references: Sequence[Image.Image]) -> tuple[np.ndarray, np.ndarray]:
    """The middles of the matched places, as shares of the way across and down their reference, (h, w) each."""
    which = origin.reference.numpy()
    sizes = np.array([picture.size for picture in references], np.float32)[which]  # (h, w, 2)
    across, down = (x.numpy() + 2.0 for x in (origin.column, origin.row))
    return np.clip(across / sizes[..., 0], 0, 1), np.clip(down / sizes[..., 1], 0, 1)


def grid(origin: Origin, references: Sequence[Image.Image]) -> dict[str, Any]:
    """Places to point at, thinned to 128 a side: for each which reference, share across, share down, score."""
    height, width = origin.score.shape
    rows, columns = (np.arange(min(n, CELLS)) * n // min(n, CELLS) for n in (height, width))
    across, down = shares(origin, references)
    layers = (origin.reference.numpy() / FULL, across, down, np.clip(origin.score.numpy(), 0, 1))
    picked = np.stack([layer[rows][:, columns] for layer in layers], -1)
    numbers = np.rint(FULL * picked).astype("<u2")
    return {"rows": len(rows), "columns": len(columns), "data": base64.b64encode(numbers.tobytes()).decode("ascii")}


def origins_value(origin: Origin, references: Sequence[Image.Image], bicubic: Image.Image) -> dict[str, Any]:
    """What the part takes: the coloured pictures, what each reference gave, and the places to point at."""
    picture, *colored = (data_url(image) for image in coloring(origin, references, bicubic))
    which, score = origin.reference.numpy(), origin.score.numpy()
    found = []
    for number, (reference, url) in enumerate(zip(references, colored, strict=True)):
        mine = which == number
        words = f"gave {100 * mine.mean():.0f} % of the places"
        words += f", mean match {score[mine].mean():.2f}" if mine.any() else ""
        patch = [12 / side for side in reference.size]
        found.append({"url": url, "words": words, "patch": patch})
    return {"picture": picture, "references": found, "grid": grid(origin, references)}
