"""The training step of the residual network: made pairs teach it to age, real faces keep it believable."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..augment import augment_pair, random_color
from ..data.faces import FaceDataset
from ..features import EfficientNetLite
from ..layers import freeze_batch_norms
from ..objectives import Hinge, feature_distance
from ..projected import ProjectedDiscriminator
from ..training.loop import System, adam
from ..training.report import interleave
from .ages import LABELS, labels
from .networks import LabelReader
from .recipes import PairsRecipe
from .residual import ResidualAger, applied, calmed, faded
from .series import Series
from .training import SHOWN_AGES, random_ages, spread

PATCH = 16  # px, of the means that keep light and skin


class PairsAndFaces(torch.utils.data.Dataset):
    """An endless, seeded stream: at each position a pair of one made person, and a real face.

    `dataset[position]` -> {"source", "target", "target age", "target gender", "face", "age", "gender"}; what stands at
    a position follows from (seed, position) alone. Each step from one of the series' ages to another is as frequent.
    """

    def __init__(self, series: Series, faces: FaceDataset, recipe: PairsRecipe, seed: int = 0):
        self.series, self.faces, self.recipe, self.seed = series, faces, recipe, seed
        steps: dict[tuple[int, int], list[int]] = {}
        for person, a, b in kindred(series, recipe):
            steps.setdefault((a, b), []).append(person)
        self.steps = sorted(steps.items())

    def __len__(self) -> int:
        return len(self.faces)

    def __getitem__(self, position: int) -> dict[str, Tensor]:
        rng = np.random.default_rng([self.seed, position, 2])
        (a, b), people = self.steps[int(rng.integers(len(self.steps)))]
        person = people[int(rng.integers(len(people)))]
        source, target = (_tensor(self.series.pictures[person, k]) for k in (a, b))
        if rng.integers(2):
            source, target = source.flip(2), target.flip(2)
        item = self.faces[position]
        if rng.random() < self.recipe.grey:
            source, target = (_grey(x) for x in (source, target))
        if rng.random() < self.recipe.dimmed:
            source = dimmed(source, float(rng.uniform(0.5, 1)))
        if rng.random() < self.recipe.dimmed:
            item["face"] = dimmed(item["face"], float(rng.uniform(0.5, 1)))
        age, gender = (float(x[person, b]) for x in (self.series.ages, self.series.genders))
        told = {"target age": torch.tensor(age), "target gender": torch.tensor(gender)}
        return {"source": source, "target": target, **told, **item}


def kindred(series: Series, recipe: PairsRecipe) -> list[tuple[int, int, int]]:
    """(person, from, to) of the pairs whose identity, gender, glasses and smile stay within the recipe's bounds."""
    pairs = []
    for person in range(len(series)):
        far = np.linalg.norm(_between(series.embeddings[person]), axis=-1)
        gender = np.abs(_between(series.genders[person][:, None]))[..., 0]
        glasses, smile = (np.abs(_between(series.looks[person][:, k : k + 1]))[..., 0] for k in (0, 1))
        years = np.abs(_between(series.ages[person][:, None]))[..., 0]
        good = (far <= recipe.kin + recipe.kin_per_year * years) & (gender <= recipe.gender_drift)
        good &= (glasses <= recipe.glasses_drift) & (smile <= recipe.smile_drift)
        pairs += [(person, int(a), int(b)) for a, b in zip(*np.nonzero(good), strict=True) if a != b]
    return pairs


def _between(x: np.ndarray) -> np.ndarray:
    """Differences of all pairs of rows, (k, d) -> (k, k, d)."""
    return x[:, None] - x[None]


def _tensor(picture: np.ndarray) -> Tensor:
    return (torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 127.5 - 1).contiguous()


def _grey(x: Tensor) -> Tensor:
    return x.mean(0, keepdim=True).expand_as(x).contiguous()


def dimmed(x: Tensor, share: float) -> Tensor:
    """Shrunk to a share of its size and enlarged again. (3, S, S) -> (3, S, S)."""
    small = F.interpolate(x[None], scale_factor=share, mode="bilinear", antialias=True, align_corners=False)
    return F.interpolate(small, x.shape[1:], mode="bicubic", align_corners=False)[0].clamp(-1, 1)


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


