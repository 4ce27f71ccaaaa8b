"""Super-resolution with references: the networks of the bundled model, and how patches are found and moved.

In the manner of SRNTT (Zhang et al., CVPR 2019), with three changes that make it small and quick. Places are described
by a small network of our own, at low resolution, where input and reference look alike, as in TTSR (Yang et al.,
CVPR 2020). What is moved are pixels, not features. And what the transfer network says is added to the plain model's
picture, so that a reference's weight can be turned down to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F

from ..layers import ResidualBlock, silu
from .light import LightSRResNet, Sizes
from .matching import best_match, laid, moved_patches
from .recipe import PatchRecipe
from .resampling import bicubic, shrunk
from .scaling import FACTOR

STEP = FACTOR // 2  # px from one place of a reference to the next, see `described`
PATCH = 3 * FACTOR  # px a side of what is moved
NOISE = 0.2  # standard deviation, of values from -1 to 1


class Describer(nn.Module):
    """Says in a vector of length one what a place of a low-resolution picture looks like, surroundings included.

    Shape: (N, 3, h, w) -> (N, channels, h, w).
    """

    def __init__(self, channels: int = 32, width: int = 48):
        super().__init__()
        self.first = nn.Conv2d(3, width, 3, padding=1)
        self.blocks = nn.Sequential(ResidualBlock(width, "none"), ResidualBlock(width, "none"))
        self.out = nn.Conv2d(width, channels, 3, padding=1)

    def forward(self, low: Tensor) -> Tensor:
        return F.normalize(self.out(silu(self.blocks(self.first(low)))), dim=1)


class Moved(NamedTuple):
    """What the references say about an input, in its own frame.

    patches: (N, 3, 4h, 4w), the patches that suit best, averaged where they overlap.
    cells: (N, 3, 4h, 4w), their middles alone, side by side.
    score: (N, 1, h, w), how well each suits, from -1 to 1.
    """

    patches: Tensor
    cells: Tensor
    score: Tensor


def described(describer: Callable[[Tensor], Tensor], reference: Tensor) -> Tensor:
    """What references look like at low resolution at every second of their pixels, half a small pixel apart.

    A place of the input hardly ever lies on the reference's own grid of small pixels, so it is seen through four.

    Shape: (N, 3, 4h, 4w) -> (N, channels, 2h, 2w).
    """
    height, width = reference.shape[2:]
    padded = F.pad(reference, (0, STEP, 0, STEP), mode="replicate")
    grids = [padded[:, :, y : y + height, x : x + width] for y in (0, STEP) for x in (0, STEP)]
    looks = torch.stack([describer(shrunk(grid)) for grid in grids], 2)  # (N, channels, 4, h, w)
    return F.pixel_shuffle(looks.flatten(1, 2), 2)


def cut(picture: Tensor, index: Tensor, owner: Tensor | None = None) -> Tensor:
    """Patches around places of pictures.

    Args:
        picture: (R, C, 4h, 4w). index: (P,) places as `described` has them, 2h times 2w, row by row.
        owner: (P,) which of the pictures; the first by default.

    Returns: (P, C, PATCH, PATCH)
    """
    margin, columns = (PATCH - FACTOR) // 2, picture.shape[3] // STEP
    padded = F.pad(picture, (margin, margin + STEP, margin, margin + STEP), mode="replicate")
    return moved_patches(padded, STEP * (index // columns), STEP * (index % columns), PATCH, owner)


def put(patches: Tensor, score: Tensor, height: int, width: int) -> Moved:
    """Patches (N, h w, 3, PATCH, PATCH) and their scores (N, h w), put in the input's frame."""
    margin = (PATCH - FACTOR) // 2
    middle = slice(margin, margin + FACTOR)
    cells = F.fold(
        patches[..., middle, middle].flatten(2).transpose(1, 2),
        (FACTOR * height, FACTOR * width),
        FACTOR,
        stride=FACTOR,
    )
    return Moved(laid(patches, height, width, FACTOR), cells, score.view(-1, 1, height, width))


