"""What the card of a text-to-image model reports: likeness to real pictures, match with the sentence, no memorising.

Every figure stands beside the same figure of real pictures. Captions are those of pictures that no training saw: of
the classes it saw ("val"), and of classes it did not ("unseen"). Distances are measured in EfficientNet-lite2, which
no training here looks through, with all pictures brought to the model's size first.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from ..evaluation import metrics
from ..evaluation.report import Figures, table, without_nan
from ..features import efficientnet_lite
from ..images import to_pixels
from .colours import APART, ASKED, colour_figures, sentence_of
from .dataset import Captioned, load_captioned
from .judge import JUDGE_IMAGES, Judge, cached_judge, r_precision
from .looks import Looks, look, look_once
from .paper import NOISE
from .style_evaluation import style_figures

SAMPLES = 2048  # pictures made for each split
SEEDS = 20  # for each colour
SHOWN = 64  # pictures whose nearest training pictures are looked for


@dataclass(frozen=True)
class Ruler:
    """What pictures are measured with.

    net: frozen. looks: of all pictures of `data` through it.
    """

    data: Captioned
    net: nn.Module
    looks: Looks
    judge: Judge


def ruler(
    folder: Path, size: int, cache: Path, judge_images: int = JUDGE_IMAGES, net: nn.Module | None = None
) -> Ruler:
    """Look at all pictures of a folder and train the judge, or take both from `cache`.

    size: px of the pictures that are to be measured. net: EfficientNet-lite2 by default.
    """
    net = net or efficientnet_lite("lite2")
    data = load_captioned(folder, cache, size)
    looks = look_once(data.images, net, cache)
    return Ruler(data, net, looks, cached_judge(data, looks, cache, judge_images))


@dataclass(frozen=True)
class Made:
    """Pictures made for captions of a split.

    owners: the number of the picture that each caption was written about, (n,).
    """

    pictures: np.ndarray
    sentences: list[str]
    owners: np.ndarray
    looks: Looks


@torch.inference_mode()
def paint(network: nn.Module, sentences: list[str], seed: int = 0, batch: int = 32) -> np.ndarray:
    """A picture for each sentence, each of a noise of its own: uint8 (n, S, S, 3)."""
    noise = torch.randn(len(sentences), NOISE, generator=torch.Generator().manual_seed(seed))
    parts = []
    firsts = range(0, len(sentences), batch)
    for first in tqdm(firsts, desc="painting", unit="batch", mininterval=5, disable=len(firsts) < 2):
        vectors = network.encoder.read(sentences[first : first + batch])  # type: ignore[operator, union-attr]
        parts.append(to_pixels(network.generator(noise[first : first + batch], vectors)))  # type: ignore[operator]
    return np.concatenate(parts)


def make(network: nn.Module, tools: Ruler, split: str, samples: int, seed: int = 0) -> Made:
    """Paint `samples` captions of a split, drawn without repetition, or all that there are."""
    every = [(i, sentence) for i in tools.data.rows(split) for sentence in tools.data.captions[i]]
    order = np.random.default_rng(seed).permutation(len(every))[:samples]
    owners, sentences = np.array([every[k][0] for k in order]), [every[k][1] for k in order]
    pictures = paint(network, sentences, seed)
    return Made(pictures, sentences, owners, look(pictures, tools.net, title="looking at what was made"))


def distance_figures(made: Made, tools: Ruler, split: str) -> Figures:
    """FID, KID, precision and recall against the pictures of a split; as reference those of training pictures."""
    rows = np.random.default_rng(1).permutation(tools.data.rows("train"))[: len(made.owners)]
    real = tools.looks.features(np.random.default_rng(2).permutation(tools.data.rows(split)))
    pairs: Figures = {}
    for column, fake in (("value", made.looks.features()), ("reference", tools.looks.features(rows))):
        precision, recall = metrics.precision_recall(real, fake)
        found = {
            "FID": metrics.frechet_distance(real, fake),
            "KID": metrics.kernel_distance(real, fake, subset_size=100)[0],
            "precision": precision,
            "recall": recall,
        }
        for name, value in found.items():
            pairs.setdefault(f"{name}, {split}", {})[column] = value
    return pairs


def match_figures(made: Made, tools: Ruler, split: str) -> Figures:
    """R-precision of what was made, beside that of the real pictures of the same captions; and the one in the other."""
    said = tools.judge.sentences(made.sentences)
    value, reference = (
        r_precision(tools.judge.pictures(looks), said, made.owners)
        for looks in (made.looks.everything, tools.looks.everything[made.owners])
    )
    return {
        f"R-precision, {split}": {"value": value, "reference": reference},
        f"R-precision, {split}, share of real pictures'": {"value": value / reference if reference else np.nan,
                                                           "reference": 1.0},
    }  # fmt: skip


def neighbour_figures(made: Made, tools: Ruler, split: str) -> Figures:
    """How far pictures are from the nearest training picture: some that were made, beside real held-out ones."""
    training = tools.looks.features(tools.data.rows("train"))
    held = np.random.default_rng(3).permutation(tools.data.rows(split))[:SHOWN]
    near = [metrics.nearest_distances(x, training) for x in (made.looks.features()[:SHOWN], tools.looks.features(held))]
    means, smallest = ([float(f(x)) for x in near] for f in (torch.mean, torch.amin))
    return {
        f"nearest training picture, {name}": {"value": value, "reference": reference}
        for name, (value, reference) in {"mean": means, "smallest": smallest}.items()
    }


def spread_figures(network: nn.Module, tools: Ruler, split: str, sentences: int = 16, seeds: int = 8) -> Figures:
    """How far apart pictures of one sentence are, on average, beside real pictures of one class: does the noise matter?

    `seeds` pictures for each of some captions of a split; as many real ones of the class that each is about.
    """
    rows = np.random.default_rng(4).permutation(tools.data.rows(split))[:sentences]
    asked = [tools.data.captions[i][0] for i in rows for _ in range(seeds)]
    made = look(paint(network, asked, seed=5), tools.net, title="looking at seeds").features().split(seeds)
    training = tools.data.rows("train")
    kin = [training[tools.data.labels[training] == tools.data.labels[i]][:seeds] for i in rows]
    sides = {"value": made, "reference": [tools.looks.features(k) for k in kin if len(k) > 1]}
    return {"spread over seeds": {side: float(np.mean([_spread(x) for x in sets])) for side, sets in sides.items()}}


def _spread(x: torch.Tensor) -> float:
    return float(torch.pdist(x).mean())


def has_petals(data: Captioned) -> bool:
    """Whether these are flowers: whether their captions speak of petals."""
    return sum("petals" in sentence for group in data.captions for sentence in group[:1]) > 0.1 * len(data)


def obedience_figures(network: nn.Module, data: Captioned, seeds: int = SEEDS) -> Figures:
    """Colour obedience: `seeds` pictures for each colour; see `colours.colour_figures`."""
    colours = [*ASKED, *APART]
    made = {c: paint(network, [sentence_of(c)] * seeds, seed=1000 * i) for i, c in enumerate(colours)}
    return colour_figures(made, data)


def evaluate(
    model_id: str,
    network: nn.Module,
    data: Path,
    cache: Path,
    samples: int = SAMPLES,
    judge_images: int = JUDGE_IMAGES,
    seeds: int = SEEDS,
    net: nn.Module | None = None,
) -> dict:
    """Measure a `model.TextToImage`, print a table and return it (JSON-able).

    Args:
        samples: pictures made for the captions of each split. seeds: pictures for each colour.
        judge_images: pictures that the judge of matches is trained on.
        net: frozen, (N, 3, H, W) in [-1, 1] -> feature maps; by default EfficientNet-lite2.
    """
    network = network.eval()
    tools = ruler(data, int(network.generator.size), cache, judge_images, net)  # type: ignore[arg-type, union-attr]
    figures, counts = dict[str, dict[str, float]](), dict[str, int]()
    for split in ("val", "unseen"):
        made = make(network, tools, split, samples)
        figures |= distance_figures(made, tools, split) | match_figures(made, tools, split)
        counts[split] = len(made.owners)
        if split == "val":
            figures |= neighbour_figures(made, tools, split) | spread_figures(network, tools, split)
    if has_petals(tools.data):
        figures |= obedience_figures(network, tools.data, seeds)
    if network.style is not None:
        figures |= style_figures(network, tools.data)
    real = {split: len(tools.data.rows(split)) for split in ("train", "val", "unseen")}
    report = {
        "model": model_id,
        "pairs": min(counts.values()),
        "of": "samples a split",
        "size": tools.data.images.shape[1],
    }
    report |= {"reference": "real pictures", "real": real, "samples": counts, "judge_images": judge_images}
    report |= {"figures": without_nan(figures)}
    print(table(report))
    print(f"Real pictures: {', '.join(f'{n} {split}' for split, n in real.items())}. Samples: {counts}.")
    return report
