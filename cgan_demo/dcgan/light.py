"""The bundled recipe of latent spaces: a small generator that z speaks to in every block, against a discriminator that
looks through frozen features (Sauer et al., *Projected GANs Converge Faster*, NeurIPS 2021).
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

from ..augment import random_color, random_translation
from ..checks import multiple, one_of
from ..features import EfficientNetLite, efficientnet_lite
from ..layers import StyledBlock, freeze_batch_norms, silu
from ..objectives import variety
from ..projected import ProjectedDiscriminator, ProjectedGame, enlarged
from ..training.system import System, adam
from .dataset import PictureStream, load_pictures
from .sampling import SIZES, GeneratorRecipe, Sampling, levels_of


@dataclass(frozen=True)
class ProjectedRecipe(GeneratorRecipe):
    """Our light generator against a discriminator that looks through frozen
    features, hinge loss, small shifts of what D sees, and an average of G's weights.

    loss of G = hinge + variety_weight * by how much its pictures are closer to one another, in frozen features, than
        `variety` times the distance of real ones. Without it all faces became one within 16,000 pictures.

    framing: what a visitor's picture is cut to, see `LatentModel`. smooth: see `LightGenerator`.
    color, shift: strength of the augmentation of what D sees, and its largest shift as a share of the side.
    judge_lr: of D, where G's is `lr`: at the same rate its losses were those of chance.
    freeze_norms_after: progress from which G's batch norms use the statistics they will have when serving.
    """

    latent: int = 128
    widths: tuple[int, ...] = (224, 224, 160, 96)
    fine: tuple[int, ...] = (32, 24)
    smooth: bool = False
    variety: float = 1.0
    variety_weight: float = 4.0
    color: float = 0.0
    shift: float = 0.0625
    lr: float = 2e-4
    judge_lr: float = 5e-4
    betas: tuple[float, float] = (0.0, 0.99)
    batch: int = 64
    load_size: int = 128
    framing: str = "middle"
    ema_half_life: float = 20000.0
    freeze_norms_after: float = 0.9
    precision: str = "auto"

    def check(self) -> None:
        one_of("load size", self.load_size, SIZES)
        multiple("batch", self.batch, 2, "pictures are compared in pairs")

    def network(self) -> LightGenerator:
        return LightGenerator(self.load_size, self.latent, self.widths, self.fine, smooth=self.smooth)

    def prepare(
        self, data: Path, seed: int, cache: Path, features: EfficientNetLite | None = None
    ) -> tuple[System, Dataset]:
        training, _ = load_pictures(data, self.load_size, cache)
        return ProjectedTraining(self, features or efficientnet_lite("lite0")), PictureStream(training, seed)


class LightGenerator(nn.Module, PyTorchModelHubMixin):
    """Our generator: residual blocks from 4 px up, in every one of which z scales and shifts the channels.

    All of z enters every block, through one linear layer each and no network before them, so that a straight step in z
    is a straight step in what every block is told. At full size pixels are shuffled out of wide small maps.

    Args:
        size: side of the pictures in px. prior: what z is drawn from, see `DCGANGenerator`.
        widths: channels of the blocks at 4, 8, 16 and 32 px. fine: at 64, and 128 px.
        smooth: low-pass what was shuffled. The four neighbours that come out of one place are made by weights of their
            own, which else weave a pattern of two pixels over everything.

    Shape: (N, latent) -> (N, 3, size, size).
    """

    def __init__(
        self,
        size: int = 64,
        latent: int = 128,
        widths: Sequence[int] = (224, 224, 160, 96),
        fine: Sequence[int] = (32, 24),
        prior: str = "normal",
        smooth: bool = False,
    ):
        super().__init__()
        self.size, self.latent, self.prior, self.smooth = size, latent, prior, smooth
        widths, fine = list(widths), list(fine)[: levels_of(size) - 3]
        self.first = nn.Linear(latent, 16 * widths[0])
        self.coarse = nn.ModuleList(StyledBlock(w, latent) for w in widths)
        self.widen = nn.ModuleList(
            nn.Conv2d(a, b, 1, bias=False) if a != b else nn.Identity()
            for a, b in zip(widths, widths[1:], strict=False)
        )
        self.grow = nn.ModuleList(
            nn.Conv2d(a, 4 * b, 3, padding=1) for a, b in zip([widths[-1], *fine], fine, strict=False)
        )
        self.fine = nn.ModuleList(StyledBlock(w, latent) for w in fine)
        self.heads = nn.ModuleList(nn.Conv2d(w, 3, 3, padding=1) for w in fine)
        for head in self.heads[1:]:  # a larger picture begins as the smaller one enlarged
            for parameter in head.parameters():
                nn.init.zeros_(parameter)

    def forward(self, z: Tensor) -> Tensor:
        h = self.first(z).view(len(z), -1, 4, 4)
        for i, block in enumerate(self.coarse):
            if i:
                h = F.interpolate(self.widen[i - 1](h), scale_factor=2.0, mode="nearest")
            h = block(h, z)  # (N, widths[i], 4 * 2**i, 4 * 2**i)
        rgb = torch.zeros(1, device=z.device)
        for grow, block, head in zip(self.grow, self.fine, self.heads, strict=True):
            h = F.pixel_shuffle(grow(h), 2)
            h = block(smoothed(h) if self.smooth else h, z)
            if rgb.ndim == 4:
                rgb = F.interpolate(rgb, scale_factor=2.0, mode="bilinear", align_corners=False)
            rgb = rgb + head(silu(h))
        return torch.tanh(rgb)

    def early(self) -> nn.Module:
        """The module whose output is the first activations."""
        return self.coarse[0]


def smoothed(x: Tensor) -> Tensor:
    """(N, C, H, W) through the binomial filter [1 2 1] / 4 in both directions, which stops patterns of two pixels."""
    return F.avg_pool2d(F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 2, 1), 2, 1)


class ProjectedTraining(Sampling):
    """See `ProjectedRecipe`. What is generated serves D's step and G's.

    Args:
        features: a frozen network giving a list of feature maps for (N, 3, H, W) in [-1, 1].
    """

    decay, floor = 1 / 3, 0.01

    def __init__(self, recipe: ProjectedRecipe, features: EfficientNetLite):
        self.recipe, self.frozen = recipe, (features,)
        self.game = ProjectedGame(self, features, "critic")
        self.networks = {"generator": recipe.network(), "critic": ProjectedDiscriminator(features.channels)}
        for net in (*self.networks.values(), features):
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        rates = {"generator": recipe.lr, "critic": recipe.judge_lr}
        self.optimizers = {name: adam(net, rates[name], recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, real = self.recipe, batch["image"].contiguous(memory_format=torch.channels_last)
        if progress > r.freeze_norms_after:
            freeze_batch_norms(self.networks["generator"])
        with self.accelerator.autocast():
            made = self.networks["generator"](self.noise(len(real))).float()
        views = enlarged(random_translation(random_color(torch.cat([real, made]), r.color), r.shift))
        truth, found = self.game.look(*views.chunk(2))
        played = self.game.play(truth, found)
        losses = {"d": played.loss, "d real": played.real, "d fake": played.fake, "g": self.game.cost(found)}
        losses["variety"] = variety([f.float() for f in found], [f.float() for f in truth]).mean()
        lacking = F.relu(r.variety - losses["variety"])
        self.update("generator", losses["g"] + r.variety_weight * lacking)
        return losses
