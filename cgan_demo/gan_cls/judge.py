"""Does a picture show what a sentence says? A judge of our own, for measuring only.

It shares nothing with the encoder that generators are trained with: it looks through EfficientNet-lite2 and at colours,
reads words and pairs of words without their order, and is trained on the split "train" by contrast in large batches
(van den Oord et al., *Representation Learning with Contrastive Predictive Coding*, 2018; both ways as in CLIP).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..data.cache import digest
from ..training.loop import RunSettings, System, train
from ..training.runs import averaged
from .dataset import Captioned
from .looks import Looks
from .text import words

JUDGE_IMAGES = 200_000  # pictures a judge is trained on where nothing is said; their features are kept, so it is quick
GRAMS = 4000  # words and pairs of words that it knows
LONGEST = 48  # of them that it takes from a sentence
PARTS = 192  # principal components of what it sees
KIN = 0.3  # see `contrast`


def grams(sentence: str) -> list[str]:
    """The words of a sentence and the pairs of neighbours: "a red one" -> a, red, one, a red, red one."""
    said = words(sentence)
    return said + [f"{a} {b}" for a, b in zip(said, said[1:], strict=False)]


def _hidden(inner: int, middle: int, outer: int, drop: float) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(inner), nn.Dropout(drop), nn.Linear(inner, middle), nn.GELU(), nn.Dropout(drop),
        nn.Linear(middle, outer),
    )  # fmt: skip


class Judge(nn.Module):
    """Sentences and pictures as points of one sphere; what belongs together lies close.

    Args:
        known: the words and pairs of words it is to know.
        features: length of `looks.Looks.everything`.

    Attributes:
        centre, rotate: what is seen is turned by these to principal components of about unit size.
    """

    centre: Tensor
    rotate: Tensor

    def __init__(self, known: Sequence[str], features: int, width: int = 256, middle: int = 512, drop: float = 0.3):
        super().__init__()
        self.places = {gram: i + 1 for i, gram in enumerate(known)}
        parts = min(PARTS, features)
        self.register_buffer("centre", torch.zeros(features))
        self.register_buffer("rotate", torch.eye(features, parts))
        self.gram = nn.Embedding(len(known) + 1, width, padding_idx=0)
        self.weight = nn.Embedding(len(known) + 1, 1, padding_idx=0)
        nn.init.normal_(self.gram.weight, std=0.1)
        nn.init.zeros_(self.weight.weight)
        self.text = _hidden(width, middle, width, drop)
        self.picture = _hidden(parts, middle, width, drop)
        self.direct = nn.Linear(parts, width)
        self.sharpness = nn.Parameter(torch.tensor(2.7))  # of the contrast, as a logarithm

    def fit(self, seen: Tensor) -> None:
        """Set the principal components by what is seen of training pictures, (n, features)."""
        self.centre.copy_(seen.mean(0))
        spread = seen.std(0) + 1e-3
        scaled = ((seen - self.centre) / spread).double()  # in float32, eigh fails where there are few pictures
        size, turn = torch.linalg.eigh(scaled.T @ scaled / len(seen))  # rising
        parts = self.rotate.shape[1]
        size, turn = size.flip(0)[:parts].clamp_min(0), turn.flip(1)[:, :parts]
        self.rotate.copy_(turn / (size + 0.3 * size.mean()).sqrt() / spread[:, None])

    def components(self, seen: Tensor) -> Tensor:
        """(N, features) -> (N, parts), the input of `look`."""
        return ((seen - self.centre) @ self.rotate).clamp(-8, 8)

    def look(self, components: Tensor) -> Tensor:
        """(N, parts) -> unit vectors (N, width)."""
        return F.normalize(self.picture(components) + self.direct(components), dim=1)

    def numbers(self, sentence: str) -> Tensor:
        """Of the words and pairs that are known, filled up with 0, (48,)."""
        found = [self.places[g] for g in dict.fromkeys(grams(sentence)) if g in self.places][:LONGEST]
        return torch.tensor(found + [0] * (LONGEST - len(found)))

    def read(self, numbers: Tensor) -> Tensor:
        """(N, 48) -> unit vectors (N, width)."""
        there = (numbers > 0).float()
        if self.training:
            there = there * (torch.rand_like(there) > 0.1)  # words forgotten, so that it leans on none alone
        weights = self.weight(numbers)[..., 0].exp() * there
        return F.normalize(self.text((self.gram(numbers) * weights[..., None]).sum(1)), dim=1)

    def both(self, components: Tensor, numbers: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What `look` and `read` give of a batch, and the sharpness of the contrast."""
        return self.look(components), self.read(numbers), self.sharpness

    @torch.inference_mode()
    def pictures(self, everything: np.ndarray) -> np.ndarray:
        """Unit vectors (n, width) of pictures' `Looks.everything`."""
        return self.look(self.components(torch.from_numpy(everything.astype(np.float32)))).numpy()

    @torch.inference_mode()
    def sentences(self, sentences: Sequence[str]) -> np.ndarray:
        """Unit vectors (n, width)."""
        return self.read(torch.stack([self.numbers(s) for s in sentences])).numpy()


