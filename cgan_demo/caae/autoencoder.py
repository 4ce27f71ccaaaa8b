"""The recipe of face ageing before the present one: a light autoencoder with a game on frozen features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.utils.data import Dataset

from ..augment import augment_pair
from ..checks import multiple
from ..data.faces import FaceDataset, load_faces
from ..features import EfficientNetLite, efficientnet_lite
from ..layers import ResidualBlock, StyledBlock, freeze_batch_norms, silu
from ..objectives import feature_distance
from ..training.runs import first_of
from ..training.system import System, adam
from ..training.task import Recipe
from .ageing import TaughtAgeing, ramped
from .ages import LABELS, labels, random_ages


@dataclass(frozen=True)
class AgeingRecipe(Recipe):
    """A light autoencoder, the bundled weights before: a spatial code, a projected discriminator that sees the label, a
    teacher. It satisfied readers of its teacher's family and nobody else, see `evaluation`.

    A face is decoded twice, at its own age and at a random one.
    loss = l1_weight * L1 + feature_weight * frozen-feature distance, at its own age,
        + adversarial_weight * hinge + label_weight * cross-entropy of the teacher, at a random age,
        + code_weight * L1 between the code of what was made and the code it was made from (without the fine code,
          which may hold wrinkles),
        + tone_weight * L1 between the colours, not the brightness, of patches of what was made and of the face: in
          UTKFace age goes with ethnicity, and growing old would otherwise change the skin.

    ramp: progress between which the weights of hinge and teacher rise from 0 to full.
    """

    widths: tuple[int, ...] = (40, 80, 128, 192)
    code: int = 32
    fine: int = 8
    l1_weight: float = 10.0
    feature_weight: float = 2.0
    adversarial_weight: float = 0.5
    label_weight: float = 1.0
    code_weight: float = 2.0
    tone_weight: float = 5.0
    ramp: tuple[float, float] = (0.04, 0.12)
    augment: float = 0.2
    lr: float = 3e-4
    betas: tuple[float, float] = (0.0, 0.99)
    batch: int = 8
    load_size: int = 128
    ema_half_life: float = 3000.0
    freeze_norms_after: float = 0.85
    precision: str = "auto"

    def check(self) -> None:
        multiple("load size", self.load_size, max(32, 2 ** len(self.widths)))

    def network(self) -> FaceAger:
        return FaceAger(self.widths, self.code, self.fine)

    def prepare(
        self, data: Path, seed: int, cache: Path, features: EfficientNetLite | None = None
    ) -> tuple[System, Dataset]:
        training, _ = load_faces(data, self.load_size, cache)
        examples = first_of(FaceDataset(training, seed + 1))
        return AutoencoderAgeing(self, features or efficientnet_lite("lite0"), examples), FaceDataset(training, seed)


class FaceAger(nn.Module, PyTorchModelHubMixin):
    """Our serving network: a spatial code, and a decoder whose every block is modulated by age and gender.

    The paper's 50 numbers cannot say who somebody is. Here the code is a small map, so that it can say where things
    are, and beside it a narrow one at a quarter of the face's size, which keeps features sharp and in their place, as
    in Yao et al., *High Resolution Face Age Editing*, ICPR 2020. Reading both costs one pass of the encoder; while a
    slider is dragged only the decoder runs.

    Args:
        widths: channels at 1/2, 1/4, ... of the face; the code lies at the last of these sizes.
        code: channels of the code.
        fine: channels of the fine code; 0 for none.
        label: width of the vector that modulates the decoder.

    Shape: `encode` (N, 3, H, W) -> (N, code + fine * s * s, H / 2**n, W / 2**n) in [-1, 1], n being len(widths) and s
        2**(n - 2): the fine code's s x s pixels are laid behind one another; `decode` that, ages, genders ->
        (N, 3, H, W).
    """

    def __init__(self, widths: Sequence[int] = (40, 80, 128, 192), code: int = 32, fine: int = 0, label: int = 64):
        super().__init__()
        widths = list(widths)
        self.code, self.fine, self.finer = code, fine, 2 ** (len(widths) - 2)
        steps = list(zip(widths, widths[1:], strict=False))
        self.stem = nn.Conv2d(12, widths[0], 3, padding=1)
        self.encoder = nn.ModuleList(ResidualBlock(w) for w in widths)
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 2, 2) for a, b in steps)
        self.to_code = nn.Conv2d(widths[-1], code, 3, padding=1)
        if fine:
            self.to_fine, self.from_fine = (
                nn.Conv2d(*io, 3, padding=1) for io in ((widths[1], fine), (fine, widths[1]))
            )
        self.embed = nn.Sequential(nn.Linear(LABELS, label), nn.SiLU(), nn.Linear(label, label), nn.SiLU())
        self.from_code = nn.Conv2d(code, widths[-1], 3, padding=1)
        self.middle = StyledBlock(widths[-1], label)
        self.decoder = nn.ModuleList(StyledBlock(w, label) for w in widths)
        self.grow = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in steps)
        self.norm = nn.BatchNorm2d(widths[0], momentum=0.05)
        self.expand = nn.Conv2d(widths[0], 4 * (widths[0] // 2), 3, padding=1)
        self.head = nn.Conv2d(widths[0] // 2, 3, 3, padding=1)

    def encode(self, face: Tensor) -> Tensor:
        h = self.stem(F.pixel_unshuffle(face, 2))
        for i, block in enumerate(self.encoder):
            h = block(h)  # (N, widths[i], H / 2**(i+1), W / 2**(i+1))
            if self.fine and i == 1:
                fine = F.pixel_unshuffle(self.to_fine(F.silu(h)), self.finer)
            if i < len(self.shrink):
                h = self.shrink[i](h)
        code = self.to_code(silu(h))
        return torch.tanh(torch.cat([code, fine], 1) if self.fine else code)

    def decode(self, code: Tensor, ages: Tensor, genders: Tensor) -> Tensor:
        label = self.embed(labels(ages, genders).to(code.dtype))
        h = self.middle(self.from_code(code[:, : self.code]), label)
        for i in reversed(range(len(self.decoder))):
            if self.fine and i == 1:
                h = h + self.from_fine(F.pixel_shuffle(code[:, self.code :], self.finer))
            h = self.decoder[i](h, label)
            if i:
                h = F.interpolate(self.grow[i - 1](h), scale_factor=2.0, mode="nearest")
        h = F.pixel_shuffle(self.expand(silu(self.norm(h))), 2)  # (N, widths[0] / 2, H, W)
        return torch.tanh(self.head(silu(h)))

    def forward(self, face: Tensor, ages: Tensor, genders: Tensor) -> Tensor:
        return self.decode(self.encode(face), ages, genders)


class AutoencoderAgeing(TaughtAgeing):
    """The autoencoder, see `AgeingRecipe` and `TaughtAgeing`."""

    decay, floor = 1 / 3, 0.01

    def __init__(self, recipe: AgeingRecipe, features: EfficientNetLite, examples: dict[str, Tensor]):
        super().__init__(recipe.network(), features, examples)
        self.recipe = recipe
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
        truth, features = self.game.look(views[:n], views[n:])
        losses = self.taught(truth, labels(age, gender), [f[n:] for f in features], labels(asked, gender))
        losses["l1"] = F.l1_loss(own, face)
        losses["feature"] = feature_distance([f[:n].float() for f in features[:3]], [f.float() for f in truth[:3]])
        losses["code"] = self._code_error(aged, code)
        losses["tone"] = tone_distance(aged, face)
        late = ramped(progress, r.ramp)
        weights = {"l1": r.l1_weight, "feature": r.feature_weight, "code": r.code_weight, "tone": late * r.tone_weight}
        weights |= {"g": late * r.adversarial_weight, "label": late * r.label_weight}
        self.update("generator", torch.stack([w * losses[k] for k, w in weights.items()]).sum())
        return losses

    def _error(self, reader: nn.Module, maps: list[Tensor], label: Tensor, floors: tuple[float, float]) -> Tensor:
        with self.accelerator.autocast():
            ages, genders = (logits.float() for logits in reader(maps))
        return F.cross_entropy(ages, label[:, :-2]) + 0.5 * F.cross_entropy(genders, label[:, -2:])

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


class _Encoder(nn.Module):
    """The encoder of an ageing network as a module of its own, for `functional_call`."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, face: Tensor) -> Tensor:
        return self.net.encode(face)  # type: ignore[operator]


def tone_distance(a: Tensor, b: Tensor, patch: int = 8) -> Tensor:
    """L1 between the colours of patches, whatever their brightness: red and blue against green. (N, 3, H, W) each."""
    means = F.avg_pool2d(a - b, patch)
    return (means[:, ::2] - means[:, 1:2]).abs().mean()
