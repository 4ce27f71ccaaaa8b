"""The training steps of generators: the paper's four variants, and the bundled one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..augment import random_translation
from ..features import EfficientNetLite
from ..layers import freeze_batch_norms
from ..training.loop import System, adam
from .encoder import JointEmbedding, pooled
from .frozen import enlarged
from .matching import MatchingDiscriminator, NoiseReader
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
            "reader": NoiseReader(features.channels, NOISE),
        }
        for net in (*self.networks.values(), features):
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        rates = {"reader": recipe.reader_lr}
        self.optimizers = {
            name: adam(net, rates.get(name, recipe.lr), recipe.betas) for name, net in self.networks.items()
        }

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, right, wrong = self.recipe, batch["right"], batch["wrong"]
        if progress > r.freeze_norms_after:
            freeze_batch_norms(self.networks["generator"])
        n, device = len(right), right.device
        mixed = torch.rand(n, 1, device=device) < r.between
        asked = torch.where(mixed, interpolated(right, batch["other"]), right)
        noise = torch.randn(n, NOISE, device=device)
        with self.accelerator.autocast():
            made = self.networks["generator"](noise, asked).float()
        views = self._views(torch.cat([batch["image"].contiguous(memory_format=torch.channels_last), made]))
        with self.accelerator.autocast():
            with torch.no_grad():
                truth = self.features(views[:n])
            found = self.features(views[n:])
        project = self.plain("critic").project
        with torch.no_grad():
            seen = project([f.float() for f in truth])  # type: ignore[operator]
        shown = project([f.float() for f in found])  # type: ignore[operator]
        losses = self._judge(seen, [x.detach() for x in shown], right, wrong, asked)
        losses["g"] = self._judged(shown, asked)
        with torch.no_grad():
            usual, losses["found true"] = self._matched([f.float() for f in truth], right, wrong)
        match, losses["found"] = self._matched([f.float() for f in found], asked, wrong)
        losses["match"] = F.relu(match - usual.mean()).mean()
        losses["noise"] = F.mse_loss(self.networks["reader"]([f.float() for f in found]), noise)
        total = losses["g"] + r.embedding_weight * losses["match"] + r.noise_weight * losses["noise"]
        self.optimizers["reader"].zero_grad(set_to_none=True)
        self.update("generator", total)
        self.optimizers["reader"].step()  # its gradients came with the generator's
        return losses

    def _views(self, pictures: Tensor) -> Tensor:
        """What D is shown of pictures: shifted, with a hole, enlarged."""
        return enlarged(cut_out(random_translation(pictures, self.recipe.augment), self.recipe.cutout))

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

    def _matched(self, found: Sequence[Tensor], asked: Tensor, wrong: Tensor) -> tuple[Tensor, Tensor]:
        """Cross-entropy (N,) of finding what was asked for among the batch's sentences; the share that is found."""
        scores = self.joint.scores(self.joint.image(pooled(found)), torch.cat([asked, wrong]))  # (N, 2N)
        target = torch.arange(len(asked), device=asked.device)
        return F.cross_entropy(scores, target, reduction="none"), (scores.argmax(1) == target).float().mean()


def cut_out(pictures: Tensor, share: float) -> Tensor:
    """A square of `share` of the side, somewhere on each picture, turned grey (DiffAugment's cutout). (N, C, H, W)."""
    n, _, h, w = pictures.shape
    half = share / 2
    y, x = (torch.linspace(0, 1, k, device=pictures.device) for k in (h, w))
    cy, cx = torch.rand(2, n, 1, device=pictures.device)
    inside = ((y - cy).abs() < half)[:, None, :, None] & ((x - cx).abs() < half)[:, None, None, :]
    return pictures.masked_fill(inside, 0.0) if share else pictures
