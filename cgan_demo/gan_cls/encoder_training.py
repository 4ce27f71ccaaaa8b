"""How the joint embedding of sentences and pictures is trained: recipe, stream and step."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset
from tqdm import tqdm

from ..checks import integer
from ..data.cache import computed_once, digest, network_key
from ..features import EfficientNetLite, efficientnet_lite
from ..images import batches, from_pixels
from ..projected import SEEN, enlarged
from ..training.runs import averaged_state, other_network
from ..training.system import System, adam
from .dataset import Captioned, load_captioned
from .encoder import JointEmbedding, discrepancy, instance_loss, joint_embedding_loss, pooled
from .model import TextRecipe, TextToImage, loaded
from .recolor import FAMILY, recolored
from .text import LONGEST, Vocabulary

SHOWN = 5  # pictures found for each sentence of the sample grid


@dataclass(frozen=True)
class EncoderRecipe(TextRecipe):
    """The joint embedding that sentences are read with.

    loss = joint embedding loss over the classes of the batch + instance_weight * cross-entropy of finding a picture's
        own sentence in the batch + recolor_weight * hinge against its own sentence with other colours in it
        and, where there are sentences without pictures,
        + pair_weight * joint embedding loss of two of them about the same kind of thing
        + align_weight * maximum mean discrepancy between them and the sentences that have pictures: these would
        otherwise learn where pictures are, and those lie elsewhere.

    width, hidden, buckets: see `encoder.TextEncoder`. load_size: of the pictures that the frozen network looks at.
    """

    width: int = 96
    hidden: int = 128
    buckets: int = 2000
    instance_weight: float = 1.0
    recolor_weight: float = 0.5
    pair_weight: float = 0.1
    align_weight: float = 2.0
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.99)
    batch: int = 64
    load_size: int = 128
    ema_half_life: float = 20000.0
    precision: str = "no"

    def check(self) -> None:
        integer("load size", self.load_size, 32, 8192)

    def prepare(
        self, data: Path, seed: int, cache: Path, features: EfficientNetLite | None = None, *, base: Path | None = None
    ) -> tuple[System, Dataset]:
        """See `Recipe.prepare`. features: EfficientNet-lite0 by default.

        base: a finished model's weights folder, whose text encoder is kept and pictures are fitted to; none by default.
        """
        found = load_captioned(data, cache, self.load_size)
        encoder = None if base is None else loaded(base, TextToImage).encoder
        looks = pooled_once(features or efficientnet_lite("lite0"), found.images, cache)
        training = torch.from_numpy(looks[0, found.rows("train")].astype(np.float32))
        if encoder is None:
            known = vocabulary_of(found, self.buckets).known
            joint = JointEmbedding(known, training.shape[1], self.buckets, self.width, self.hidden)
        else:
            joint = JointEmbedding.around(encoder, training.shape[1])
        vocabulary = joint.text.vocabulary
        system = EncoderTraining(self, joint, training, gallery_of(found, looks, vocabulary))
        return system, EncoderStream(found, looks, vocabulary, seed)

    def averaged(self, run_dir: Path) -> JointEmbedding:
        """See `Recipe.averaged`. What it knows of the data, its vocabulary, is in its state."""
        state = averaged_state(run_dir)
        if "letters" not in state:
            raise other_network(run_dir)
        return JointEmbedding.of_state(state).eval()


def pooled_once(net: nn.Module, images: np.ndarray, cache: Path, batch: int = 32) -> np.ndarray:
    """`pooled` frozen features of pictures at their own resolution and at half of it, (2, N, features), float16.

    Half, because what a generator of 64 px makes will be looked at in the same way.

    Args:
        images: uint8 (N, S, S, 3).
        cache: the result is kept there, by the network, what it answers to a ramp, and every pixel.
    """
    probe = pooled(net(torch.linspace(-1, 1, 3 * SEEN * SEEN).view(1, 3, SEEN, SEEN)))
    name = digest(images, network_key(net), f"{[round(float(x), 3) for x in probe[0, :8]]}")
    return computed_once(cache, "pooled", name, lambda: np.concatenate(list(_pooled_batches(net, images, batch)), 1))


@torch.inference_mode()
def _pooled_batches(net: nn.Module, images: np.ndarray, batch: int) -> Iterator[np.ndarray]:
    shown = tqdm(batches(images, batch), desc="looking at pictures", unit="batch", total=-(-len(images) // batch))
    for x in shown:
        yield np.stack([pooled(net(enlarged(v))).half().numpy() for v in (x, F.avg_pool2d(x, 2))])


def vocabulary_of(data: Captioned, buckets: int) -> Vocabulary:
    """Of the captions of the training pictures, and of the sentences without pictures."""
    captions = [s for i in data.rows("train") for s in data.captions[i]]
    return Vocabulary.of(captions + [s for group in data.sentences for s in group], buckets=buckets)


def usual_colors(data: Captioned, share: float = 0.02) -> tuple[str, ...]:
    """Colour words, one of a family, that come up in at least `share` of the captions that name a colour."""
    captions = [s for i in data.rows("train") for s in data.captions[i]]
    counts = {word: sum(word in s.split() for s in captions) for word in FAMILY}
    total = max(1, sum(counts.values()))
    best = {FAMILY[w]: w for w in sorted(counts, key=lambda w: counts[w])}
    return tuple(w for _, w in sorted(best.items()) if counts[w] >= share * total)


class Sentences:
    """Tokens of sentences, each read once. Calling it gives (LONGEST, 1 + pieces), int16."""

    def __init__(self, vocabulary: Vocabulary):
        self.vocabulary = vocabulary
        self._read: Callable[[str], Tensor] = functools.cache(self._tokens)

    def _tokens(self, sentence: str) -> Tensor:
        found = self.vocabulary.tokens([sentence])[0].short()
        return F.pad(found, (0, 0, 0, LONGEST - len(found)))

    def __call__(self, sentence: str) -> Tensor:
        return self._read(sentence)


class EncoderStream(torch.utils.data.Dataset):
    """An endless, seeded stream of training pictures, one caption each.

    `stream[position]` -> {"pooled": frozen features of the picture, "label", "tokens": of the caption, "wrong": of the
    caption in other colours, or of another picture's}; where there are sentences without pictures also {"first",
    "second": tokens of two about the same thing, "thing"}.

    Args:
        pooled: (2, N, features), see `pooled_once`.
    """

    def __init__(self, data: Captioned, pooled: np.ndarray, vocabulary: Vocabulary, seed: int = 0):
        self.data, self.pooled, self.seed = data, pooled, seed
        self.rows, self.read, self.colors = data.rows("train"), Sentences(vocabulary), usual_colors(data)
        self.things = [group for group in data.sentences if len(group) > 1]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, position: int) -> dict[str, Tensor]:
        rng = np.random.default_rng([self.seed, position])
        row, other = (int(self.rows[i]) for i in rng.integers(len(self.rows), size=2))
        caption, another = (self._sentence(i, rng) for i in (row, other))
        item = {
            "pooled": torch.from_numpy(self.pooled[int(rng.integers(2)), row].astype(np.float32)),
            "label": torch.tensor(int(self.data.labels[row])),
            "tokens": self.read(caption),
            "wrong": self.read(recolored(caption, rng, self.colors) or another),
        }
        if self.things:
            thing = int(rng.integers(len(self.things)))
            first, second = rng.choice(len(self.things[thing]), 2, replace=False)
            item |= {
                "first": self.read(self.things[thing][first]),
                "second": self.read(self.things[thing][second]),
                "thing": torch.tensor(thing),
            }
        return item

    def _sentence(self, row: int, rng: np.random.Generator) -> str:
        """About a picture: one of its captions or, as often where there are any, one composed about its class."""
        more = self.data.composed.get(int(self.data.labels[row]))
        return _one(more if more and rng.integers(2) else self.data.captions[row], rng)


def _one(sentences: Sequence[str], rng: np.random.Generator) -> str:
    return sentences[int(rng.integers(len(sentences)))]


@dataclass(frozen=True)
class Gallery:
    """What the sample grid is made of: tokens of sentences (M, L, P), and held-out pictures to find for them.

    pictures: uint8 (N, S, S, 3). pooled: their features, (N, features). own: which of them each sentence is about.
    """

    tokens: Tensor
    pictures: np.ndarray
    pooled: Tensor
    own: Tensor


class EncoderTraining(System):
    """Learns sentences and pictures side by side, see `EncoderRecipe`.

    Args:
        joint: untrained; where its text encoder is that of a model, frozen, pictures are laid beside its vectors, and
            generators that know these can go on learning.
        pooled: features of the training pictures, (N, features), for their mean and spread.
    """

    decay, floor = 0.6, 0.02

    def __init__(self, recipe: EncoderRecipe, joint: JointEmbedding, pooled: Tensor, gallery: Gallery):
        self.recipe, self.gallery = recipe, gallery
        joint.image.centre.copy_(pooled.mean(0))
        joint.image.spread.copy_(pooled.std(0) + 1e-3)
        self.networks = {"generator": joint}
        self.optimizers = {"generator": adam(joint, recipe.lr, recipe.betas)}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        r = self.recipe
        names = [name for name in ("tokens", "wrong", "first", "second") if name in batch]
        sentences = self.call("generator", "text", torch.cat([batch[name] for name in names]).long())
        right, wrong, *pair = sentences.chunk(len(names))
        pictures = self.call("generator", "image", batch["pooled"])
        scores = self.call("generator", "scores", pictures, right)
        own, false = scores.diagonal(), self.call("generator", "scores_in_pairs", pictures, wrong)
        losses = {
            "joint": joint_embedding_loss(scores, batch["label"]),
            "instance": instance_loss(scores),
            "recolor": F.relu(1 + false - own).mean(),
        }
        weights = {
            "joint": 1.0,
            "instance": r.instance_weight,
            "recolor": r.recolor_weight,
            "pair": r.pair_weight,
            "align": r.align_weight,
        }
        if pair:
            losses["align"] = discrepancy(right, torch.cat(pair))
            losses["pair"] = joint_embedding_loss(self.call("generator", "scores", *pair), batch["thing"])
        self.update("generator", torch.stack([weights[k] * v for k, v in losses.items()]).sum(), longest=5.0)
        with torch.no_grad():
            losses["found"] = (scores.argmax(1) == torch.arange(len(scores), device=scores.device)).float().mean()
        return losses

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """A row for each sentence: its own picture, then those of the held-out ones that fit it best."""
        gallery, device = self.gallery, self.accelerator.device
        pictures = generator.image(gallery.pooled.to(device))  # type: ignore[operator]
        sentences = generator.text(gallery.tokens.to(device).long())  # type: ignore[operator]
        best = (sentences @ pictures.T).topk(SHOWN, 1).indices.cpu()
        shown = torch.cat([gallery.own[:, None], best], 1).flatten()
        return from_pixels(gallery.pictures[shown.numpy()]), 1 + SHOWN


def gallery_of(data: Captioned, pooled: np.ndarray, vocabulary: Vocabulary, count: int = 8) -> Gallery:
    """The first captions of some held-out pictures, and all these pictures."""
    rows = data.rows("val")
    own = torch.linspace(0, len(rows) - 1, min(count, len(rows))).long()
    tokens = vocabulary.tokens([data.captions[rows[i]][0] for i in own])
    return Gallery(tokens, data.images[rows], torch.from_numpy(pooled[0, rows].astype(np.float32)), own)
