"""SRNTT as its paper has it: patches of VGG-19's features are swapped, and a network puts them into the picture.

Zhang, Wang, Lin, Qi, *Image Super-Resolution by Neural Texture Transfer*, CVPR 2019. Where the paper leaves a
size open, that of its authors' public code is taken, and the docstring says so.

Pictures are NCHW float tensors, RGB in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F

from ..features import VGG19Features
from .matching import CHUNK, best_match, laid, moved_patches
from .networks import NormedBlock, bicubic
from .transfer import shrunk

TAPS = ("relu1_1", "relu2_1", "relu3_1")  # of VGG-19; places are compared in the last, and all three are swapped
MAPS = (256, 128, 64)  # channels of what is swapped, from the coarsest map to the finest
PATCH = 3  # side of the patches in the coarsest map; in the next they are 6, then 12


class Swapped(NamedTuple):
    """The reference's texture in the input's frame.

    maps: M, from coarse to fine: (N, 256, h, w), (N, 128, 2h, 2w), (N, 64, 4h, 4w).
    score: S, the best score of each place, (N, 1, h, w), from 0 to 1.
    """

    maps: list[Tensor]
    score: Tensor


@torch.no_grad()
def swap(vgg: VGG19Features, low: Tensor, reference: Tensor, chunk: int = CHUNK) -> Swapped:
    """Each place of the input gets the features that the sharp reference has at the place that suits best.

    Compared are the enlarged input and the reference blurred alike, shrunk and enlarged by 4. The paper divides scores
    by the length of the reference's patch alone; with the input's too, the same patch is best, and S is at most 1.

    Args:
        vgg: at least as deep as the last of `TAPS`.
        low: (N, 3, h, w). reference: (N, 3, H, W), one for each input, sides multiples of 4.
        chunk: see `matching.best_match`.
    """
    (asked,), (known,) = (vgg(bicubic(x), TAPS[-1:]) for x in (low, shrunk(reference)))
    sharp = vgg(reference, TAPS)
    maps: list[list[Tensor]] = [[], [], []]
    scores = []
    for n, (query, key) in enumerate(zip(asked, known, strict=True)):
        index, score = best_match(query, key[None], PATCH, chunk)
        for level, found in enumerate(maps):
            found.append(moved(sharp[2 - level][n : n + 1], index, key.shape[2], low.shape[2:], 2**level))
        scores.append(score.view(1, *low.shape[2:]))
    return Swapped([torch.cat(found) for found in maps], torch.stack(scores))


def moved(features: Tensor, index: Tensor, columns: int, size: Sequence[int], cell: int) -> Tensor:
    """Patches of a map, moved where they suit and averaged where they overlap.

    What a patch at the border would take from beyond it, the border's own features stand in for.

    Args:
        features: (1, C, H cell, W cell), of the reference. index: (h w,) into its H W places, W of them = `columns`.
        size: h, w. cell: px of this map to a place.

    Returns: (1, C, h cell, w cell)
    """
    padded = F.pad(features, (cell, cell, cell, cell), mode="replicate")
    patches = moved_patches(padded, cell * (index // columns), cell * (index % columns), PATCH * cell)
    return laid(patches[None], size[0], size[1], cell, even=True)


def _convolution(inner: int, out: int) -> nn.Conv2d:
    return nn.Conv2d(inner, out, 3, padding=1)


class _Merge(nn.Module):
    """Res(psi || M) + psi: residual blocks over what is there and what was swapped, added to the former.

    Shape: (N, width, h, w), (N, channels, h, w) -> (N, width, h, w).
    """

    def __init__(self, width: int, channels: int, blocks: int):
        super().__init__()
        self.layers = nn.Sequential(
            _convolution(width + channels, width),
            nn.ReLU(),
            *(NormedBlock(width) for _ in range(blocks)),
            _convolution(width, width),
            nn.BatchNorm2d(width),
        )

    def forward(self, h: Tensor, texture: Tensor) -> Tensor:
        return h + self.layers(torch.cat([h, texture], 1))


class SRNTT(nn.Module, PyTorchModelHubMixin):
    """The texture transfer network: swapped maps are merged in at 1, 2 and 4 times the input's size.

    Content comes from the first half of SRResNet, whose weights fit: `first`, `blocks`, `last`. Between the scales
    lies a pixel-shuffle. The paper gives no number of blocks; its authors' code has 16 for the content and 16, 8 and 4
    in the merges, with batch norms and tanh at the end, as here.

    Args:
        width: channels. blocks: residual blocks of the content. merges: those of the three merges.

    Shape: low (N, 3, h, w), maps as in `Swapped` -> (N, 3, 4h, 4w). 4.1 M parameters at full size.
    """

    def __init__(self, width: int = 64, blocks: int = 16, merges: Sequence[int] = (16, 8, 4)):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, width, 9, padding=4), nn.PReLU())
        self.blocks = nn.Sequential(*(NormedBlock(width) for _ in range(blocks)))
        self.last = nn.Sequential(_convolution(width, width), nn.BatchNorm2d(width))
        self.merges = nn.ModuleList(_Merge(width, c, n) for c, n in zip(MAPS, merges, strict=True))
        self.grow = nn.ModuleList(
            nn.Sequential(_convolution(width, 4 * width), nn.PixelShuffle(2), nn.ReLU()) for _ in MAPS[1:]
        )
        self.out = nn.Sequential(_convolution(width, max(1, width // 2)), nn.Conv2d(max(1, width // 2), 3, 1))

    def forward(self, low: Tensor, maps: Sequence[Tensor]) -> Tensor:
        h = self.first(low)
        h = h + self.last(self.blocks(h))  # psi_0, (N, width, h, w)
        for i, grow in enumerate(self.grow):
            h = grow(self.merges[i](h, maps[i]))  # psi_1 and psi_2, twice the size each
        return torch.tanh(self.out(self.merges[-1](h, maps[-1])))
