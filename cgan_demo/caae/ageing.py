"""What the trainings of face ageing share: their sample grids and, of our own recipes, the game on real faces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..features import EfficientNetLite
from ..projected import ProjectedDiscriminator, ProjectedGame
from ..training.report import interleave
from ..training.system import System
from .ages import LABELS

SHOWN_AGES = (8.0, 25.0, 45.0, 65.0)


def ramped(progress: float, span: tuple[float, float]) -> float:
    """0 before `span`, 1 after it, linear between."""
    return float(np.clip((progress - span[0]) / max(1e-9, span[1] - span[0]), 0, 1))


class Ageing(System):
    """A training whose network has `encode` and `decode`.

    examples: fixed faces {"face", "age", "gender"}.
    """

    examples: dict[str, Tensor]

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """Faces, each beside itself at its own age and at four others."""
        face, age, gender = (self.examples[k].to(self.accelerator.device) for k in ("face", "age", "gender"))
        code = generator.encode(face)  # type: ignore[operator]
        ages = [age, *(torch.full_like(age, a) for a in SHOWN_AGES)]
        made = [generator.decode(code, a, gender).clamp(-1, 1).float().cpu() for a in ages]  # type: ignore[operator]
        return interleave(face.cpu(), *made), 2 * (1 + len(ages))


class LabelReader(nn.Module):
    """Reads age group and gender off frozen features: the teacher of our own recipes, trained on true faces only.

    Shape: feature maps (N, channels[i], h_i, w_i) -> logits of the ten groups (N, 10) and of the genders (N, 2).
    """

    def __init__(self, channels: Sequence[int], width: int = 128):
        super().__init__()
        self.project = nn.ModuleList(nn.Conv2d(c, width, 1) for c in channels[-2:])
        self.hidden = nn.Sequential(nn.SiLU(), nn.Conv2d(width, width, 3, padding=1), nn.SiLU())
        self.out = nn.Linear(width, LABELS)

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        fine, coarse = (project(f) for project, f in zip(self.project, features[-2:], strict=True))
        h = fine + F.interpolate(coarse, fine.shape[2:], mode="nearest")
        logits = self.out(self.hidden(h).mean((2, 3)))
        return logits[:, :-2], logits[:, -2:]


class TaughtAgeing(Ageing):
    """A training with a projected discriminator that sees the label, and a teacher that reads it.

    Args:
        features: a frozen network giving a list of feature maps for (N, 3, H, W) in [-1, 1].
        examples: see `Ageing`.

    floors: nats of age and gender below which the reader is satisfied with made faces.
    """

    floors = (0.0, 0.0)

    def __init__(self, generator: nn.Module, features: EfficientNetLite, examples: dict[str, Tensor]):
        self.features, self.examples, self.frozen = features, examples, (features,)
        self.game = ProjectedGame(self, features, "critic")
        self.networks = {
            "generator": generator,
            "critic": ProjectedDiscriminator(features.channels, condition_channels=LABELS),
            "reader": LabelReader(features.channels),
        }
        for net in (*self.networks.values(), features):
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def taught(self, truth: list[Tensor], true: Tensor, made: list[Tensor], asked: Tensor) -> dict[str, Tensor]:
        """A step of discriminator and reader, and what both make the network pay for faces of the labels `asked`.

        truth, made: feature maps of as many real and made faces. true, asked: their labels (N, 12).
        """
        return {
            "d": self.game.play(truth, made, spread(torch.cat([true, asked]))).loss,
            "reader": self._teach(truth, true),
            "g": self.game.cost(made, spread(asked)),
            "label": self.label_cost(made, asked),
        }

    def _teach(self, truth: list[Tensor], label: Tensor) -> Tensor:
        loss = self._error(self.networks["reader"].requires_grad_(True), truth, label, (0.0, 0.0))
        self.update("reader", loss)
        return loss

    def label_cost(self, made: list[Tensor], label: Tensor) -> Tensor:
        """The reader's error on made faces, less what satisfies it: pushed further, a network draws what fools it."""
        return self._error(self.plain("reader").requires_grad_(False), made, label, self.floors)

    def _error(self, reader: nn.Module, maps: list[Tensor], label: Tensor, floors: tuple[float, float]) -> Tensor:
        """Cross-entropy of the age groups and half that of the genders, each above its floor in nats."""
        with self.accelerator.autocast():
            ages, genders = (logits.float() for logits in reader(maps))
        ages, genders = (
            F.relu(F.cross_entropy(logits, shares, reduction="none") - floor)
            for logits, shares, floor in zip((ages, genders), (label[:, :-2], label[:, -2:]), floors, strict=True)
        )
        return (ages + 0.5 * genders).mean()


def spread(label: Tensor) -> Tensor:
    """(N, 12) -> (N, 12, 2, 2), for a discriminator that takes a map."""
    return label[:, :, None, None].expand(-1, -1, 2, 2)