class _Pairs(torch.utils.data.Dataset):
    """An endless, seeded stream of training pictures, each as often as any, with one of their captions."""

    def __init__(
        self, judge: Judge, components: Tensor, captions: Sequence[Sequence[str]], labels: np.ndarray, seed: int
    ):
        self.components, self.seed = components, seed
        self.labels = torch.from_numpy(labels)
        self.numbers = [torch.stack([judge.numbers(s) for s in sentences]) for sentences in captions]
        self.order: tuple[int, np.ndarray] = (-1, np.empty(0, int))

    def __len__(self) -> int:
        return len(self.components)

    def __getitem__(self, position: int) -> dict[str, Tensor]:
        turn, place = divmod(position, len(self))
        if self.order[0] != turn:
            self.order = (turn, np.random.default_rng([self.seed, turn]).permutation(len(self)))
        row = int(self.order[1][place])
        said = self.numbers[row]
        said_at = (turn + row) % len(said)
        return {"seen": self.components[row], "said": said[said_at], "label": self.labels[row]}


class _JudgeTraining(System):
    """Finds to each picture of a batch its sentence, and to each sentence its picture."""

    def __init__(self, judge: Judge):
        self.networks = {"generator": judge}
        self.optimizers = {"generator": torch.optim.AdamW(judge.parameters(), 2e-3, weight_decay=0.02)}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        pictures, sentences, sharpness = self.call("generator", "both", batch["seen"], batch["said"])
        loss = contrast(pictures, sentences, sharpness, batch["label"])
        self.update("generator", loss)
        return {"loss": loss}

    def learning_rate(self, progress: float) -> float:
        return min(1.0, 20 * progress + 0.01) * 0.5 * (1 + float(np.cos(np.pi * progress)))

    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        return torch.zeros(1, 3, 8, 8), 1  # there is nothing to look at


def contrast(pictures: Tensor, sentences: Tensor, sharpness: Tensor, labels: Tensor, kin: float = KIN) -> Tensor:
    """Cross-entropy of finding one's own among the batch, both ways.

    Args:
        pictures, sentences: unit vectors (N, d), row by row a pair. labels: their classes, (N,).
        kin: share of the target that goes to all of the same class, whose sentences would often fit as well.
    """
    logits = pictures @ sentences.T * sharpness.exp().clamp(max=50)
    same = (labels[:, None] == labels).to(logits.dtype)
    target = (1 - kin) * torch.eye(len(logits), device=logits.device) + kin * same / same.sum(1, keepdim=True)
    return F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)


def known_grams(sentences: Sequence[str], at_least: int = 3) -> list[str]:
    """The most frequent words and pairs of words, at most `GRAMS`."""
    counts = Counter(gram for sentence in sentences for gram in set(grams(sentence)))
    order = sorted(counts, key=lambda gram: (-counts[gram], gram))
    return [gram for gram in order[:GRAMS] if counts[gram] >= at_least]


def cached_judge(
    data: Captioned, looks: Looks, cache: Path, images: int = JUDGE_IMAGES, batch: int = 512, seed: int = 1234
) -> Judge:
    """The judge for these pictures from `cache`, trained on `images` of the split "train" where it is missing.

    looks: of all pictures of `data`.
    """
    rows = data.rows("train")
    captions = [data.captions[i] for i in rows]
    said = "\n".join("|".join(sentences) for sentences in captions)
    seen = torch.from_numpy(looks.everything[rows].astype(np.float32))
    key = digest(said, looks.everything[rows], data.labels[rows], f"{images}|{batch}|{seed}")
    folder = cache / f"text-judge-{key[:16]}"
    known = known_grams([s for sentences in captions for s in sentences])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        judge = Judge(known, seen.shape[1])
        judge.fit(seen)
        stream = _Pairs(judge, judge.components(seen), captions, data.labels[rows], seed)
        settings = RunSettings(
            images=images, batch=batch, seed=seed, ema_half_life=20 * batch, report_images=20 * batch,
            sample_images=10**9, cpu=True,
        )  # fmt: skip
        train(_JudgeTraining(judge), stream, folder, settings)
        return averaged(folder, Judge(known, seen.shape[1]))


def r_precision(
    pictures: np.ndarray, sentences: np.ndarray, owners: np.ndarray, others: int = 99, seed: int = 0
) -> float:
    """Share of pictures whose own sentence fits better than each of `others` ones of other pictures.

    Xu et al., *AttnGAN*, CVPR 2018, section 4.1. Chance is 1 / (1 + others). Where others fit exactly as well, as the
    same words about another picture do, one's own counts 1 / (1 + how many).

    Args:
        pictures: unit vectors (n, d); row by row a picture and the sentence that it is of.
        sentences: unit vectors (n, d). owners: (n,), the picture that each sentence was written about; sentences of
            one's own picture are never among the others.
    """
    rng, hits = np.random.default_rng(seed), 0.0
    for picture, sentence, owner in zip(pictures, sentences, owners, strict=True):
        strangers = np.flatnonzero(owners != owner)
        drawn = rng.choice(strangers, min(others, len(strangers)), replace=False)
        ahead = sentences[drawn] @ picture - sentence @ picture
        hits += 0 if (ahead > 1e-6).any() else 1 / (1 + int((ahead >= -1e-6).sum()))
    return hits / max(1, len(pictures))