class TextureTransfer(nn.Module):
    """Says what a picture of the plain model lacks, from it and from what its references say about it.

    A small U-Net at half and quarter resolution. Of everything it is given the coarse part is taken away, for that is
    known: a reference in another light then still has the right detail.

    Shape: plain (N, 3, 4h, 4w), low (N, 3, h, w), `Moved` -> (N, 3, 4h, 4w), to be added to `plain`.
    """

    def __init__(self, fine: int = 56, coarse: int = 96, blocks: Sequence[int] = (2, 4)):
        super().__init__()
        self.first = nn.Conv2d(9 * 4 + 1, fine, 3, padding=1)
        self.skip = nn.Sequential(*(ResidualBlock(fine, "none") for _ in range(blocks[0] // 2)))
        self.down = nn.Conv2d(fine, coarse, 2, 2)
        self.known = nn.Conv2d(3 + 3 + 1, coarse, 3, padding=1)
        self.coarse = nn.Sequential(*(ResidualBlock(coarse, "none") for _ in range(blocks[1])))
        self.up = nn.Conv2d(coarse, 4 * fine, 1)
        self.fine = nn.Sequential(*(ResidualBlock(fine, "none") for _ in range(blocks[0] - blocks[0] // 2)))
        self.out = nn.Conv2d(fine, 3 * 4, 3, padding=1)
        for parameter in self.out.parameters():
            nn.init.zeros_(parameter)

    def forward(self, plain: Tensor, low: Tensor, moved: Moved) -> Tensor:
        found = torch.cat([moved.patches, moved.cells], 1)
        seen = shrunk(found)
        fine = torch.cat([plain - bicubic(low), found - bicubic(seen)], 1)
        score = F.interpolate(moved.score, scale_factor=2.0, mode="nearest")
        h = self.skip(self.first(torch.cat([F.pixel_unshuffle(fine, 2), score], 1)))  # (N, fine, 2h, 2w)
        known = self.known(torch.cat([low, seen[:, :3] - low, moved.score], 1))
        coarse = self.coarse(self.down(h) + known)  # (N, coarse, h, w)
        h = self.fine(h + F.pixel_shuffle(self.up(silu(coarse)), 2))
        return F.pixel_shuffle(self.out(silu(h)), 2)


class ReferenceSR(nn.Module, PyTorchModelHubMixin):
    """Everything the bundled model needs: the plain model, the describer, and a transfer network for each setting.

    `faithful` is trained to be right, `sharp` to look right; without a reference `sharp` is what SRGAN is to SRResNet.
    """

    def __init__(
        self,
        width: int = 64,
        blocks: int = 8,
        description: int = 32,
        fine: int = 56,
        coarse: int = 96,
        transfer_blocks: Sequence[int] = (2, 4),
    ):
        super().__init__()
        self.plain = LightSRResNet(width, blocks)
        self.describer = Describer(description)
        self.faithful = TextureTransfer(fine, coarse, transfer_blocks)
        self.sharp = TextureTransfer(fine, coarse, transfer_blocks)

    def forward(self, low: Tensor) -> Tensor:
        """The plain model's answer, (N, 3, h, w) -> (N, 3, 4h, 4w)."""
        return self.plain(low)


@torch.no_grad()
def look_up(describer: Describer, low: Tensor, reference: Tensor) -> Moved:
    """What a batch of references, one for each input, says about its inputs.

    Args:
        low: (N, 3, h, w). reference: (N, 3, H, W), sides multiples of 4.
    """
    asked, known = describer(low), described(describer, reference)
    found = [best_match(a, k[None], 1) for a, k in zip(asked, known, strict=True)]
    index, score = (torch.stack(x) for x in zip(*found, strict=True))  # (N, h w) each
    owner = torch.arange(len(low), device=low.device).repeat_interleave(index.shape[1])
    patches = cut(reference, index.flatten(), owner).unflatten(0, (len(low), -1))
    return put(patches, score, *low.shape[2:])


def no_reference(plain: Tensor, noise: Tensor) -> Moved:
    """What the sharp network is given where there is no reference: the plain picture with noise on it, and the score 0.

    Noise is what leaves and grain are made of. A network that has none to begin with draws the same pattern everywhere.

    Args:
        plain: (N, 3, 4h, 4w). noise: (N, 6, 4h, 4w), standard normal.
    """
    n, _, height, width = plain.shape
    patches, cells = (plain + NOISE * part for part in noise.split(3, 1))
    return Moved(patches, cells, plain.new_zeros(n, 1, height // FACTOR, width // FACTOR))


def noise_like(plain: Tensor, seed: int = 0) -> Tensor:
    """Noise for `no_reference` that is always the same for pictures of one size: (N, 3, H, W) -> (N, 6, H, W)."""
    n, _, height, width = plain.shape
    return torch.randn(n, 6, height, width, generator=torch.Generator().manual_seed(seed)).to(plain)


class ReferenceRecipe(PatchRecipe):
    """Trains a part of `ReferenceSR`, and begins with those parts that were trained before it."""

    sizes: Sizes

    def network(self) -> ReferenceSR:
        return ReferenceSR(**vars(self.sizes))

    def parts(self, given: nn.Module) -> dict[str, nn.Module]:
        return {"plain": given} if isinstance(given, LightSRResNet) else super().parts(given)
