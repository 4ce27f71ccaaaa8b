"""SRNTT as published: patches of VGG-19's features are swapped, and a network puts them into the picture.

Zhang, Wang, Lin, Qi, *Image Super-Resolution by Neural Texture Transfer*, CVPR 2019. Where the paper leaves a size
open, that of its authors' public code is taken, and the docstring says so. Patches are matched in `matching`.

Pictures are NCHW float tensors, RGB in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from ..checks import multiple
from ..features import VGG19Features, vgg19
from ..objectives import WassersteinGP, gram_matrix
from ..training.report import interleave
from ..training.system import System, adam
from .dataset import ReferencePatches, Scenes
from .matching import CHUNK, best_match, laid, moved_patches
from .recipe import PatchRecipe
from .resampling import bicubic, shrunk
from .srgan import NormedBlock, SRDiscriminator, check_content

TAPS = ("relu1_1", "relu2_1", "relu3_1")  # of VGG-19; places are compared in the last, and all three are swapped
MAPS = (256, 128, 64)  # channels of what is swapped, from the coarsest map to the finest
PATCH = 3  # side of the patches in the coarsest map; in the next they are 6, then 12


@dataclass(frozen=True)
class SRNTTRecipe(PatchRecipe):
    """SRNTT.

    loss of G = reconstruction_weight * L1 + perceptual_weight * perceptual loss + adversarial_weight * WGAN-GP +
    texture_weight * texture loss, all but the first after the warm-up.

    The paper says neither batch nor patches nor the sizes of its networks; they are its authors' code's, as is the
    warm-up of 5 epochs among 55. The critic is SRGAN's discriminator without batch norms, one step of it for one of the
    generator; the paper leaves both open.

    width, blocks, merges: see `SRNTT`. side: px of the patches at high resolution.
    content: the layer of VGG-19 that the perceptual loss looks at.
    gradient_penalty: see `objectives.WassersteinGP`. critic_width: channels of the critic's first convolution.
    warm_up: progress before which L1 alone counts.
    shares: pairs, parts of the same photo, strangers; see `dataset.ReferencePatches`. The paper's pairs are photos of
        one event; without pairs in the data, parts of the same photo take their place.
    """

    width: int = 64
    blocks: int = 16
    merges: tuple[int, int, int] = (16, 8, 4)
    side: int = 160
    content: str = "relu5_1"
    reconstruction_weight: float = 1.0
    perceptual_weight: float = 1e-4
    adversarial_weight: float = 1e-6
    texture_weight: float = 1e-4
    gradient_penalty: float = 10.0
    critic_width: int = 32
    warm_up: float = 5 / 55
    shares: tuple[float, float, float] = (1.0, 0.0, 0.0)
    lr: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.999)
    batch: int = 9
    ema_half_life: float = 0.0
    precision: str = "no"

    def check(self) -> None:
        multiple("side", self.side, 16)
        check_content(self.content)

    def network(self) -> SRNTT:
        return SRNTT(self.width, self.blocks, self.merges)

    def stream(self, scenes: Scenes, seed: int) -> Dataset:
        return ReferencePatches(scenes, self.side, seed, self.shares)

    def prepare(self, data: Path, seed: int, cache: Path, *, vgg: Path | None = None) -> tuple[System, Dataset]:
        """See `Recipe.prepare`, and for further errors `features.vgg19`.

        vgg: a safetensors file of VGG-19, named as torchvision does; by default that is downloaded.
        """
        examples, stream = self.patches(data, seed, cache)
        return SRNTTTraining(self, vgg19((*TAPS, self.content), vgg), examples), stream


# Swapping


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


# The network


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


# Step and losses


class SRNTTTraining(System):
    """Texture transfer, see `SRNTTRecipe`. Swapping is done as the patches come.

    vgg: its taps are `TAPS` and the layer of the perceptual loss.
    examples: fixed patches {"low", "high", "reference"} for the sample grids.
    """

    floor = 1.0  # one learning rate from beginning to end

    def __init__(self, recipe: SRNTTRecipe, vgg: VGG19Features, examples: dict[str, Tensor]):
        self.recipe, self.vgg, self.examples = recipe, vgg, examples
        self.frozen, self.game = (vgg,), WassersteinGP(recipe.gradient_penalty)
        self.networks = {
            "generator": recipe.network(),
            "critic": SRDiscriminator(recipe.side, recipe.critic_width, norm=False),
        }
        self.optimizers = {name: adam(net, recipe.lr, recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, low, high = self.recipe, batch["low"], batch["high"]
        maps, score = swap(self.vgg, low, batch["reference"])
        made = self.networks["generator"](low, maps)
        losses = {"l1": F.l1_loss(made, high)}
        total = r.reconstruction_weight * losses["l1"]
        if progress >= r.warm_up:
            losses["d"] = self._play(high, made.detach())
            seen, truth = self.vgg(made), self.vgg(high)
            losses["perceptual"] = perceptual_loss(seen[-1], truth[-1])
            losses["texture"] = texture_loss(seen[2::-1], maps, score)
            losses["g"] = self.game.generator(self.plain("critic").requires_grad_(False)(made))
            total = total + r.perceptual_weight * losses["perceptual"] + r.texture_weight * losses["texture"]
            total = total + r.adversarial_weight * losses["g"]
        self.update("generator", total)
        return losses | {"score": score.mean()}

    def _play(self, real: Tensor, fake: Tensor) -> Tensor:
        critic = self.networks["critic"].requires_grad_(True)
        loss = self.game.discriminator(critic(real), critic(fake))
        loss = loss + self.game.penalty(critic, real, fake)
        self.update("critic", loss)
        return loss

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """Patches: bicubic | made | true | reference."""
        low, high, reference = (self.examples[k].to(self.accelerator.device) for k in ("low", "high", "reference"))
        made = generator(low, swap(self.vgg, low, reference).maps)
        return interleave(*(x.cpu() for x in (bicubic(low), made, high, reference))), 8


def perceptual_loss(made: Tensor, true: Tensor) -> Tensor:
    """Frobenius norms of the difference of features, channel by channel, added up and divided by the maps' volume.

    (N, C, H, W) each; the mean over the batch.
    """
    volume = made[0].numel()
    return (made - true).flatten(2).norm(dim=2).sum(1).mean() / volume


def texture_loss(made: Sequence[Tensor], swapped: Sequence[Tensor], score: Tensor) -> Tensor:
    """How far the textures of what was made are from those that were swapped in (equation 5).

    For each scale the Frobenius norm of Gram(made * S) - Gram(swapped * S); added up, and the mean over the batch.
    Where the reference suits badly, S is small, and it has little say. The paper's factor for a layer's size, which it
    does not spell out, is that of `gram_matrix`: one over C H W.

    Args:
        made, swapped: maps (N, C_i, H_i, W_i). score: S, (N, 1, h, w), enlarged to each map.
    """
    total = torch.zeros((), device=score.device)
    for a, b in zip(made, swapped, strict=True):
        weight = F.interpolate(score, size=a.shape[2:], mode="nearest")
        total = total + (gram_matrix(a * weight) - gram_matrix(b * weight)).flatten(1).norm(dim=1).mean()
    return total
