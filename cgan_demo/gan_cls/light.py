"""The generator of the bundled weights, and how it is trained: recipe, network and step.

Sentences modulate every block of the generator, and the discriminator, see `matching`, looks through frozen features.
Pictures are NCHW float tensors, RGB in [-1, 1], square. Noise is (N, NOISE) from a normal distribution, sentence
vectors are (N, 256) from `encoder.TextEncoder`.
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

from ..augment import random_translation
from ..checks import multiple, one_of
from ..features import EfficientNetLite, efficientnet_lite
from ..layers import freeze_batch_norms, silu
from ..objectives import variety
from ..projected import enlarged
from ..training.runs import averaged
from ..training.system import System, adam
from .dataset import load_captioned
from .encoder import SIZE, JointEmbedding, pooled
from .matching import MatchingDiscriminator, MatchingHinge, matching_aware_penalty
from .model import TextRecipe, TextToImage, assembled, loaded
from .paper import COMPRESSED, NOISE, TextTraining, interpolated
from .stream import SentenceStream, examples_of


@dataclass(frozen=True)
class MatchingRecipe(TextRecipe):
    """The recipe of the bundled weights: sentences modulate every block of G, D looks through frozen features.

    loss of G = hinge + embedding_weight * cross-entropy of finding the sentence that was asked for, among those of the
        batch and as many wrong ones, by what the joint embedding sees in the picture; as far as it is larger than
        that of the real pictures, or all would become the most typical picture of their sentence
        + variety_weight * by how much two pictures of one sentence are closer to one another, in frozen features, than
        `variety` times the distance of two real pictures of different sentences; else all noise gives one picture.
    loss of D = hinge with a wrong sentence as third input + penalty_weight * matching-aware gradient penalty on the
        projected maps.

    variety: two pictures of one class of flowers are 0.91 times as far apart as two of any.
    recolored: share of the wrong sentences that are the right one with other colours in it.
    between: share of pictures that are made for a mean of two sentences (GAN-INT).
    augment: largest shift of what D sees, as a share of the side; cutout: side of the square it does not see. Colours
        are left alone: sentences name them.
    judge_lr: of D, where G's is `lr`: at the same rate D keeps up badly.
    """

    load_size: int = 128
    widths: tuple[int, ...] = (224, 224, 160, 96, 64, 32)
    code: int = 128
    embedding_weight: float = 0.3
    variety_weight: float = 4.0
    variety: float = 0.85
    penalty_weight: float = 0.0
    recolored: float = 0.5
    between: float = 0.2
    augment: float = 0.125
    cutout: float = 0.3
    lr: float = 2e-4
    judge_lr: float = 5e-4
    betas: tuple[float, float] = (0.0, 0.99)
    batch: int = 64
    ema_half_life: float = 20000.0
    freeze_norms_after: float = 0.9
    precision: str = "auto"

    def check(self) -> None:
        one_of("load size", self.load_size, [64, 128])
        multiple("batch", self.batch, 2, "every sentence is painted twice")

    def network(self) -> TextGenerator:
        return TextGenerator(self.load_size, self.widths, self.code)

    def prepare(
        self, data: Path, seed: int, cache: Path, features: EfficientNetLite | None = None, *, base: Path | None = None
    ) -> tuple[System, Dataset]:
        """See `Recipe.prepare`. features: EfficientNet-lite0 by default.

        base: the weights folder that the recipe encoder was exported to.
        """
        found, joint = load_captioned(data, cache, self.load_size), loaded(base, JointEmbedding)
        examples = examples_of(found, joint.text)
        stream = SentenceStream(found, joint.text, self.recolored, seed)
        return MatchingTraining(self, joint, features or efficientnet_lite("lite0"), examples), stream

    def averaged(self, run_dir: Path, *, base: Path | None = None) -> TextToImage:
        """The averaged generator of a run with the encoder in `base`, see `Recipe.averaged`."""
        return assembled(loaded(base, JointEmbedding).text, averaged(run_dir, self.network()))


class Modulated(nn.Module):
    """Batch normalisation whose gain and shift are affine functions of a code.

    Shape: (N, channels, H, W), (N, code) -> (N, channels, H, W).
    """

    def __init__(self, channels: int, code: int):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, momentum=0.05, affine=False)
        self.affine = nn.Linear(code, 2 * channels)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        gain, shift = self.affine(code)[:, :, None, None].chunk(2, 1)
        return torch.addcmul(shift, self.norm(x), 1 + gain)


class TextBlock(nn.Module):
    """A residual block in which the sentence scales and shifts every channel before each convolution.

    As in Tao et al., *DF-GAN*, CVPR 2022, section 3.3, with batch normalisation before the affine maps.

    Shape: (N, inner, H, W), (N, code) -> (N, outer, H, W).
    """

    def __init__(self, inner: int, outer: int, code: int):
        super().__init__()
        self.first, self.second = Modulated(inner, code), Modulated(outer, code)
        self.conv1, self.conv2 = nn.Conv2d(inner, outer, 3, padding=1), nn.Conv2d(outer, outer, 3, padding=1)
        self.skip = nn.Conv2d(inner, outer, 1, bias=False) if inner != outer else nn.Identity()
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        h = self.conv1(silu(self.first(x, code)))
        return self.conv2(silu(self.second(h, code))) + self.skip(x)


class TextGenerator(nn.Module, PyTorchModelHubMixin):
    """Our G: noise makes the first map; noise and compressed sentence make a code that modulates every block.

    Args:
        size: side of the pictures in px, 64 or 128.
        widths: channels of the blocks at 4, 8, 16, ... px; as many are used as the size needs.
        code: width of the code.

    Shape: noise (N, 100), sentence (N, 256) -> (N, 3, size, size).
    """

    def __init__(self, size: int = 64, widths: Sequence[int] = (224, 224, 160, 96, 64, 32), code: int = 128):
        super().__init__()
        if size not in (64, 128):
            raise ValueError(f"size is 64 or 128, not {size}.")
        self.size = size
        widths = list(widths)[: 5 if size == 64 else 6]
        self.compress = nn.Sequential(nn.Linear(SIZE, COMPRESSED), nn.LeakyReLU(0.2))
        self.mix = nn.Sequential(nn.Linear(NOISE + COMPRESSED, code), nn.SiLU(), nn.Linear(code, code), nn.SiLU())
        self.start = nn.Linear(NOISE, 16 * widths[0])
        inners = [widths[0], *widths[:-1]]
        self.blocks = nn.ModuleList(TextBlock(a, b, code) for a, b in zip(inners, widths, strict=True))
        self.heads = nn.ModuleList(nn.Conv2d(width, 3, 3, padding=1) for width in widths[4:])
        for head in self.heads[1:]:  # a larger picture begins as the smaller one enlarged
            for parameter in head.parameters():
                nn.init.zeros_(parameter)

    def forward(self, noise: Tensor, sentence: Tensor) -> Tensor:
        code = self.mix(torch.cat([noise, self.compress(sentence)], 1))
        h = self.start(noise).view(len(noise), -1, 4, 4)
        rgb: Tensor | None = None
        for i, block in enumerate(self.blocks):
            h = block(F.interpolate(h, scale_factor=2.0, mode="nearest") if i else h, code)
            if i >= 4:  # from 64 px on
                here = self.heads[i - 4](F.silu(h))
                rgb = here if rgb is None else here + F.interpolate(rgb, scale_factor=2.0, mode="bilinear")
        return torch.tanh(rgb)  # type: ignore[arg-type]


class MatchingTraining(TextTraining):
    """The bundled recipe, see `MatchingRecipe`.

    Args:
        joint: the trained embedding; what it sees in a picture is held against the sentence.
        features: a frozen network giving a list of feature maps for (N, 3, H, W) in [-1, 1].
    """

    decay, floor = 1 / 3, 0.01

    def __init__(
        self,
        recipe: MatchingRecipe,
        joint: JointEmbedding,
        features: EfficientNetLite,
        examples: dict[str, Tensor],
    ):
        self.recipe, self.features, self.examples = recipe, features, examples
        self.joint = joint.eval().requires_grad_(False)
        self.frozen = (features, joint)
        self.game = MatchingHinge()
        self.networks = {
            "generator": recipe.network(),
            "critic": MatchingDiscriminator(features.channels),
        }
        for net in (*self.networks.values(), features):
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        rates = {"generator": recipe.lr, "critic": recipe.judge_lr}
        self.optimizers = {name: adam(net, rates[name], recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, right, wrong = self.recipe, batch["right"], batch["wrong"]
        if progress > r.freeze_norms_after:
            freeze_batch_norms(self.networks["generator"])
        asked = self._asked(right, batch["other"])
        with self.accelerator.autocast():
            noise = torch.randn(len(asked), NOISE, device=asked.device)
            made = self.networks["generator"](noise, asked).float()
        with torch.no_grad():
            truth = self._look(batch["image"].contiguous(memory_format=torch.channels_last))
        found = self._look(made)
        project = self.plain("critic").project
        seen, shown = project(truth), project(found)  # type: ignore[operator]
        losses = self._judge(seen, [x.detach() for x in shown], right, wrong, asked)
        losses["g"] = self._judged(shown, asked)
        pairs = len(asked) // 2
        among = torch.cat([asked[:pairs], right[pairs:], wrong])  # the sentences that the one asked for is found among
        with torch.no_grad():
            usual, losses["found true"] = self._matched(truth, torch.cat([right, wrong]))
        match, losses["found"] = self._matched(found, among, pairs)
        losses["match"] = F.relu(match - usual.mean()).mean()
        losses["variety"] = variety(found, truth).mean()
        lacking = F.relu(r.variety - variety(found, truth)).mean()
        self.update("generator", losses["g"] + r.embedding_weight * losses["match"] + r.variety_weight * lacking)
        return losses

    def _asked(self, right: Tensor, other: Tensor) -> Tensor:
        """Sentences to paint: the first half of the batch's, some of them mixed with others, each twice."""
        pairs = len(right) // 2
        mixed = torch.rand(pairs, 1, device=right.device) < self.recipe.between
        return torch.where(mixed, interpolated(right[:pairs], other[:pairs]), right[:pairs]).repeat(2, 1)

    def _look(self, pictures: Tensor) -> list[Tensor]:
        """Frozen features of pictures, shifted, with a hole, enlarged; the halves of the batch alike."""
        views = random_translation(pictures, self.recipe.augment, tied=2)
        with self.accelerator.autocast():
            return [f.float() for f in self.features(enlarged(cut_out(views, self.recipe.cutout, tied=2)))]

    def _judge(
        self, seen: list[Tensor], shown: list[Tensor], right: Tensor, wrong: Tensor, asked: Tensor
    ) -> dict[str, Tensor]:
        """One step of D; its losses."""
        discriminator = self.networks["critic"]
        self.plain("critic").heads.requires_grad_(True)  # type: ignore[operator, union-attr]
        matching, mismatching = discriminator(seen, right, wrong)
        (fake,) = discriminator(shown, asked)
        by_scale = zip(matching, fake, mismatching, strict=True)
        losses = {"d": torch.stack([self.game.discriminator(*logits) for logits in by_scale]).mean()}
        total = losses["d"]
        if self.recipe.penalty_weight:
            losses["penalty"] = matching_aware_penalty(self._score, seen, right)
            total = total + self.recipe.penalty_weight * losses["penalty"]
        self.update("critic", total)
        return losses

    def _score(self, seen: list[Tensor], sentence: Tensor) -> Tensor:
        (logits,) = self.networks["critic"](seen, sentence)
        return torch.stack([x.mean((1, 2, 3)) for x in logits]).mean(0)

    def _judged(self, shown: list[Tensor], asked: Tensor) -> Tensor:
        discriminator = self.plain("critic")
        discriminator.heads.requires_grad_(False)  # type: ignore[operator, union-attr]
        (fake,) = discriminator(shown, asked)
        return torch.stack([self.game.generator(x) for x in fake]).mean()

    def _matched(self, found: Sequence[Tensor], sentences: Tensor, pairs: int | None = None) -> tuple[Tensor, Tensor]:
        """Cross-entropy (N,) of finding each picture's sentence among these, and the share that is found.

        pairs: the n-th and the (n + pairs)-th picture are of the n-th sentence; by default each is of its own.
        """
        scores = self.joint.scores(self.joint.image(pooled(found)), sentences)  # (N, M)
        target = torch.arange(len(scores), device=scores.device) % (pairs or len(scores))
        return F.cross_entropy(scores, target, reduction="none"), (scores.argmax(1) == target).float().mean()


def cut_out(pictures: Tensor, share: float, tied: int = 1) -> Tensor:
    """A square of `share` of the side, somewhere on each picture, turned grey (DiffAugment's cutout). (N, C, H, W).

    tied: into how many equal parts the batch falls that have it at the same places.
    """
    n, _, h, w = pictures.shape
    half = share / 2
    y, x = (torch.linspace(0, 1, k, device=pictures.device) for k in (h, w))
    cy, cx = torch.rand(2, n // tied, 1, device=pictures.device).repeat(1, tied, 1)
    inside = ((y - cy).abs() < half)[:, None, :, None] & ((x - cx).abs() < half)[:, None, None, :]
    return pictures.masked_fill(inside, 0.0) if share else pictures
