"""An age estimator of our own, for measuring only: it looks through another frozen network than training does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..data.cache import digest, network_key
from ..data.faces import FaceDataset, Faces
from ..images import batches
from ..training.loop import RunSettings, train
from ..training.runs import averaged
from ..training.system import System

AGES = 101  # 0 to 100 years
JUDGE_IMAGES = 24000  # faces a judge is trained on where nothing is said
BLUR = 2.5  # years: a face shows its age to about that


class AgeJudge(nn.Module):
    """Estimates age as the mean of a distribution over 0 to 100 years, read off frozen features.

    Rothe, Timofte, Van Gool, *DEX: Deep EXpectation of apparent age*, ICCV workshops 2015. The frozen network is handed
    in and no part of the state.

    Shape: (N, 3, H, W) in [-1, 1] -> logits (N, 101); `years` -> (N,).
    """

    def __init__(self, features: nn.Module, width: int = 160):
        super().__init__()
        self.frozen = (features,)
        with torch.inference_mode():
            channels = [t.shape[1] for t in features(torch.zeros(1, 3, 64, 64))][-2:]
        self.project = nn.ModuleList(nn.Conv2d(c, width, 1) for c in channels)
        self.hidden = nn.Sequential(
            nn.SiLU(), nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.SiLU(), nn.Dropout2d(0.1)
        )
        self.out = nn.Linear(2 * width, AGES)

    def forward(self, face: Tensor) -> Tensor:
        with torch.no_grad():
            fine, coarse = self.frozen[0](face)[-2:]
        h = self.project[0](fine) + F.interpolate(self.project[1](coarse), fine.shape[2:], mode="nearest")
        h = self.hidden(h)
        return self.out(torch.cat([h.mean((2, 3)), h.amax((2, 3))], 1))

    @torch.inference_mode()
    def years(self, faces: np.ndarray, batch: int = 16) -> np.ndarray:
        """Estimated ages (n,) of uint8 faces (n, H, W, 3)."""
        ages = torch.arange(AGES).float()
        return torch.cat([self(x).softmax(1) @ ages for x in batches(faces, batch)]).numpy()


def age_loss(logits: Tensor, ages: Tensor) -> Tensor:
    """Cross-entropy with a bell around the true age, and the error of the mean in decades. (N, 101), (N,) -> ()."""
    years = torch.arange(AGES, device=ages.device)
    bell = torch.softmax(-((years - ages[:, None]) ** 2) / (2 * BLUR**2), 1)
    mean = logits.softmax(1) @ years.float()
    return F.cross_entropy(logits, bell) + (mean - ages).abs().mean() / 10


class _JudgeTraining(System):
    """Trains the head of an `AgeJudge`."""

    def __init__(self, judge: AgeJudge, examples: Tensor):
        self.examples = examples
        self.frozen = judge.frozen
        self.networks = {"generator": judge}
        self.optimizers = {"generator": torch.optim.AdamW(judge.parameters(), 1e-3, weight_decay=1e-3)}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        loss = age_loss(self.networks["generator"](batch["face"]), batch["age"])
        self.update("generator", loss)
        return {"loss": loss}

    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        return self.examples, 4


def cached_judge(training: Faces, features: nn.Module, images: int, cache: Path, seed: int = 0) -> AgeJudge:
    """The judge for these training faces and features from `cache`, trained on `images` of them where it is missing."""
    told = digest(training.pictures, training.rows, training.ages, training.genders)
    folder = cache / f"age-judge-{digest(told, network_key(features), f'{images}|{seed}')[:16]}"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        judge = AgeJudge(features)
        stream = FaceDataset(training, seed)
        examples = torch.stack([stream[i]["face"] for i in range(4)])
        settings = RunSettings(images=images, batch=16, seed=seed, ema_half_life=1500.0, cpu=True)
        train(_JudgeTraining(judge, examples), stream, folder, settings)
        return averaged(folder, AgeJudge(features))
