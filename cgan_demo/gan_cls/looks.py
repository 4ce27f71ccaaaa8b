"""What measurements see of pictures: frozen features and colours, computed once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from ..data.cache import computed_once, digest, network_key
from .colours import small_lab

SIDE = 128  # px at which the frozen network looks; other sizes are brought to it


@dataclass(frozen=True)
class Looks:
    """Of n pictures: `everything`, float16 (n, F), of which the first `pooled` numbers are the last map's means.

    Those are what distances between sets of pictures are measured in.
    """

    everything: np.ndarray
    pooled: int

    def features(self, rows: np.ndarray | slice = slice(None)) -> Tensor:
        """(m, pooled), float32."""
        return torch.from_numpy(self.everything[rows, : self.pooled].astype(np.float32))


@torch.inference_mode()
def look(pictures: np.ndarray, net: nn.Module, batch: int = 32, title: str = "looking at pictures") -> Looks:
    """Look at uint8 pictures (n, S, S, 3) through a frozen network, (N, 3, H, W) in [-1, 1] -> feature maps."""
    parts, width = [], 0
    for first in tqdm(range(0, len(pictures), batch), desc=title, unit="batch", mininterval=5):
        block = np.array(pictures[first : first + batch])
        x = torch.from_numpy(block).permute(0, 3, 1, 2).float()
        if x.shape[-1] != SIDE:
            x = F.interpolate(x, (SIDE, SIDE), mode="bicubic", antialias=True, align_corners=False).clamp(0, 255)
        maps: Sequence[Tensor] = net((x / 127.5 - 1).contiguous(memory_format=torch.channels_last))
        width = maps[-1].shape[1]
        numbers = [m.mean((2, 3)) for m in reversed(maps)]
        numbers += [m.flatten(2).std(2) for m in maps] + [m.amax((2, 3)) for m in maps]
        parts.append(np.concatenate([torch.cat(numbers, 1).numpy(), _colours(block)], 1).astype(np.float16))
    return Looks(np.concatenate(parts), width)


def look_once(pictures: np.ndarray, net: nn.Module, cache: Path) -> Looks:
    """The same, kept in `cache` by the network, what it answers to a ramp, and every pixel."""
    probe = look(np.linspace(0, 255, 3 * SIDE**2).astype(np.uint8).reshape(1, SIDE, SIDE, 3), net)
    name = digest(pictures, network_key(net), probe.everything[:, ::7].round(1))
    return Looks(computed_once(cache, "looks", name, lambda: look(pictures, net).everything), probe.pooled)


def _colours(pictures: np.ndarray) -> np.ndarray:
    """Mean L*a*b* of 8x8 places, and a histogram of the middle as square roots: uint8 (n, S, S, 3) -> (n, 492)."""
    n, lab = len(pictures), small_lab(pictures)  # (n, 32, 32, 3)
    places = lab.reshape(n, 8, 4, 8, 4, 3).mean((2, 4)).reshape(n, -1)
    y, x = np.mgrid[-1:1:32j, -1:1:32j]
    weight = np.exp(-2 * (x**2 + y**2)).ravel()
    light = np.clip(lab[..., 0] // 34, 0, 2)
    a, b = (np.clip((lab[..., k] + 70) // 14, 0, 9) for k in (1, 2))
    cell = (100 * light + 10 * a + b).astype(int).reshape(n, -1)
    return np.concatenate([places, np.sqrt([np.bincount(row, weight, 300) for row in cell])], 1)
