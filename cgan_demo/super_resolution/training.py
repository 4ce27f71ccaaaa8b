"""The training steps of super-resolution."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..augment import augment_pair
from ..features import EfficientNetLite
from ..objectives import Hinge, gram_matrix, perceptual_distance
from ..projected import ProjectedDiscriminator
from ..training.loop import System, adam
from ..training.report import interleave
from .networks import LightSRResNet, bicubic
from .recipes import MatchingRecipe, PlainRecipe, TransferRecipe
from .scaling import FACTOR
from .transfer import STEP, Moved, ReferenceSR, cut, described, look_up, no_reference, noise_like, shrunk

LARGEST_STEP = 1.0  # length of a transfer network's gradient; now and then one is much longer, and spoils a run


class PlainTraining(System):
    """L1 between what the network makes of a shrunk patch and the patch.

    examples: fixed patches {"low", "high"} for the sample grids.
    """

    decay, floor = 0.8, 0.003

    def __init__(self, recipe: PlainRecipe, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        network = LightSRResNet(recipe.sizes.width, recipe.sizes.blocks)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.networks = {"generator": network}
        self.optimizers = {"generator": adam(network, recipe.lr, recipe.betas)}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        low = batch["low"].contiguous(memory_format=torch.channels_last)
        with self.accelerator.autocast():
            made = self.networks["generator"](low).float()
        loss = F.l1_loss(made, batch["high"])
        self.update("generator", loss)
        return {"l1": loss, "mse": F.mse_loss(made.detach(), batch["high"])}

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """Patches: bicubic | made | true."""
        low = self.examples["low"].to(self.accelerator.device)
        return interleave(bicubic(low).cpu(), generator(low).float().cpu(), self.examples["high"]), 6


class MatchingTraining(System):
    """The describer learns to point, at low resolution, at the patch that is most alike at high resolution.

    Cross-entropy between what it finds alike and what is, over all places of the reference; places with much detail
    count more. That it cannot see the detail is the point: it learns which surroundings foretell it.
    """

    decay, floor = 0.5, 0.01

    def __init__(self, recipe: MatchingRecipe, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        network = ReferenceSR(**vars(recipe.sizes)).requires_grad_(False)
        network.describer.requires_grad_(True)
        self.networks = {"generator": network}
        self.optimizers = {"generator": adam(network, recipe.lr, recipe.betas)}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, low, high, reference = self.recipe, batch["low"], batch["high"], batch["reference"]
        cells = low.shape[2] * low.shape[3]
        chosen = torch.randperm(cells, device=low.device)[: r.asked]
        with torch.no_grad():
            truth, weight = self._alike(high, reference, chosen)
        looks, known = self._described(low), described(self._described, reference)
        asked = looks.flatten(2)[:, :, chosen].transpose(1, 2)  # (N, asked, channels)
        scores = asked @ known.flatten(2) / r.temperature  # (N, asked, 4 h w)
        loss = -(truth * scores.log_softmax(2)).sum(2)
        loss = (loss * weight).sum() / weight.sum()
        self.update("generator", loss)
        found = truth.gather(2, scores.argmax(2, keepdim=True))[:, :, 0] / truth.amax(2)
        return {"matching": loss, "as good as the best": (found * weight).sum() / weight.sum()}

    def _described(self, low: Tensor) -> Tensor:
        return self.call("generator", "describer", low)

    def _alike(self, high: Tensor, reference: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """How alike the chosen places are to all of the reference, in shares (N, asked, 4 h w); their detail."""
        columns, every = high.shape[3] // FACTOR, reference[0, 0, ::STEP, ::STEP].numel()
        finer = FACTOR // STEP
        asked, detail = self._vectors(high, finer * (finer * columns * (chosen // columns) + chosen % columns))
        known, _ = self._vectors(reference, torch.arange(every, device=chosen.device))
        return (asked @ known.transpose(1, 2) / self.recipe.sure).softmax(2), detail

    def _vectors(self, picture: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
        """Patches without their mean, and their detail, as vectors of length one, (N, P, 6 PATCH^2); size of detail."""
        n, detail = len(picture), picture - bicubic(shrunk(picture))
        owner = torch.arange(n, device=index.device).repeat_interleave(len(index))
        patches = cut(torch.cat([picture, self.recipe.detail * detail], 1), index.repeat(n), owner)
        coarse, fine = patches.unflatten(0, (n, -1)).flatten(3).split(3, 2)
        coarse = coarse - coarse.mean(3, keepdim=True)
        vectors = torch.cat([coarse, fine], 2).flatten(2)
        return F.normalize(vectors, dim=2, eps=0.1), fine.flatten(2).norm(dim=2)

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """Patches: low resolution | what the reference says | true | reference."""
        low, high, reference = (self.examples[k].to(self.accelerator.device) for k in ("low", "high", "reference"))
        moved = look_up(cast("ReferenceSR", generator).describer, low, reference)
        return interleave(bicubic(low).cpu(), moved.patches.cpu(), high.cpu(), reference.cpu()), 8


class TransferTraining(System):
    """One of the transfer networks, see `TransferRecipe`; plain model and describer stay as they are.

    Args:
        features: a frozen network giving a list of feature maps for (N, 3, H, W) in [-1, 1]; not needed by a recipe
            that has weight on nothing but L1.
    """

    decay, floor = 0.6, 0.01

    def __init__(self, recipe: TransferRecipe, features: EfficientNetLite | None, examples: dict[str, Tensor]):
        self.recipe, self.features, self.examples = recipe, features, examples
        self.game = Hinge()
        network = ReferenceSR(**vars(recipe.sizes)).requires_grad_(False)
        getattr(network, recipe.network).requires_grad_(True)
        self.networks: dict[str, nn.Module] = {"generator": network}
        if features is not None and recipe.adversarial_weight:
            self.networks["critic"] = ProjectedDiscriminator(features.channels, condition_channels=3)
        for net in self.networks.values():
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.frozen = (features,) if features is not None else ()
        self.optimizers = {name: adam(net, recipe.lr, recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, high = self.recipe, batch["high"]
        plain, moved = self._given(batch["low"], batch["reference"], r.alone)
        made = plain + self.call("generator", r.network, plain, batch["low"], moved)
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
        losses["d"] = self._play(truth_near, [f.detach() for f in seen_near], condition)
        critic = self.plain("critic")
        critic.heads.requires_grad_(False)  # type: ignore[operator, union-attr]
        losses["g"] = torch.stack([self.game.generator(x) for x in critic(seen_near, condition[:n])]).mean()
        ramp = min(1.0, max(0.0, (progress - r.ramp[0]) / max(1e-9, r.ramp[1] - r.ramp[0])))
        weights = {"perceptual": r.feature_weight, "texture": r.texture_weight, "g": ramp * r.adversarial_weight}
        return torch.stack([w * losses[k] for k, w in weights.items()]).sum()

    def _play(self, truth: list[Tensor], made: list[Tensor], condition: Tensor) -> Tensor:
        critic = self.networks["critic"]
        self.plain("critic").heads.requires_grad_(True)  # type: ignore[operator, union-attr]
        logits = critic([torch.cat(pair) for pair in zip(truth, made, strict=True)], condition)
        half = len(condition) // 2
        loss = torch.stack([self.game.discriminator(x[:half], x[half:]) for x in logits]).mean()
        self.update("critic", loss, LARGEST_STEP)
        return loss

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """Patches: low resolution | plain | without reference, where there is such | made | true | reference."""
        low, high, reference = (self.examples[k].to(self.accelerator.device) for k in ("low", "high", "reference"))
        network = cast("ReferenceSR", generator)
        plain, transfer = network.plain(low), getattr(network, self.recipe.network)
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
