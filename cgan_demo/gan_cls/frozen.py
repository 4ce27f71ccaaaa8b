"""What a frozen feature network makes of pictures, computed once and kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from ..data.cache import computed_once, digest, network_key
from ..projected import SEEN, enlarged
from .encoder import pooled


def to_batch(images: np.ndarray) -> Tensor:
    """uint8 (N, S, S, 3) -> float32 (N, 3, S, S) in [-1, 1]."""
    return torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float() / 127.5 - 1


def pooled_once(net: nn.Module, images: np.ndarray, cache: Path, batch: int = 32) -> np.ndarray:
    """`pooled` features of pictures at their own resolution and at half of it, (2, N, features), float16.

    Half, because what a generator of 64 px makes will be looked at in the same way.

    Args:
        images: uint8 (N, S, S, 3).
        cache: the result is kept there, by the network, what it answers to a ramp, and every pixel.
    """
    probe = pooled(net(torch.linspace(-1, 1, 3 * SEEN * SEEN).view(1, 3, SEEN, SEEN)))
    name = digest(images, network_key(net), f"{[round(float(x), 3) for x in probe[0, :8]]}")
    return computed_once(cache, "pooled", name, lambda: np.concatenate(list(_batches(net, images, batch)), 1))


@torch.inference_mode()
def _batches(net: nn.Module, images: np.ndarray, batch: int):
    for first in tqdm(range(0, len(images), batch), desc="looking at pictures", unit="batch"):
        x = to_batch(images[first : first + batch])
        views = (x, F.avg_pool2d(x, 2))
        yield np.stack([pooled(net(enlarged(v))).half().numpy() for v in views])
