"""Paints sentences: a sentence in, PIL pictures out."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from ..checks import integer
from ..errors import InputError, WeightsCorrupt
from ..images import Source, open_image, to_pil, to_tensor
from ..latent import spherical
from .model import TextToImage
from .paper import NOISE
from .text import all_words, words

LONGEST = 300  # letters of a sentence
MOST = 64  # pictures of a call
SEEDS = 2**32  # seeds are below


@dataclass(frozen=True)
class Word:
    """A word of a sentence, and whether the encoder learned it; if not, it is guessed at by those of its letters that
    English has."""

    text: str
    known: bool


@dataclass(frozen=True)
class Reading:
    """A sentence that has been read: its words, and the vector (256,) that pictures are painted from."""

    sentence: str
    words: tuple[Word, ...]
    vector: Tensor


class TextPainter:
    """Paints pictures of what a sentence says. Built once; calls change nothing in it.

    The numbers of sentences, noise and styles that it gives and takes lie on the CPU, whatever the network is on.

    Args:
        network: in `eval()`; put on `device`.
    """

    def __init__(self, network: TextToImage, device: torch.device | str = "cpu", model_id: str = ""):
        self.network = network.to(device).eval()
        self.device = torch.device(device)
        self.model_id = model_id

    @property
    def size(self) -> int:
        """Side of the pictures in px."""
        return int(self.network.generator.size)  # type: ignore[arg-type]

    def __call__(self, sentence: str, seed: int = 0, style: Source | None = None, *, count: int | None = None) -> Any:
        """A picture of what a sentence says; see `variations` for several of them, and for the arguments.

        count: what it was before there was `variations`, which takes its place; gives a list.
        """
        if count is None:
            return self.variations(sentence, 1, seed, style)[0]
        said = "count=n is going: write model.variations(sentence, n, ...), which gives a list as well."
        warnings.warn(said, DeprecationWarning, stacklevel=2)
        return self.variations(sentence, count, seed, style)

    def variations(
        self, sentence: str, count: int = 8, seed: int = 0, style: Source | None = None
    ) -> list[Image.Image]:
        """Pictures of what a sentence says.

        Args:
            sentence: of 1 to 300 letters.
            count: how many, 1 to 64. seed: of the first; the others have the seeds that follow it.
            style: a picture whose background and pose the first takes over, as well as they can be read off it; the
                others lie around it.

        Returns:
            Squares of `size` px.

        Raises:
            InputError: something outside of that.
        """
        vector, noise = self.read(sentence).vector, self.noise(seed, count)
        if style is not None:
            noise = self.around(self.style_of(style), noise)
        return self.paint(vector, noise)

    @torch.inference_mode()
    def read(self, sentence: str) -> Reading:
        """Read a sentence.

        Raises:
            InputError: it is no text, has no words, or more than 300 letters.
        """
        if not isinstance(sentence, str):
            raise InputError(f"The sentence is {type(sentence).__name__}: give text.")
        if len(sentence) > LONGEST:
            raise InputError(f"The sentence has {len(sentence)} letters: give at most {LONGEST}.")
        if not words(sentence):
            raise InputError("The sentence has no words: describe what you would like to see, in English.")
        vocabulary = self.network.encoder.vocabulary
        vector = self.network.encoder.read([sentence])[0].cpu()
        return Reading(sentence, tuple(Word(word, word in vocabulary) for word in all_words(sentence)), vector)

    def noise(self, seed: int, count: int = 1) -> Tensor:
        """The noise of the seeds `seed`, `seed` + 1, ...: (count, 100). Each depends on its own seed alone.

        Raises:
            InputError: a count outside of 1 to 64, or a seed that is no whole number from 0 to 2**32 - 65.
        """
        count, seed = integer("count", count, 1, MOST), integer("seed", seed, 0, SEEDS - 1 - MOST)
        drawn = [torch.randn(NOISE, generator=torch.Generator().manual_seed(seed + i)) for i in range(count)]
        return torch.stack(drawn)

    @torch.inference_mode()
    def paint(self, vector: Tensor, noise: Tensor) -> list[Image.Image]:
        """A picture for each row of noise (N, 100), of one sentence's vector (256,) or one of each, (N, 256)."""
        sentences = vector.expand(len(noise), -1) if vector.ndim == 1 else vector
        made = self.network.generator(noise.to(self.device), sentences.to(self.device))
        return [to_pil(x) for x in made.float().clamp(-1, 1).cpu().split(1)]

    @torch.inference_mode()
    def style_of(self, picture: Source) -> Tensor:
        """The noise (100,) that the style encoder reads off a picture; of one that is not square, off its middle.

        Raises:
            InputError: the picture cannot be read, or the model has no style encoder.
        """
        if self.network.style is None:
            raise InputError(f"{self.model_id or 'This model'} has no style encoder: leave style out.")
        x = to_tensor(_middle(open_image(picture))).to(self.device)
        return self.network.style(x)[0].cpu()

    @staticmethod
    def around(style: Tensor, noise: Tensor, share: float = 0.35) -> Tensor:
        """Noise near a style: the first row is the style itself, each other leans a little to its own noise.

        Args:
            style: (100,). noise: (N, 100). share: how far, 0 not at all, 1 to what has nothing of the style.
        """
        near = (1 - share**2) ** 0.5 * style + share * noise  # as long as noise is, whatever the share
        near[0] = style
        return near

    def between_sentences(self, a: str, b: str, seed: int = 0, steps: int = 8) -> list[Image.Image]:
        """From one sentence to another with the noise of one seed, in `steps` pictures, both ends among them.

        Raises:
            InputError: see `read` and `noise`; steps outside of 2 to 64.
        """
        share = self._shares(steps)
        vectors = torch.lerp(self.read(a).vector, self.read(b).vector, share)
        return self.paint(vectors, self.noise(seed).expand(len(share), -1))

    def between_seeds(self, sentence: str, seed_a: int, seed_b: int, steps: int = 8) -> list[Image.Image]:
        """From the noise of one seed to that of another under one sentence, in `steps` pictures, both ends among them.

        The way is along an arc: half-way between two draws of normal noise lies none that is as long.

        Raises:
            InputError: see `read` and `noise`; steps outside of 2 to 64.
        """
        share = self._shares(steps)
        (a,), (b,) = self.noise(seed_a), self.noise(seed_b)
        return self.paint(self.read(sentence).vector, spherical(a, b, share[:, 0]))

    def _shares(self, steps: int) -> Tensor:
        return torch.linspace(0, 1, integer("number of steps", steps, 2, MOST))[:, None]


def _middle(picture: Image.Image) -> Image.Image:
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((left, top, left + side, top + side))


def make_predictor(network: nn.Module, device: torch.device | str = "cpu", model_id: str = "") -> TextPainter:
    """The predictor of a text-to-image model.

    Raises:
        WeightsCorrupt: the network is only the embedding that one is trained from.
    """
    if not isinstance(network, TextToImage):
        raise WeightsCorrupt(f"{model_id} only reads sentences: train and export the recipe bundled with it as --base.")
    return TextPainter(network, device, model_id)
