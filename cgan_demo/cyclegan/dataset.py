"""Two piles of pictures that have nothing to do with each other: one is translated, the other shows what into."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..data.layouts import list_piles
from ..data.paired import Jitter, jittered
from ..data.pictures import decoded_pictures, read_picture
from ..errors import DataError


def cached_piles(data: Path, size: int, cache: Path, split: str, reverse: bool = False) -> list[np.ndarray]:
    """The two piles of a split, uint8 (n, size, size, 3) and (m, size, size, 3), decoded once into `cache`.

    split: "train" or "val"; see `layouts.list_piles`. reverse: the second pile comes first.

    Raises:
        DataError: there are no such piles, or pictures that cannot be read.
    """
    piles = list_piles(data, split)
    names = (f"pile-{data.name}-{split}A", f"pile-{data.name}-{split}B")
    read = [_decoded(files, size, cache, name) for files, name in zip(piles, names, strict=True)]
    return read[::-1] if reverse else read


def _decoded(files: Sequence[Path], size: int, cache: Path, name: str) -> np.ndarray:
    def row(i: int) -> np.ndarray:
        return np.asarray(middle_square(read_picture(files[i]), size), np.uint8)

    return decoded_pictures(cache, name, files, (len(files), size, size, 3), "middle square", row)


def middle_square(picture: Image.Image, side: int) -> Image.Image:
    """The largest square in the middle of a picture, brought to `side` px, antialiased."""
    inner = min(picture.size)
    left, top = (picture.width - inner) // 2, (picture.height - inner) // 2
    square = picture.crop((left, top, left + inner, top + inner))
    return square if inner == side else square.resize((side, side), Image.Resampling.BICUBIC)


class UnpairedDataset(torch.utils.data.Dataset):
    """An endless, seeded stream of crops, one of each pile, that meet by chance.

    `dataset[position]` -> {"a", "b"}: float32 (3, crop, crop) in [-1, 1]. Everything follows from (seed, position), as
    in `data.paired.PairedDataset`; each pile is gone through in an order of its own.

    Args:
        a, b: uint8 (n, S, S, 3) and (m, S, S, 3).
    """

    def __init__(self, a: np.ndarray, b: np.ndarray, jitter: Jitter, seed: int = 0):
        self.piles, self.jitter, self.seed = (a, b), jitter, seed
        self._orders: dict[int, tuple[int, np.ndarray]] = {}
        if min(a.shape[1], b.shape[1]) * jitter.scale[0] < jitter.crop - 1:
            raise DataError(f"Crops of {jitter.crop} px do not fit pictures of {a.shape[1]} px; lower the crop.")

    def __len__(self) -> int:
        return max(map(len, self.piles))

    def index(self, side: int, position: int) -> int:
        """Which picture of pile `side`, 0 or 1, stands at `position`: a fresh permutation each time through it."""
        epoch, offset = divmod(position, len(self.piles[side]))
        known, order = self._orders.get(side, (-1, np.arange(0)))
        if epoch != known:
            order = np.random.default_rng([self.seed, epoch, side]).permutation(len(self.piles[side]))
            self._orders[side] = epoch, order
        return int(order[offset])

    def __getitem__(self, position: int) -> dict[str, Tensor]:
        rng = np.random.default_rng([self.seed, position, 1])
        cut = [
            jittered(pile[self.index(side, position)][None], self.jitter, rng)[0]
            for side, pile in enumerate(self.piles)
        ]
        return {"a": cut[0], "b": cut[1]}