class PairedAgeing(System):
    """See `PairsRecipe`.

    Args:
        features: a frozen network giving a list of feature maps for (N, 3, H, W) in [-1, 1].
        examples: fixed faces {"face", "age", "gender"} for the sample grids.
    """

    decay, floor = 1 / 3, 0.02

    def __init__(self, recipe: PairsRecipe, features: EfficientNetLite, examples: dict[str, Tensor]):
        self.recipe, self.features, self.examples = recipe, features, examples
        self.frozen, self.game = (features,), Hinge()
        self.networks = {
            "generator": ResidualAger(recipe.widths, recipe.fine),
            "critic": ProjectedDiscriminator(features.channels, condition_channels=LABELS),
            "reader": LabelReader(features.channels),
        }
        for net in (*self.networks.values(), features):
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
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
        with self.accelerator.autocast():
            with torch.no_grad():
                truth = self.features(target)[:3]
            ours = self.features(made)[:3]
        distance = feature_distance([f.float() for f in ours], [f.float() for f in truth])
        return {"l1": ((made - target).abs() * calmed(made)).mean(), "feature": distance}

    def _on_faces(self, aged: Tensor, face: Tensor, true: Tensor, asked: Tensor) -> dict[str, Tensor]:
        n = len(face)
        seen = torch.cat([face, aged])
        views, _ = augment_pair(seen, seen[:, :0], self.recipe.augment, tied=2)
        with self.accelerator.autocast():
            with torch.no_grad():
                truth = self.features(views[:n])
            made = self.features(views[n:])
        return {
            "d": self._play(truth, true, [f.detach() for f in made], asked),
            "reader": self._teach(truth, true),
            "g": self._judged(made, asked),
            "label": self._label_error(made, asked),
        }

    def _play(self, truth: list[Tensor], true: Tensor, made: list[Tensor], asked: Tensor) -> Tensor:
        self.plain("critic").heads.requires_grad_(True)  # type: ignore[operator, union-attr]
        both = [torch.cat(pair) for pair in zip(truth, made, strict=True)]
        with self.accelerator.autocast():
            logits = self.networks["critic"](both, spread(torch.cat([true, asked])))
        half = len(true)
        loss = torch.stack([self.game.discriminator(x[:half].float(), x[half:].float()) for x in logits]).mean()
        self.update("critic", loss)
        return loss

    def _judged(self, made: list[Tensor], asked: Tensor) -> Tensor:
        critic = self.plain("critic")
        critic.heads.requires_grad_(False)  # type: ignore[operator, union-attr]
        with self.accelerator.autocast():
            logits = critic(made, spread(asked))
        return torch.stack([self.game.generator(x.float()) for x in logits]).mean()

    def _teach(self, truth: list[Tensor], label: Tensor) -> Tensor:
        ages, genders = self._read(self.networks["reader"].requires_grad_(True), truth, label)
        loss = (ages + 0.5 * genders).mean()
        self.update("reader", loss)
        return loss

    def _label_error(self, made: list[Tensor], label: Tensor) -> Tensor:
        """The reader's cross-entropy above what satisfies it: pushed further, a network draws what fools readers."""
        ages, genders = self._read(self.plain("reader").requires_grad_(False), made, label)
        age_floor, gender_floor = self.recipe.floors
        return (F.relu(ages - age_floor) + 0.5 * F.relu(genders - gender_floor)).mean()

    def _read(self, reader: nn.Module, features: list[Tensor], label: Tensor) -> tuple[Tensor, Tensor]:
        with self.accelerator.autocast():
            ages, genders = reader(features)
        return (
            F.cross_entropy(ages.float(), label[:, :-2], reduction="none"),
            F.cross_entropy(genders.float(), label[:, -2:], reduction="none"),
        )

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """Rows of face | at four ages."""
        face, gender = (self.examples[k].to(self.accelerator.device) for k in ("face", "gender"))
        code, made = generator.encode(face), []  # type: ignore[operator]
        for age in SHOWN_AGES:
            shown = generator.decode(code, torch.full_like(gender, age), gender)  # type: ignore[operator]
            made.append(shown.clamp(-1, 1).float().cpu())
        return interleave(face.cpu(), *made), 1 + len(SHOWN_AGES)
