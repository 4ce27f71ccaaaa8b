"""What generators are trained on: pictures with the vectors of right, wrong and other sentences."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from ..images import from_pixels
from .dataset import Captioned
from .encoder import TextEncoder
from .encoder_training import usual_colors
from .recolor import recolored

EXAMPLES = 8  # in a sample grid


@torch.inference_mode()
def read_all(encoder: TextEncoder, sentences: list[str], batch: int = 128) -> Tensor:
    """phi of many sentences, (N, 256) float16: those of a length together, each different one once."""
    different = sorted(set(sentences), key=lambda s: (len(s.split()), s))
    place = {sentence: i for i, sentence in enumerate(different)}
    parts = [different[i : i + batch] for i in range(0, len(different), batch)]
    found = torch.cat([encoder.read(part).half() for part in tqdm(parts, desc="reading captions", unit="batch")])
    return found[[place[sentence] for sentence in sentences]].clone()


class SentenceStream(torch.utils.data.Dataset):
    """An endless, seeded stream of training pictures and sentence vectors, each (256,).

    `stream[position]` -> {"image": float32 (3, S, S) in [-1, 1]; "right": of one of its captions; "wrong": of that one
    in other colours, or of a picture of another class; "other": of any picture}.

    Args:
        encoder: in `eval()`; all captions are read at once, at the beginning.
        recolored: share of the wrong sentences that are the right one in other colours.
    """

    def __init__(self, data: Captioned, encoder: TextEncoder, recolored: float = 0.0, seed: int = 0):
        self.data, self.seed, self.share = data, seed, recolored
        self.rows = data.rows("train")
        captions = [data.captions[i] + _some(data.composed.get(int(data.labels[i]), []), i) for i in self.rows]
        flat = [sentence for group in captions for sentence in group]
        self.first = np.cumsum([0, *map(len, captions)])  # of a picture's captions among all
        changed = _recolored(flat, usual_colors(data)) if recolored else [None] * len(flat)
        self.has = np.array([sentence is not None for sentence in changed])
        both = read_all(encoder, flat + [s for s in changed if s is not None])
        self.right, self.changed = both[: len(flat)], both[len(flat) :]
        self.place = np.cumsum(self.has) - 1  # of a caption's recoloured form

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, position: int) -> dict[str, Tensor]:
        rng = np.random.default_rng([self.seed, position])
        index, other = (int(i) for i in rng.integers(len(self.rows), size=2))
        own, elsewhere = self._caption(index, rng), self._caption(other, rng)
        image = from_pixels(self.data.images[self.rows[index]])
        if rng.integers(2):
            image = image.flip(2)
        if self.has[own] and rng.random() < self.share:
            wrong = self.changed[self.place[own]]
        else:
            wrong = self.right[self._caption(self._of_another_class(index, rng), rng)]
        vectors = {"right": self.right[own], "wrong": wrong, "other": self.right[elsewhere]}
        return {"image": image.contiguous(), **{name: v.float() for name, v in vectors.items()}}

    def _caption(self, index: int, rng: np.random.Generator) -> int:
        return int(rng.integers(self.first[index], self.first[index + 1]))

    def _of_another_class(self, index: int, rng: np.random.Generator) -> int:
        labels = self.data.labels[self.rows]
        while True:
            other = int(rng.integers(len(self.rows)))
            if labels[other] != labels[index]:
                return other


@torch.inference_mode()
def examples_of(data: Captioned, encoder: TextEncoder) -> dict[str, Tensor]:
    """Held-out pictures, evenly spread, each with the vector of its first caption, for the sample grids."""
    rows = data.rows("val")
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(EXAMPLES, len(rows))).astype(int))]
    sentences = [data.captions[i][0] for i in rows]
    return {"image": from_pixels(data.images[rows]), "right": encoder.read(sentences).clone()}


def _some(composed: list[str], row: int, count: int = 10) -> list[str]:
    """Some of the sentences composed about a picture's class, others for every picture."""
    chosen = np.random.default_rng(row).permutation(len(composed))[:count]
    return [composed[i] for i in chosen]


def _recolored(sentences: list[str], colors: tuple[str, ...]) -> list[str | None]:
    return [recolored(sentence, np.random.default_rng(i), colors) for i, sentence in enumerate(sentences)]
