"""How the transfer networks of the bundled model are trained: `faithful` to be right, `sharp` to look right."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from ..augment import augment_pair
from ..features import EfficientNetLite, efficientnet_lite
from ..objectives import gram_matrix, perceptual_distance
from ..projected import ProjectedDiscriminator, ProjectedGame
from ..training.report import interleave
from ..training.system import System, adam
from .dataset import SHARES, ReferencePatches, Scenes
from .light import Sizes
from .reference import Moved, ReferenceRecipe, ReferenceSR, look_up, no_reference, noise_like
from .resampling import bicubic, shrunk
from .scaling import FACTOR

LARGEST_STEP = 1.0  # length of a gradient; now and then one is much longer, and spoils a run


@dataclass(frozen=True)
class TransferRecipe(ReferenceRecipe):
    """A transfer network.

    loss = l1_weight * L1 + feature_weight * distance in frozen features, from afar and closer up +
    texture_weight * Gram matrices of what was made and of what the reference says there, weighted by how well it suits
    (equation 5 of SRNTT) + adversarial_weight * hinge of a projected discriminator, which looks closer up +
    grid_weight * what repeats from cell to cell, see `grid`.

    part: what learns, "faithful" or "sharp".
    alone: share of the patches that come without a reference.
    shares, reach: of pairs, parts of the same photo, strangers; and how large; see `dataset.ReferencePatches`.
    ramp: progress over which the adversarial weight rises from 0 to full.
    """

    part: str = "faithful"
    sizes: Sizes = Sizes()
    side: int = 160
    shares: tuple[float, float, float] = SHARES
    reach: float = 1.5
    alone: float = 0.0
    l1_weight: float = 1.0
    feature_weight: float = 0.0
    texture_weight: float = 0.0
    adversarial_weight: float = 0.0
    grid_weight: float = 0.0
    ramp: tuple[float, float] = (0.0, 0.1)
    augment: float = 0.2
    lr: float = 5e-4
    betas: tuple[float, float] = (0.9, 0.99)
    batch: int = 4
    ema_half_life: float = 1000.0
    precision: str = "no"

    def stream(self, scenes: Scenes, seed: int) -> Dataset:
        return ReferencePatches(scenes, self.side, seed, self.shares, self.reach)

    def prepare(
        self, data: Path, seed: int, cache: Path, features: EfficientNetLite | None = None
    ) -> tuple[System, Dataset]:
        """See `Recipe.prepare`. features: EfficientNet-lite0 by default, where there is weight on what it sees."""
        examples, stream = self.patches(data, seed, cache)
        looks = self.feature_weight or self.texture_weight or self.adversarial_weight
        features = (features or efficientnet_lite("lite0")) if looks else None
        return TransferTraining(self, features, examples), stream


SHARP = TransferRecipe(
    "sharp",
    shares=(0.5, 0.35, 0.15),
    alone=0.6,
    l1_weight=1.0,
    feature_weight=1.0,
    texture_weight=0.5,
    adversarial_weight=0.1,
    grid_weight=50.0,
    lr=3e-4,
    betas=(0.0, 0.99),
    ema_half_life=2000.0,
)


class TransferTraining(System):
    """One of the transfer networks, see `TransferRecipe`; plain model and describer stay as they are.

    Args:
        features: a frozen network giving a list of feature maps for (N, 3, H, W) in [-1, 1]; not needed by a recipe
            that has weight on nothing but L1.
    """

    decay, floor = 0.6, 0.01

    def __init__(self, recipe: TransferRecipe, features: EfficientNetLite | None, examples: dict[str, Tensor]):
        self.recipe, self.features, self.examples = recipe, features, examples
        network = recipe.network().requires_grad_(False)
        getattr(network, recipe.part).requires_grad_(True)
        self.networks: dict[str, nn.Module] = {"generator": network}
        if features is not None and recipe.adversarial_weight:
            self.networks["critic"] = ProjectedDiscriminator(features.channels, condition_channels=3)
        for net in self.networks.values():
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.frozen = (features,) if features is not None else ()
        self.optimizers = {name: adam(net, recipe.lr, recipe.betas) for name, net in self.networks.items()}
        if features is not None:
            self.game = ProjectedGame(self, features, "critic", LARGEST_STEP)

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, high = self.recipe, batch["high"]
        plain, moved = self._given(batch["low"], batch["reference"], r.alone)
        made = plain + self.call("generator", r.part, plain, batch["low"], moved)
        losses = {"l1": F.l1_loss(made, high)}
        total = r.l1_weight * losses["l1"]
        if r.grid_weight:
            losses["grid"] = grid(made - high)
            total = total + r.grid_weight * losses["grid"]
        if self.features is not None:
            total = total + self._seen(made, high, batch["low"], moved, losses, progress)
        self.update("generator", total, LARGEST_STEP)
        with torch.no_grad():
            losses["gain"] = 10 * torch.log10(F.mse_loss(plain, high) / F.mse_loss(made, high))  # dB
        return losses

    @torch.no_grad()
    def _given(self, low: Tensor, reference: Tensor, alone: float = 0.0) -> tuple[Tensor, Moved]:
        """The plain picture, and what the references say; the first `alone` of the batch, by chance, go without."""
        network = cast("ReferenceSR", self.plain("generator"))
        plain, moved = network.plain(low), look_up(network.describer, low, reference)
        without = torch.rand(len(low), 1, 1, 1, device=low.device) < alone
        nothing = no_reference(plain, torch.randn_like(plain.repeat(1, 2, 1, 1)))
        return plain, Moved(*(torch.where(without, a, b) for a, b in zip(nothing, moved, strict=True)))

    def _seen(
        self, made: Tensor, high: Tensor, low: Tensor, moved: Moved, losses: dict[str, Tensor], progress: float
    ) -> Tensor:
        """The losses that look through the frozen features, weighted and added up."""
        r, n, net = self.recipe, len(made), self.features
        assert net is not None
        # the reference's detail in the picture's own light
        texture = (moved.patches - bicubic(shrunk(moved.patches)) + bicubic(low)).clamp(-1, 1)
        beside = torch.cat([bicubic(low), F.interpolate(moved.score, made.shape[2:])], 1)
        views, beside = augment_pair(torch.cat([made, high, texture]), beside.repeat(3, 1, 1, 1), r.augment, tied=3)
        seen = net(views[:n])
        with torch.no_grad():
            truth, texture_seen = (net(views[k * n : (k + 1) * n].detach()) for k in (1, 2))
        near, condition = closer(views[: 2 * n], beside[: 2 * n, :3].detach())
        seen_near = net(near[:n])
        with torch.no_grad():
            truth_near = net(near[n:].detach())
        distances = perceptual_distance(seen, truth) + perceptual_distance(seen_near, truth_near)
        losses["perceptual"] = distances.mean() / 2
        losses["texture"] = texture_distance(seen[:2], texture_seen[:2], beside[:n, 3:].detach())
        losses["d"] = self.game.play(truth_near, seen_near, condition).loss
        losses["g"] = self.game.cost(seen_near, condition[:n])
        ramp = min(1.0, max(0.0, (progress - r.ramp[0]) / max(1e-9, r.ramp[1] - r.ramp[0])))
        weights = {"perceptual": r.feature_weight, "texture": r.texture_weight, "g": ramp * r.adversarial_weight}
        return torch.stack([w * losses[k] for k, w in weights.items()]).sum()

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """Patches: low resolution | plain | without reference, where there is such | made | true | reference."""
        low, high, reference = (self.examples[k].to(self.accelerator.device) for k in ("low", "high", "reference"))
        network = cast("ReferenceSR", generator)
        plain, transfer = network.plain(low), getattr(network, self.recipe.part)
        moved = look_up(network.describer, low, reference)
        alone = (
            plain + transfer(plain, low, no_reference(plain, noise_like(plain))) if self.recipe.alone else moved.patches
        )
        made = plain + transfer(plain, low, moved)
        reference = F.interpolate(reference, high.shape[2:], mode="bilinear", antialias=True, align_corners=False)
        return interleave(*(x.cpu() for x in (bicubic(low), plain, alone, made, high, reference))), 6


def closer(views: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
    """The same quarter of each picture, twice as large.

    A frozen network's first map has a place for every 4 px and misses what repeats every 2, such as the grid of a
    pixel-shuffle; closer up it sees it.

    Shape: (N, C, H, W) each -> (N, C, H, W), H and W multiples of 4.
    """
    height, width = (side // 2 for side in views.shape[2:])
    top, left = (int(torch.randint(0, side + 1, ())) for side in (height, width))
    inner = (x[:, :, top : top + height, left : left + width] for x in (views, condition))
    near, beside = (F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False) for x in inner)
    return near, beside


def grid(difference: Tensor, cells: int = 8) -> Tensor:
    """How much of a difference repeats from cell to cell of 4 x 4 px, which is where pixel-shuffles put patterns.

    A discriminator hardly sees them: at its stride of 4 px each looks the same everywhere. Mean square of the average
    cell of each window of `cells` x `cells`, its own mean left out.

    Args:
        difference: (N, C, 4h, 4w), h and w at least `cells`.
    """
    phases = F.pixel_unshuffle(difference, FACTOR).unflatten(1, (difference.shape[1], -1))  # (N, C, 16, h, w)
    phases = phases - phases.mean(2, keepdim=True)
    return F.avg_pool2d(phases.flatten(1, 2), cells, cells // 2).square().mean()


def texture_distance(made: list[Tensor], reference: list[Tensor], score: Tensor) -> Tensor:
    """Mean over maps of how far Gram matrices are apart, both maps weighted by the score, as a share of their sizes.

    Zhang et al., 2019, equation 5: where a reference suits badly it has little say. At most 2: a reference without any
    texture would otherwise count without bounds.

    Args:
        made, reference: feature maps (N, C_i, H_i, W_i). score: (N, 1, h, w) from -1 to 1; below 0 counts as 0.
    """
    terms = []
    for a, b in zip(made, reference, strict=True):
        weight = F.adaptive_avg_pool2d(score.clamp(min=0), (a.shape[2], a.shape[3]))
        x, y = gram_matrix(a * weight), gram_matrix(b * weight)
        terms.append((x - y).square().sum() / (x.square().sum() + y.square().sum() + 1e-6))
    return torch.stack(terms).mean()
