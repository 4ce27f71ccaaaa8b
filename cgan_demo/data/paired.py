"""Pairs of pictures for translation: read, decode once, crop and flip both sides alike.

A data set is asked for a *position* in an endless, shuffled stream rather than for an index. The order and
every random choice follow from (seed, position) alone, so a run that is resumed, or spread over several
processes, sees exactly the pairs that an uninterrupted one would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from ..errors import DataError, PictureError
from .layouts import Pair, list_pairs
from .pictures import decoded_pictures, read_picture, stretched

PLACED = 0.7  # share of the pictures on white that are shrunk and moved, where any are


@dataclass(frozen=True)
class Jitter:
    """How a training pair is cut and turned. The same draw serves both pictures.

    crop: side of the training crop in pixels.
    scale: range of the zoom applied to the cached picture before cropping, 1 meaning none.
    flips, rotations: mirror left-right; turn by quarter turns (maps have no up).
    shrink: smallest size, as a share of the crop, to which pictures on white paper are shrunk and put somewhere on it;
        1 for never. Width and height shrink apart, so that a thing may be anywhere, tall or flat.
    """

    crop: int = 256
    scale: tuple[float, float] = (1.0, 1.0)
    flips: bool = True
    rotations: bool = False
    shrink: float = 1.0


def read_pair(pair: Pair, size: int) -> np.ndarray:
    """Decode one pair to uint8 (2, size, size, 3), antialiased.

    Raises:
        PictureError: a file cannot be read, or is too narrow to hold two pictures.
    """
    a, b = _halves(pair[0]) if pair[1] is None else (read_picture(pair[0]), read_picture(pair[1]))
    return np.stack([np.asarray(stretched(p, size), np.uint8) for p in (a, b)])


def _halves(path: Path) -> tuple[Image.Image, Image.Image]:
    both = read_picture(path)
    if both.width <= both.height:
        size = f"{both.width} x {both.height} pixels"
        raise PictureError(
            path,
            f"is {size}, and a file with two pictures side by side is wider than tall: put the pictures of each pair "
            "under the same name into two folders, A and B.",
        )
    half = both.width // 2
    return both.crop((0, 0, half, both.height)), both.crop((half, 0, 2 * half, both.height))


def cached_pairs(data: Path, size: int, cache: Path, split: str | None = None) -> np.ndarray:
    """All pairs of a split of a data set, uint8 (n, 2, size, size, 3), decoded once into a memory map under `cache`.

    split: "train", "val", or None for a folder without splits; see `layouts.list_pairs`.

    Raises:
        DataError: see `list_pairs` and `read_pair`.
    """
    pairs = list_pairs(data, split)
    files = [file for pair in pairs for file in pair if file is not None]
    name, shape = f"pairs-{data.name}-{split}" if split else f"pairs-{data.name}", (len(pairs), 2, size, size, 3)
    how = "side by side" if pairs[0][1] is None else "two folders"
    return decoded_pictures(cache, name, files, shape, how, lambda i: read_pair(pairs[i], size))


class PairedDataset(torch.utils.data.Dataset):
    """An endless, seeded stream of training pairs over a uint8 array (n, 2, S, S, 3).

    `dataset[position]` -> {"input", "target"}: float32 (3, crop, crop) in [-1, 1].

    Args:
        reverse: swap the roles: B becomes the input.
        augment_input: applied to the input alone, `f(tensor, rng) -> tensor`; for photometric jitter.
    """

    def __init__(
        self,
        pairs: np.ndarray,
        jitter: Jitter,
        reverse: bool = False,
        seed: int = 0,
        augment_input: Callable[[Tensor, np.random.Generator], Tensor] | None = None,
    ):
        self.pairs, self.jitter, self.reverse, self.seed = pairs, jitter, reverse, seed
        self.augment_input = augment_input
        self._epoch, self._order = -1, np.arange(0)
        if min(pairs.shape[2:4]) * jitter.scale[0] < jitter.crop - 1:
            raise DataError(f"Crops of {jitter.crop} px do not fit pictures of {pairs.shape[2]} px; lower the crop.")

    def __len__(self) -> int:
        return len(self.pairs)

    def index(self, position: int) -> int:
        """Which pair stands at `position` of the stream: a fresh permutation per epoch."""
        epoch, offset = divmod(position, len(self.pairs))
        if epoch != self._epoch:
            self._epoch = epoch
            self._order = np.random.default_rng([self.seed, epoch]).permutation(len(self.pairs))
        return int(self._order[offset])

    def __getitem__(self, position: int) -> dict[str, Tensor]:
        rng = np.random.default_rng([self.seed, position, 1])
        pair = jittered(self.pairs[self.index(position)], self.jitter, rng)
        source, target = (pair[1], pair[0]) if self.reverse else (pair[0], pair[1])
        if self.augment_input is not None:
            source = self.augment_input(source, rng)
        return {"input": source, "target": target}


def jittered(pair: np.ndarray, jitter: Jitter, rng: np.random.Generator) -> Tensor:
    """Cut, zoom, mirror and turn a uint8 pair (2, S, S, 3); both pictures alike. -> (2, 3, crop, crop) in [-1, 1]."""
    size = pair.shape[1]
    window = min(size, round(jitter.crop / rng.uniform(*jitter.scale)))
    top, left = rng.integers(0, size - window + 1, 2)
    cut = np.array(pair[:, top : top + window, left : left + window])  # a copy out of the read-only map
    x = torch.from_numpy(cut).permute(0, 3, 1, 2).float() / 127.5 - 1
    if window != jitter.crop:
        x = F.interpolate(x, (jitter.crop, jitter.crop), mode="bilinear", antialias=True, align_corners=False)
    if jitter.rotations:
        x = torch.rot90(x, int(rng.integers(4)), (2, 3))
    if jitter.flips and rng.integers(2):
        x = x.flip(3)
    if jitter.shrink < 1 and rng.random() < PLACED and on_white(x):
        x = placed(x, jitter.shrink, rng)
    return x.contiguous()


def on_white(x: Tensor, threshold: float = 0.9) -> bool:
    """Whether each border of each picture is white, in the mean. x: (N, 3, H, W) in [-1, 1]."""
    borders = (x[..., 0, :], x[..., -1, :], x[..., :, 0], x[..., :, -1])
    return min(float(border.mean((1, 2)).min()) for border in borders) > threshold


def placed(x: Tensor, smallest: float, rng: np.random.Generator) -> Tensor:
    """Shrink pictures on white alike, width and height apart, and put them somewhere on white paper of their size."""
    side = x.shape[-1]
    width, height = (round(side * rng.uniform(smallest, 1)) for _ in range(2))
    top, left = int(rng.integers(0, side - height + 1)), int(rng.integers(0, side - width + 1))
    paper = torch.ones_like(x)
    small = F.interpolate(x, (height, width), mode="bilinear", antialias=True, align_corners=False)
    paper[..., top : top + height, left : left + width] = small
    return paper
