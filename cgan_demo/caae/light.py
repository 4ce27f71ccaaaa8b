"""The bundled recipe: a network that changes a photo instead of drawing it anew, taught by pairs that our GAN makes.

Zoss et al., *Production-Ready Face Re-Aging for Visual Effects* (FRAN), SIGGRAPH Asia 2022, add what a U-Net paints to
the photo; a flow beside it lets the outline, the eyes and the jaw move, as ageing below 15 years does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from ..augment import augment_pair, random_color
from ..checks import integer, multiple
from ..data.faces import FaceDataset, load_faces
from ..features import EfficientNetLite, efficientnet_lite
from ..layers import ResidualBlock, StyledBlock, freeze_batch_norms, silu
from ..objectives import feature_distance
from ..training.runs import first_of
from ..training.system import System, adam
from ..training.task import Recipe
from .ageing import TaughtAgeing
from .ages import LABELS, labels, random_ages
from .change import applied, calmed, faded
from .pairs import PairsAndFaces, made_series

REACH = 0.12  # of the side: how far a place can move
PATCH = 16  # px, of the means that keep light and skin


@dataclass(frozen=True)
class PairsRecipe(Recipe):
    """Half of a batch are pairs, of one made person at two ages; the other half real faces, shown at a random age.

    loss = l1_weight * L1 + feature_weight * frozen-feature distance, on pairs,
        + adversarial_weight * hinge of a discriminator that sees the label, + label_weight * a label reader's
        cross-entropy less `floors`, + means_weight * squared distance of the means of 16 px patches + tone_weight *
        squared tone distance, on real faces,
        + flow_weight * the flow's size and roughness, on both.

    The last are squares: an L1 has its kink at the photo itself, and a network that begins there never leaves it.
    made: how many people the GAN makes. floors: nats of age and gender below which the reader is satisfied.
    kin, kin_per_year: largest identity distance within a pair, and how much more of it each year between allows.
    gender_drift, glasses_drift, smile_drift: largest differences of these within a pair, see `series.looks`.
    alone: progress before which there are pairs only.
    told_rate: how many times as quick the layers learn that are told age and gender.
    grey, dimmed: shares of the steps' pictures without colour, and of those shrunk to 0.5 to 1 and enlarged again.
    """

    widths: tuple[int, ...] = (32, 64, 128, 192, 192)
    fine: int = 16
    made: int = 2500
    kin: float = 0.55
    kin_per_year: float = 0.007
    gender_drift: float = 0.4
    glasses_drift: float = 2.5
    smile_drift: float = 0.5
    grey: float = 0.08
    dimmed: float = 0.5
    l1_weight: float = 8.0
    feature_weight: float = 2.0
    adversarial_weight: float = 0.5
    label_weight: float = 0.5
    floors: tuple[float, float] = (0.9, 0.3)
    means_weight: float = 2.0
    tone_weight: float = 5.0
    flow_weight: float = 1.0
    augment: float = 0.2
    alone: float = 0.08
    lr: float = 2e-4
    told_rate: float = 10.0
    generator_betas: tuple[float, float] = (0.9, 0.99)
    critic_lr: float = 6e-4
    betas: tuple[float, float] = (0.0, 0.99)
    batch: int = 8
    load_size: int = 128
    ema_half_life: float = 2000.0
    freeze_norms_after: float = 0.85
    precision: str = "auto"

    def check(self) -> None:
        multiple("load size", self.load_size, 2 ** len(self.widths))
        integer("number of widths", len(self.widths), 3, 8)  # the flow is read off the second
        multiple("batch", self.batch, 2, "half of it are pairs")
        integer("number of made people", self.made, 1, 100_000)

    def network(self) -> ResidualAger:
        return ResidualAger(self.widths, self.fine)

    def prepare(
        self,
        data: Path,
        seed: int,
        cache: Path,
        features: EfficientNetLite | None = None,
        *,
        identity: Path | None = None,
    ) -> tuple[System, Dataset]:
        """See `Recipe.prepare`.

        identity: the folder of face-api's networks, which read the ages of the made people; see
            `evaluation/apparent_age.py`.
        """
        faces = FaceDataset(load_faces(data, self.load_size, cache)[0], seed)
        examples = first_of(FaceDataset(faces.faces, seed + 1))
        stream = PairsAndFaces(made_series(self.made, identity, cache), faces, self, seed)
        return PairedAgeing(self, features or efficientnet_lite("lite0"), examples), stream


class ResidualAger(nn.Module, PyTorchModelHubMixin):
    """warp(photo, flow) + delta, flow and delta by a U-Net whose decoder is modulated by the age and gender asked for.

    The encoder does not know what is asked: a dragged slider costs the decoder only.

    Args:
        widths: channels at 1/2, 1/4, ... of the face.
        fine: channels at the face's own resolution.
        label: width of the vector that modulates the decoder.

    Shape: (N, 3, H, W) in [-1, 1], ages (N,) in years, genders (N,) from 0 male to 1 female -> what
        `change` gives, to be `applied`; H and W multiples of `stride`.
    """

    def __init__(self, widths: Sequence[int] = (32, 64, 128, 192, 192), fine: int = 16, label: int = 64):
        super().__init__()
        widths = list(widths)
        self.stride = 2 ** len(widths)
        steps = list(zip(widths, widths[1:], strict=False))
        self.stem = nn.Conv2d(12, widths[0], 3, padding=1)
        self.encoder = nn.ModuleList(ResidualBlock(w) for w in widths)
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 2, 2) for a, b in steps)
        self.embed = nn.Sequential(nn.Linear(LABELS, label), nn.SiLU(), nn.Linear(label, label), nn.SiLU())
        self.middle = StyledBlock(widths[-1], label)
        self.decoder = nn.ModuleList(StyledBlock(w, label) for w in widths[:-1])
        self.merge = nn.ModuleList(nn.Conv2d(a + b, a, 1) for a, b in steps)
        self.flow = nn.Sequential(nn.SiLU(), nn.Conv2d(widths[1], 2, 3, padding=1))
        self.expand = nn.Conv2d(widths[0], fine, 3, padding=1)
        self.fine = nn.Conv2d(fine + 3, fine, 3, padding=1)
        self.head = nn.Conv2d(fine, 3, 3, padding=1)
        for layer in (self.flow[1], self.head):  # it begins near the identity, but not so near that nothing is learned
            layer.weight.data.mul_(0.3)  # type: ignore[operator, union-attr]
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def encode(self, face: Tensor) -> list[Tensor]:
        """The face, and what the decoder needs of it: maps (N, widths[i], H / 2**(i+1), W / 2**(i+1))."""
        h, maps = self.stem(F.pixel_unshuffle(face, 2)), [face]
        for i, block in enumerate(self.encoder):
            h = block(h)
            maps.append(h)
            if i < len(self.shrink):
                h = self.shrink[i](h)
        return maps

    def change(self, code: Sequence[Tensor], ages: Tensor, genders: Tensor) -> tuple[Tensor, Tensor]:
        """Flow (N, 2, H/4, W/4), shares of the side to the right and down, and delta (N, 3, H, W)."""
        face, *maps = code
        label = self.embed(labels(ages, genders).to(maps[-1].dtype))
        h, flow = self.middle(maps[-1], label), None
        for i in reversed(range(len(self.merge))):
            h = F.interpolate(h, scale_factor=2.0, mode="bilinear", align_corners=False)
            h = self.decoder[i](self.merge[i](torch.cat([h, maps[i]], 1)), label)
            if i == 1:
                flow = self.flow(h).float()
        assert flow is not None
        h = F.interpolate(self.expand(silu(h)), scale_factor=2.0, mode="bilinear", align_corners=False)
        delta = self.head(silu(self.fine(torch.cat([silu(h), face.to(h.dtype)], 1))))
        # The mean goes first: a shift of the whole would cost nothing, and drive the tanh to where it learns nothing.
        return REACH * torch.tanh(flow - flow.mean((2, 3), keepdim=True)), 2 * torch.tanh(delta.float())

    def forward(self, face: Tensor, ages: Tensor, genders: Tensor) -> tuple[Tensor, Tensor]:
        return self.change(self.encode(face), ages, genders)

    def decode(self, code: Sequence[Tensor], ages: Tensor, genders: Tensor) -> Tensor:
        """The face of a code at an age, (N, 3, H, W), at the size that was encoded; not clamped."""
        return applied(code[0], *self.change(code, ages, genders))


def flow_cost(flow: Tensor) -> Tensor:
    """How far places move, and how differently neighbours do, squared, in per cent of the side. (N, 2, h, w) -> ()."""
    percent = 100 * flow
    across, down = percent[..., 1:] - percent[..., :-1], percent[..., 1:, :] - percent[..., :-1, :]
    rough = across.square().mean() + down.square().mean()
    return 0.002 * percent.square().mean() + 0.05 * rough


def colour_drift(made: Tensor, face: Tensor) -> tuple[Tensor, Tensor]:
    """Squared distances of patch means, and of their red and blue against green. (N, 3, H, W) each -> (), ()."""
    means = F.avg_pool2d(made - face, PATCH)
    return means.square().mean(), (means[:, ::2] - means[:, 1:2]).square().mean()


def _optimizer(net: nn.Module, recipe: PairsRecipe) -> torch.optim.Optimizer:
    """Adam that is quicker with what tells the blocks the age: else the network long gives one answer for all ages."""
    told: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in net.named_parameters():
        (told if name.startswith("embed") or ".style." in name else others).append(parameter)
    groups: list[dict] = [{"params": others}, {"params": told, "lr": recipe.told_rate * recipe.lr}]
    return torch.optim.Adam(groups, recipe.lr, recipe.generator_betas)


class PairedAgeing(TaughtAgeing):
    """See `PairsRecipe` and `TaughtAgeing`."""

    decay, floor = 1 / 3, 0.02

    def __init__(self, recipe: PairsRecipe, features: EfficientNetLite, examples: dict[str, Tensor]):
        super().__init__(recipe.network(), features, examples)
        self.recipe, self.floors = recipe, recipe.floors
        self.optimizers = {
            "generator": _optimizer(self.networks["generator"], recipe),
            "critic": adam(self.networks["critic"], recipe.critic_lr, recipe.betas),
            "reader": adam(self.networks["reader"], recipe.critic_lr, recipe.betas),
        }

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r = self.recipe
        half = 0 if progress < r.alone else len(batch["face"]) // 2  # at first there are pairs only
        if progress > r.freeze_norms_after:
            freeze_batch_norms(self.networks["generator"])
        source, target = random_color(torch.cat([batch["source"][half:], batch["target"][half:]]), 0.3, 2).chunk(2)
        target = torch.lerp(source, target, faded(target))  # beside the face it is the source that is to come out
        face, age, gender = (batch[k][:half] for k in ("face", "age", "gender"))
        asked = random_ages(half, face.device)
        photos = torch.cat([source, face]).contiguous(memory_format=torch.channels_last)
        ages = torch.cat([batch["target age"][half:], asked])
        genders = torch.cat([batch["target gender"][half:], gender])
        with self.accelerator.autocast():
            flow, delta = self.networks["generator"](photos, ages, genders)
        made = applied(photos, flow, delta)
        pair, aged = made[: len(source)], made[len(source) :]
        losses = self._on_pairs(pair, target) | {"flow": flow_cost(flow)} | self._unplayed(flow)
        if half:
            losses |= self._on_faces(aged, face, labels(age, gender), labels(asked, gender))
            losses["means"], losses["tone"] = colour_drift(aged, face)
        weights = {"l1": r.l1_weight, "feature": r.feature_weight, "g": r.adversarial_weight, "label": r.label_weight}
        weights |= {"means": r.means_weight, "tone": r.tone_weight, "flow": r.flow_weight}
        self.update("generator", torch.stack([w * losses[k] for k, w in weights.items()]).sum(), longest=10.0)
        return losses

    @staticmethod
    def _unplayed(like: Tensor) -> dict[str, Tensor]:
        """The losses on real faces while there are none of these."""
        return {name: like.new_zeros(()) for name in ("d", "reader", "g", "label", "means", "tone")}

    def _on_pairs(self, made: Tensor, target: Tensor) -> dict[str, Tensor]:
        truth, ours = self.game.look(target, made)
        distance = feature_distance([f.float() for f in ours[:3]], [f.float() for f in truth[:3]])
        return {"l1": ((made - target).abs() * calmed(made)).mean(), "feature": distance}

    def _on_faces(self, aged: Tensor, face: Tensor, true: Tensor, asked: Tensor) -> dict[str, Tensor]:
        seen = torch.cat([face, aged])
        views, _ = augment_pair(seen, seen[:, :0], self.recipe.augment, tied=2)
        truth, made = self.game.look(*views.chunk(2))
        return self.taught(truth, true, made, asked)
