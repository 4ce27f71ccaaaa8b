"""What a frozen feature network makes of pictures, computed once and kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from .encoder import pooled

SEEN = 128  # px at which the network looks; smaller pictures are enlarged for it


def enlarged(pictures: Tensor) -> Tensor:
    """Pictures (N, 3, S, S) as the frozen network is shown them: at least `SEEN` px a side."""
    if pictures.shape[-1] >= SEEN:
        return pictures
    return F.interpolate(pictures, (SEEN, SEEN), mode="bilinear", align_corners=False)


def to_batch(images: np.ndarray) -> Tensor:
    """uint8 (N, S, S, 3) -> float32 (N, 3, S, S) in [-1, 1]."""
    return torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float() / 127.5 - 1


def pooled_once(net: nn.Module, images: np.ndarray, cache: Path, key: str, batch: int = 32) -> np.ndarray:
    """`pooled` features of pictures at their own resolution and at half of it, (2, N, features), float16.

    Half, because what a generator of 64 px makes will be looked at in the same way.

    Args:
        images: uint8 (N, S, S, 3).
        cache, key: the result is kept there; it depends on the pictures, which `key` names, and on the network.
    """
    probe = pooled(net(torch.linspace(-1, 1, 3 * SEEN * SEEN).view(1, 3, SEEN, SEEN)))
    name = f"{key}|{images.shape}|{[round(float(x), 3) for x in probe[0, :8]]}"
    path = cache / f"pooled-{hashlib.sha256(name.encode()).hexdigest()[:16]}.npy"
    if not path.exists():
        found = np.concatenate(list(_batches(net, images, batch)), 1)
        partial = path.with_suffix(f".{np.random.default_rng().integers(1 << 32):08x}.partial")
        with partial.open("wb") as file:
            np.save(file, found)
        partial.replace(path)
    return np.load(path)


@torch.inference_mode()
def _batches(net: nn.Module, images: np.ndarray, batch: int):
    for first in tqdm(range(0, len(images), batch), desc="looking at pictures", unit="batch"):
        x = to_batch(images[first : first + batch])
        views = (x, F.avg_pool2d(x, 2))
        yield np.stack([pooled(net(enlarged(v))).half().numpy() for v in views])
