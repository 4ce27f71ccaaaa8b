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

from ..errors import DataError
from .cache import decoded_once, readable

PLACED = 0.7  # share of the pictures on white that are shrunk and moved, where any are
EXTENSIONS = {".png", ".jpg", ".jpeg", ".webp", ".bmp"}


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


def list_pairs(root: Path, layout: str = "auto") -> list[tuple[Path, Path | None]]:
    """Files of a folder of pairs, sorted by name.

    layout: "side-by-side" (one file holds A | B, the pix2pix layout; the second path is None), "two-folder"
    (`A/x.png` and `B/x.png`) or "auto".

    Raises:
        DataError: the folder is missing, empty, or a picture has no partner.
    """
    if not root.is_dir():
        raise DataError(f"There is no folder {root}. Give --data the folder that holds the pictures.")
    two = (root / "A").is_dir() and (root / "B").is_dir()
    if layout == "auto":
        layout = "two-folder" if two else "side-by-side"
    if layout == "side-by-side":
        files = _pictures(root)
        pairs: list[tuple[Path, Path | None]] = [(f, None) for f in files]
    else:
        partners = {f.stem: f for f in _pictures(root / "B")}
        left = _pictures(root / "A")
        lone = [f.name for f in left if f.stem not in partners]
        if lone:
            raise DataError(f"{len(lone)} pictures of {root / 'A'} have no partner in B, the first is {lone[0]}.")
        pairs = [(f, partners[f.stem]) for f in left]
    if not pairs:
        raise DataError(f"{root} holds no pictures ({', '.join(sorted(EXTENSIONS))}).")
    return pairs


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}.")
    found = [f for f in folder.iterdir() if f.suffix.lower() in EXTENSIONS]
    return sorted(found, key=lambda f: (len(f.stem), f.stem))  # 2.jpg before 10.jpg


def read_pair(pair: tuple[Path, Path | None], size: int) -> np.ndarray:
    """Decode one pair to uint8 (2, size, size, 3), antialiased."""
    with readable(pair[0]):
        a = Image.open(pair[0]).convert("RGB")
        b = Image.open(pair[1]).convert("RGB") if pair[1] else None
    if b is None:
        half = a.width // 2
        a, b = a.crop((0, 0, half, a.height)), a.crop((half, 0, 2 * half, a.height))
    sides = [p if p.size == (size, size) else p.resize((size, size), Image.Resampling.BICUBIC) for p in (a, b)]
    return np.stack([np.asarray(p, np.uint8) for p in sides])


def cached_pairs(root: Path, size: int, cache: Path, layout: str = "auto", limit: int | None = None) -> np.ndarray:
    """All pairs of a folder, uint8 (n, 2, size, size, 3), decoded once into a memory-mapped file under `cache`."""
    pairs = list_pairs(root, layout)[:limit]
    names = "\n".join(f"{a.name}:{a.stat().st_size}" for a, _ in pairs)
    key = f"{root.resolve()}|{size}|{names}"
    shape = (len(pairs), 2, size, size, 3)
    return decoded_once(cache, f"pairs-{root.name}", key, shape, lambda i: read_pair(pairs[i], size))


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
