"""The training steps of face ageing: the paper's and the bundled one."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from ..augment import augment_pair
from ..features import EfficientNetLite
from ..layers import freeze_batch_norms
from ..objectives import Hinge, Minimax, NonSaturating, feature_distance, total_variation
from ..projected import ProjectedDiscriminator
from ..training.loop import System, adam
from ..training.report import interleave
from .ages import BINS, LABELS, labels
from .networks import CodeDiscriminator, FaceAger, FaceDiscriminator, LabelReader, PaperAutoencoder
from .recipes import AgeingRecipe, PaperRecipe

SHOWN_AGES = (8.0, 25.0, 45.0, 65.0)


def random_ages(count: int, device: torch.device | str = "cpu") -> Tensor:
    """Ages in years, (count,): each group equally often, and in it each year up to 80."""
    bounds = torch.tensor([(first, min(last, 80)) for first, last in BINS], dtype=torch.float32)
    chosen = bounds[torch.randint(len(BINS), (count,))]
    return (chosen[:, 0] + torch.rand(count) * (chosen[:, 1] - chosen[:, 0])).to(device)


def ramped(progress: float, span: tuple[float, float]) -> float:
    """0 before `span`, 1 after it, linear between."""
    return float(np.clip((progress - span[0]) / max(1e-9, span[1] - span[0]), 0, 1))


def tone_distance(a: Tensor, b: Tensor, patch: int = 8) -> Tensor:
    """L1 between the colours of patches, whatever their brightness: red and blue against green. (N, 3, H, W) each."""
    means = F.avg_pool2d(a - b, patch)
    return (means[:, ::2] - means[:, 1:2]).abs().mean()


class _Ageing(System):
    """What both recipes share: the sample grid of face | at its own age | at four others."""

    examples: dict[str, Tensor]

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        face, age, gender = (self.examples[k].to(self.accelerator.device) for k in ("face", "age", "gender"))
        code = generator.encode(face)  # type: ignore[operator]
        ages = [age, *(torch.full_like(age, a) for a in SHOWN_AGES)]
        made = [generator.decode(code, a, gender).float().cpu() for a in ages]  # type: ignore[operator]
        return interleave(face.cpu(), *made), 2 * (1 + len(ages))


class PaperAgeing(_Ageing):
    """The paper's method (equation 6): an autoencoder whose code is pulled to a uniform prior by D_z, and whose faces
    are held to their label by D_img; both games come in after it has learned to copy.
    """

    def __init__(self, recipe: PaperRecipe, examples: dict[str, Tensor]):
        self.recipe, self.examples = recipe, examples
        self.game: Minimax = NonSaturating()
        self.networks = {"generator": PaperAutoencoder(recipe.load_size, recipe.code, recipe.width)}
        if recipe.code_game:
            self.networks["code critic"] = CodeDiscriminator(recipe.code)
        if recipe.face_game:
            self.networks["face critic"] = FaceDiscriminator(recipe.load_size)
        self.optimizers = {name: adam(net, recipe.lr, recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, face = self.recipe, batch["face"]
        label = labels(batch["age"], batch["gender"])
        code = self.call("generator", "encode", face)
        copied = self.call("generator", "decode", code, batch["age"], batch["gender"])
        losses = {"l2": F.mse_loss(copied, face), "tv": total_variation(copied)}
        total = r.reconstruction_weight * losses["l2"] + r.total_variation_weight * losses["tv"]
        weight = ramped(progress, r.ramp)
        if r.code_game:
            prior = 2 * torch.rand_like(code) - 1
            losses["d code"] = self._play("code critic", (prior,), (code.detach(),))
            losses["g code"] = self.game.generator(self._judge("code critic", code))
            total = total + weight * losses["g code"]
        if r.face_game:
            losses["d face"] = self._play("face critic", (face, label), (copied.detach(), label))
            losses["g face"] = self.game.generator(self._judge("face critic", copied, label))
            total = total + weight * losses["g face"]
        self.update("generator", total)
        return losses

    def _play(self, name: str, real: tuple[Tensor, ...], fake: tuple[Tensor, ...]) -> Tensor:
        critic = self.networks[name].requires_grad_(True)
        loss = self.game.discriminator(critic(*real), critic(*fake))
        self.update(name, loss)
        return loss

    def _judge(self, name: str, *fake: Tensor) -> Tensor:
        return self.plain(name).requires_grad_(False)(*fake)


class AutoencoderAgeing(_Ageing):
    """The autoencoder, see `AgeingRecipe`.

    Args:
        features: a frozen network giving a list of feature maps for (N, 3, H, W) in [-1, 1].
        examples: fixed faces {"face", "age", "gender"} for the sample grids.
    """

    decay, floor = 1 / 3, 0.01

    def __init__(self, recipe: AgeingRecipe, features: EfficientNetLite, examples: dict[str, Tensor]):
        self.recipe, self.features, self.examples = recipe, features, examples
        self.frozen = (features,)
        self.game = Hinge()
        self.networks = {
            "generator": FaceAger(recipe.widths, recipe.code, recipe.fine),
            "critic": ProjectedDiscriminator(features.channels, condition_channels=LABELS),
            "reader": LabelReader(features.channels),
        }
        for net in (*self.networks.values(), features):
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizers = {name: adam(net, recipe.lr, recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r, age, gender = self.recipe, batch["age"], batch["gender"]
        face = batch["face"].contiguous(memory_format=torch.channels_last)
        if progress > r.freeze_norms_after:
            freeze_batch_norms(self.networks["generator"])
        n = len(face)
        asked = random_ages(n, face.device)
        with self.accelerator.autocast():
            code = self.call("generator", "encode", face)
            both = torch.cat([code, code]), torch.cat([age, asked]), torch.cat([gender, gender])
            made = self.call("generator", "decode", *both).float()
        own, aged = made[:n], made[n:]
        seen = torch.cat([face, own, aged])
        views, _ = augment_pair(seen, seen[:, :0], r.augment, tied=3)
        with self.accelerator.autocast():
            with torch.no_grad():
                truth = self.features(views[:n])
            features = self.features(views[n:])
        true_label, asked_label = labels(age, gender), labels(asked, gender)
        aged_features = [f[n:] for f in features]
        losses = {
            "d": self._play(truth, true_label, [f.detach() for f in aged_features], asked_label),
            "reader": self._teach(truth, true_label),
            "l1": F.l1_loss(own, face),
            "feature": feature_distance([f[:n].float() for f in features[:3]], [f.float() for f in truth[:3]]),
            "code": self._code_error(aged, code),
            "tone": tone_distance(aged, face),
            "g": self._judged(aged_features, asked_label),
            "label": self._label_error(aged_features, asked_label),
        }
        weight = ramped(progress, r.ramp)
        weights = {
            "l1": r.l1_weight,
            "feature": r.feature_weight,
            "code": r.code_weight,
            "tone": weight * r.tone_weight,
            "g": weight * r.adversarial_weight,
            "label": weight * r.label_weight,
        }
        self.update("generator", torch.stack([w * losses[k] for k, w in weights.items()]).sum())
        return losses

    def _code_error(self, aged: Tensor, code: Tensor) -> Tensor:
        """How far the code read off an aged face is from the one it was made from; the reading is held fixed.

        Were the encoder to learn from this too, it could meet it by saying less.
        """
        generator = self.plain("generator")
        fixed = {name: value.detach() for name, value in generator.named_parameters()}
        with self.accelerator.autocast():
            read = functional_call(_Encoder(generator), {f"net.{k}": v for k, v in fixed.items()}, (aged,))
        coarse = self.recipe.code
        return F.l1_loss(read[:, :coarse].float(), code[:, :coarse].detach().float())

    def _play(self, truth: list[Tensor], true_label: Tensor, made: list[Tensor], asked_label: Tensor) -> Tensor:
        critic = self.networks["critic"]
        self.plain("critic").heads.requires_grad_(True)  # type: ignore[operator, union-attr]
        both = [torch.cat(pair) for pair in zip(truth, made, strict=True)]
        with self.accelerator.autocast():
            logits = critic(both, spread(torch.cat([true_label, asked_label])))
        half = len(true_label)
        loss = torch.stack([self.game.discriminator(x[:half].float(), x[half:].float()) for x in logits]).mean()
        self.update("critic", loss)
        return loss

    def _judged(self, made: list[Tensor], label: Tensor) -> Tensor:
        critic = self.plain("critic")
        critic.heads.requires_grad_(False)  # type: ignore[operator, union-attr]
        with self.accelerator.autocast():
            logits = critic(made, spread(label))
        return torch.stack([self.game.generator(x.float()) for x in logits]).mean()

    def _teach(self, truth: list[Tensor], label: Tensor) -> Tensor:
        reader = self.networks["reader"].requires_grad_(True)
        loss = self._cross_entropy(reader, truth, label)
        self.update("reader", loss)
        return loss

    def _label_error(self, made: list[Tensor], label: Tensor) -> Tensor:
        return self._cross_entropy(self.plain("reader").requires_grad_(False), made, label)

    def _cross_entropy(self, reader: nn.Module, features: list[Tensor], label: Tensor) -> Tensor:
        with self.accelerator.autocast():
            ages, genders = reader(features)
        return F.cross_entropy(ages.float(), label[:, :-2]) + 0.5 * F.cross_entropy(genders.float(), label[:, -2:])


class _Encoder(nn.Module):
    """The encoder of an ageing network as a module of its own, for `functional_call`."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, face: Tensor) -> Tensor:
        return self.net.encode(face)  # type: ignore[operator]


def spread(label: Tensor) -> Tensor:
    """(N, 12) -> (N, 12, 2, 2), for a discriminator that takes a map."""
    return label[:, :, None, None].expand(-1, -1, 2, 2)
