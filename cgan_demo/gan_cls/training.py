"""The training steps of generators: the paper's four variants, and the bundled one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..augment import random_translation
from ..features import EfficientNetLite
from ..layers import freeze_batch_norms
from ..objectives import variety
from ..projected import enlarged
from ..training.loop import System, adam
from .encoder import JointEmbedding, pooled
from .matching import MatchingDiscriminator
from .networks import NOISE, TextGenerator
from .objectives import Algorithm1, MatchingHinge, interpolated, matching_aware_penalty
from .paper import PaperDiscriminator, PaperGenerator
from .recipes import MatchingRecipe, PaperRecipe

SAMPLES = 6  # made for each sentence of the sample grid


class _TextTraining(System):
    """What all generators share: the sample grid, a real picture and what is made for its sentence in each row.

    examples: {"image": (M, 3, S, S), "right": (M, 256)}.
    """

    examples: dict[str, Tensor]

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        image, sentence = self.examples["image"], self.examples["right"].to(self.accelerator.device)
        noise = torch.randn(SAMPLES, NOISE, generator=torch.Generator().manual_seed(0)).to(sentence.device)
        rows = [generator(noise, s.expand(SAMPLES, -1)).float().cpu() for s in sentence]
        return torch.cat([torch.cat([x[None], row]) for x, row in zip(image, rows, strict=True)]), 1 + SAMPLES


class PaperTraining(_TextTraining):
    """GAN, GAN-CLS, GAN-INT and GAN-INT-CLS, see `PaperRecipe`: algorithm 1."""

    decay = 1e-9  # constant, as in the paper

    def __init__(self, recipe: PaperRecipe, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        self.game = Algorithm1()
        self.networks = {
            "generator": PaperGenerator(recipe.width),
            "critic": PaperDiscriminator(recipe.judge_width),
        }
        self.optimizers = {name: adam(net, recipe.lr, recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, right = self.recipe, batch["right"]
        asked = [right] + ([interpolated(right, batch["other"], r.beta)] if r.between else [])
        noise = torch.randn(len(right), NOISE, device=right.device)
        made = [self.networks["generator"](noise, sentence) for sentence in asked]
        critic = self.networks["critic"].requires_grad_(True)
        wrong = critic(batch["image"], batch["wrong"]) if r.matching else None
        losses = {
            "d": self.game.discriminator(critic(batch["image"], right), critic(made[0].detach(), right), wrong),
        }
        self.update("critic", losses["d"])
        critic.requires_grad_(False)
        losses["g"] = self.game.generator(*(critic(x, sentence) for x, sentence in zip(made, asked, strict=True)))
        self.update("generator", losses["g"])
        return losses


class MatchingTraining(_TextTraining):
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
            "generator": TextGenerator(recipe.load_size, recipe.widths, recipe.code),
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
        critic = self.networks["critic"]
        self.plain("critic").heads.requires_grad_(True)  # type: ignore[operator, union-attr]
        matching, mismatching = critic(seen, right, wrong)
        (fake,) = critic(shown, asked)
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
        critic = self.plain("critic")
        critic.heads.requires_grad_(False)  # type: ignore[operator, union-attr]
        (fake,) = critic(shown, asked)
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
