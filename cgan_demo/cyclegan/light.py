"""Unpaired translation within an hour of a processor: a small guided network each way, and frozen features.

What is the paper's (Zhu, Park, Isola, Efros, *Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial
Networks*, ICCV 2017) is in `paper.py`. Here the generators paint under a mask (Mejjati, Richardt, Tompkin, Cosker, Kim,
*Unsupervised Attention-guided Image-to-Image Translation*, NeurIPS 2018), guided by what frozen features say of the
picture; discriminators look through the same features at crops in their own size (Sauer et al., NeurIPS 2021); and
what a picture shows is kept by a cycle, or by contrast (Park, Efros, Zhang, Zhu, *Contrastive Learning for Unpaired
Image-to-Image Translation*, ECCV 2020).
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

from ..checks import integer, multiple
from ..features import LITE0, EfficientNetLite, efficientnet_lite
from ..layers import ResidualBlock, enlarged_twice, freeze_batch_norms, merge_upsampled, silu
from ..objectives import feature_distance
from ..projected import ProjectedDiscriminator, ProjectedGame
from ..training.runs import first_of
from ..training.system import System, adam
from .two_ways import JUDGES, WAYS, TwoWays, UnpairedRecipe, cycles

GUIDE_STAGES = 5  # of EfficientNet-lite0: up to stride 16, 0.7 M parameters
NEARLY = 0.97  # of black and white, so that paint can differ from them
PAINT_FIRST = 0.2  # progress up to which painting, and losing what is painted over, costs less
LEVELS = 3  # of the frozen features that guide and that contrast compares: strides 4, 8 and 16


@dataclass(frozen=True)
class LightCycleRecipe(UnpairedRecipe):
    """Both directions at once, each with a light generator against a projected discriminator.

    loss of both G = adversarial_weight * hinge + contrast_weight * patch contrast + mask_weight * share painted over
        + cycle_weight * (L1 + frozen-feature distance) of there and back.

    mask_weight: what painting over all of a picture costs.
    widths, depths: see `GuidedGenerator`. patches: places of a picture whose features are told apart, on each level.
    freeze_norms_after: progress from which batch norms use their running statistics, as in serving.
    reverse: the second pile is the one that the exported network translates.
    load_size, crop, scale: side in px of the cached pictures, of the training crops, and range of zoom.
    flips: pictures are mirrored by chance.
    """

    widths: tuple[int, ...] = (24, 64, 96)
    depths: tuple[int, ...] = (1, 2, 3)
    adversarial_weight: float = 1.0
    contrast_weight: float = 1.0
    cycle_weight: float = 0.0
    mask_weight: float = 0.02
    patches: int = 64
    lr: float = 4e-4
    betas: tuple[float, float] = (0.0, 0.99)
    batch: int = 4
    ema_half_life: float = 2000.0
    freeze_norms_after: float = 0.85
    precision: str = "auto"

    def check(self) -> None:
        multiple("crop", self.crop, 32, "frozen features halve it five times")
        integer("batch", self.batch, 2, 65536)
        super().check()

    def prepare(self, data: Path, seed: int, cache: Path) -> tuple[LightCycleGAN, Dataset]:
        """Both generators with their discriminators, and the endless stream of crops of the two piles."""
        stream = self.stream(data, seed, cache)
        return LightCycleGAN(self, efficientnet_lite("lite0"), first_of(stream, 6)), stream

    def network(self) -> TwoWays:
        """Both generators, untrained; their guides are still to be filled."""
        return TwoWays(*(GuidedGenerator(self.widths, self.depths) for _ in WAYS))


class GuidedGenerator(nn.Module, PyTorchModelHubMixin):
    """Paints over a part of a picture, which it chooses: y = x + m (c - x), c the paint and m the mask.

    A residual U-Net from half to an eighth of the resolution. At a quarter, an eighth and a sixteenth it is shown what
    the first stages of a frozen ImageNet network say of the picture, which know an animal from the grass it stands on.
    They are part of the saved weights; `guided` fills them for a training. The mask is decided at a quarter of the
    resolution, so that the paint, not the mask, draws what is fine; upsampling is bilinear.

    Args:
        widths: channels at 1/2, 1/4 and 1/8 of the resolution.
        depths: numbers of residual blocks there.
        sees: px of a photo's longer side at which it is served, see `predictor.translated`: it learned from crops of
            128 px, and of an animal that is much larger it paints the edges alone.

    Shape: (N, 3, H, W) -> (N, 3, H, W) in [-1, 1]; H and W are multiples of `self.stride`.
    """

    def __init__(self, widths: Sequence[int] = (24, 64, 96), depths: Sequence[int] = (1, 2, 3), sees: int = 160):
        super().__init__()
        fine, middle, coarse = widths
        self.stride, self.sees = 16, sees
        self.guide = EfficientNetLite(LITE0[:GUIDE_STAGES])
        near, far, farthest = self.guide.channels
        self.stem = nn.Conv2d(12, fine, 3, padding=1)
        self.shrink = nn.ModuleList([nn.Conv2d(fine, middle, 2, 2), nn.Conv2d(middle, coarse, 2, 2)])
        self.look = nn.ModuleList(
            [nn.Conv2d(near, middle, 1), nn.Conv2d(far, coarse, 1), nn.Conv2d(farthest, coarse, 1)]
        )
        self.blocks = nn.ModuleList(_chain(w, n) for w, n in zip(widths, depths, strict=True))
        self.merge = nn.ModuleList([nn.Conv2d(middle + fine, fine, 1), nn.Conv2d(coarse + middle, middle, 1)])
        self.mask = nn.Conv2d(middle, 1, 1)
        self.expand = nn.Conv2d(fine, 4 * 12, 3, padding=1)
        self.head = nn.Conv2d(12, 3, 3, padding=1)
        nn.init.constant_(self.mask.bias, 1.0)  # type: ignore[arg-type]
        nn.init.normal_(self.head.weight, std=0.01)  # the first paint is the picture: else no mask would show it

    def forward(self, x: Tensor) -> Tensor:
        return self.paint(x)[0]

    def paint(self, x: Tensor, taps: Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """The picture and the mask, (N, 1, H, W) in [0, 1]; `taps`: what the guide says of x, where it is known."""
        near, far, farthest = self.guide(x) if taps is None else taps
        fine = self.stem(F.pixel_unshuffle(x, 2))  # (N, widths[0], H/2, W/2)
        middle = self.shrink[0](F.silu(fine)) + self.look[0](near)  # (N, widths[1], H/4, W/4)
        coarse = self.shrink[1](F.silu(middle)) + self.look[1](far) + enlarged_twice(self.look[2](farthest), True)
        coarse = self.blocks[2](coarse)  # (N, widths[2], H/8, W/8)
        middle = self.blocks[1](merge_upsampled(self.merge[1], coarse, middle, True))  # type: ignore[arg-type]
        mask = F.interpolate(torch.sigmoid(self.mask(middle).float()), scale_factor=4.0, mode="bilinear")
        fine = self.blocks[0](merge_upsampled(self.merge[0], middle, fine, True))  # type: ignore[arg-type]
        change = self.head(silu(F.pixel_shuffle(self.expand(silu(fine)), 2))).float()
        paint = torch.tanh(torch.atanh(x.float() * NEARLY) + change)
        return x + mask * (paint - x), mask


def _chain(channels: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(ResidualBlock(channels) for _ in range(count)))


class PatchContrast(nn.Module):
    """How well a place of a translated picture is told, by its features, from other places of the original.

    Park et al., ECCV 2020, section 3.2: of each level, features at some places go through a network of two layers; the
    one at the same place of the original is to be nearest, in cross-entropy at `temperature`. The paper takes the
    generator's own encoder; here they are those of the frozen network, which are known already.

    Args:
        channels: of the levels' features.

    Shape: two lists of (N, channels[i], h_i, w_i) -> ().
    """

    def __init__(self, channels: Sequence[int], patches: int = 64, width: int = 64, temperature: float = 0.07):
        super().__init__()
        self.patches, self.temperature = patches, temperature
        self.heads = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(c), nn.Linear(c, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))
            for c in channels
        )

    def forward(self, original: Sequence[Tensor], translated: Sequence[Tensor]) -> Tensor:
        losses = []
        for head, theirs, ours in zip(self.heads, original, translated, strict=True):
            places = torch.randperm(ours[0, 0].numel(), device=ours.device)[: self.patches]
            key, query = (F.normalize(head(x.flatten(2)[..., places].mT.float()), dim=-1) for x in (theirs, ours))
            likeness = query @ key.detach().mT / self.temperature  # (N, patches, patches)
            same = torch.arange(len(places), device=ours.device).repeat(len(ours))
            losses.append(F.cross_entropy(likeness.flatten(0, 1), same))
        return torch.stack(losses).mean()


class LightCycleGAN(System):
    """The bundled recipe, or by contrast alone where `cycle_weight` is 0: then nothing is translated back.

    Args:
        features: a frozen network giving a list of feature maps for (N, 3, H, W) in [-1, 1].
        examples: fixed pictures {"a", "b"} (N, 3, H, W) for the sample grids.
    """

    decay, floor = 1 / 3, 0.01

    def __init__(self, recipe: LightCycleRecipe, features: EfficientNetLite, examples: dict[str, Tensor]):
        self.recipe, self.features, self.examples = recipe, features, examples
        self.frozen = (features,)
        self.networks = {
            "generator": guided(recipe.network(), features),
            "contrast": PatchContrast(features.channels[:LEVELS], recipe.patches),
            **{JUDGES[way]: ProjectedDiscriminator(features.channels) for way in WAYS},
        }
        for net in (*self.networks.values(), features):
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizers = {name: adam(net, recipe.lr, recipe.betas) for name, net in self.networks.items()}
        self.games = {way: ProjectedGame(self, features, JUDGES[way]) for way in WAYS}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r = self.recipe
        a, b = (batch[k].contiguous(memory_format=torch.channels_last) for k in ("a", "b"))
        if progress > r.freeze_norms_after:
            freeze_batch_norms(self.networks["generator"])
        with self.accelerator.autocast(), torch.no_grad():
            seen = [self.features(x) for x in (a, b)]
        losses: dict[str, Tensor] = {}
        for way, back, source, ours, theirs in (("there", "back", a, *seen), ("back", "there", b, *seen[::-1])):
            losses |= {f"{name}_{way}": x for name, x in self._one_way(way, back, source, ours, theirs).items()}
        total = torch.stack([self._weight(name, progress) * x for name, x in losses.items() if name[:2] != "d_"]).sum()
        self.optimizers["contrast"].zero_grad(set_to_none=True)
        self.update("generator", total)
        self.optimizers["contrast"].step()
        return losses

    def _weight(self, name: str, progress: float) -> float:
        r, late = self.recipe, min(1.0, progress / PAINT_FIRST)
        mask = r.mask_weight * late  # a mask that closes before there is any paint stays closed
        weights = {"g": r.adversarial_weight, "nce": r.contrast_weight, "mask": mask, "cycle": r.cycle_weight * late}
        return weights[name.split("_")[0]]

    def _one_way(
        self, way: str, back: str, source: Tensor, ours: list[Tensor], theirs: list[Tensor]
    ) -> dict[str, Tensor]:
        """A step of the discriminator at the end of one way, and what the generators pay there.

        ours, theirs: features of the pictures that are translated, and of those they are to look like.
        """
        game = self.games[way]
        with self.accelerator.autocast():
            fake, mask = self.call("generator", "paint", way, source, ours[:LEVELS])
            made = self.features(fake.float())
        losses = {"d": game.play(theirs, made).loss, "g": game.cost(made), "mask": mask.mean()}
        losses["nce"] = self.networks["contrast"](ours[:LEVELS], made[:LEVELS])
        if self.recipe.cycle_weight:
            with self.accelerator.autocast():
                again, _ = self.call("generator", "paint", back, fake, made[:LEVELS])
                kept = self.features(again.float())
            far = feature_distance([x.float() for x in kept[:LEVELS]], [x.float() for x in ours[:LEVELS]])
            losses["cycle"] = F.l1_loss(again.float(), source) + far
        return losses

    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        return cycles(generator, self.examples, self.accelerator.device)


def guided(generators: TwoWays, features: EfficientNetLite) -> TwoWays:
    """Fill the guides of two generators with the same stages of the frozen network that the discriminators use."""
    state = features.state_dict()
    for net in (generators.there, generators.back):
        net.guide.load_state_dict({name: state[name] for name in net.guide.state_dict()})  # type: ignore[union-attr, operator]
    return generators
