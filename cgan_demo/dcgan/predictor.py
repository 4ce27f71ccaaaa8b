"""Walks a latent space: seeds, shares and amounts in, PIL pictures out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from .. import latent as ways
from ..checks import integer, number
from ..errors import InputError
from ..face_finder.predictor import Finder, bundled_finder
from ..images import Source, open_image, to_pil, to_tensor
from ..layers import folded
from .inversion import OnProgress, middle_square, refined
from .model import Direction, LatentModel
from .results import Arithmetic, Projection

SEEDS = 2**32  # seeds are below
MOST = 256  # pictures of a call
BATCH = 16  # pictures painted at once


class LatentExplorer:
    """Paints pictures from places in a latent space, and finds places. Built once; calls change nothing in it.

    Args:
        network: in `eval()`; put on `device`.
        finder: gives the face finder; asked for when a model of faces is shown a photo.
    """

    def __init__(
        self,
        network: LatentModel,
        device: torch.device | str = "cpu",
        model_id: str = "",
        finder: Callable[[], Finder] | None = None,
    ):
        self.network = network.to(device).eval().requires_grad_(False)
        self.generator = folded(self.network.generator)
        self.device = torch.device(device)
        self.model_id = model_id
        self._finder = finder

    @property
    def size(self) -> int:
        """Side of the pictures in px."""
        return self.network.size

    @property
    def latent_size(self) -> int:
        """Numbers of a latent."""
        return self.network.latent

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The ways that `move` knows, each with its name, range and measured effect."""
        return self.network.directions

    def __call__(self, seed: int = 0, truncation: float = 1.0) -> Image.Image:
        """The picture of a seed, a square of `size` px.

        Args:
            seed: 0 to 2**32 - 1. truncation: 0 the average picture, 1 as in training, up to 1.5.

        Raises:
            InputError: something outside of that.
        """
        return self.sample(1, seed, truncation)[0]

    def sample(self, count: int = 16, seed: int = 0, truncation: float = 1.0) -> list[Image.Image]:
        """The pictures of the seeds `seed`, `seed` + 1, ..., up to 256 of them; see `__call__`."""
        count = integer("number of samples", count, 1, MOST)
        seed = integer("seed", seed, 0, SEEDS - count)
        truncation = number("truncation", truncation, 0, 1.5)
        return self.paint(ways.truncate(self.latents(range(seed, seed + count)), truncation))

    def latent(self, seed: int) -> Tensor:
        """The latent (Z,) of a seed, on the CPU. It depends on the seed alone."""
        return ways.draw(integer("seed", seed, 0, SEEDS - 1), self.latent_size, self.network.prior)

    def latents(self, seeds: Sequence[int]) -> Tensor:
        """The latents (N, Z) of several seeds."""
        latents = [self.latent(seed) for seed in _several(seeds)]
        if not latents:
            raise InputError("There are no seeds: give at least one.")
        return torch.stack(latents)

    @torch.inference_mode()
    def paint(self, z: Tensor) -> list[Image.Image]:
        """A picture for each latent of z (N, Z), up to 256.

        Raises:
            InputError: another shape, or numbers that are not finite.
        """
        if not isinstance(z, Tensor) or z.ndim != 2 or z.shape[1] != self.latent_size or not 1 <= len(z) <= MOST:
            raise InputError(f"Give latents of shape (N, {self.latent_size}), N from 1 to {MOST}.")
        if not torch.isfinite(z).all():
            raise InputError("A latent has numbers that are not finite.")
        made = [self.generator(part.to(self.device).float()).float().cpu() for part in z.split(BATCH)]
        return [to_pil(x) for x in torch.cat(made)]

    def interpolate(
        self, a: int | Tensor, b: int | Tensor, steps: int = 9, spherical: bool = True, truncation: float = 1.0
    ) -> list[Image.Image]:
        """From one place to another in `steps` pictures, 2 to 256, both ends among them.

        Args:
            a, b: seeds, or latents (Z,). spherical: along an arc; else along a straight line.
            truncation: of the seeds, see `place`.

        Raises:
            InputError: something outside of that.
        """
        shares = torch.linspace(0, 1, integer("number of steps", steps, 2, MOST))
        return self.paint(self.way(spherical)(self.place(a, truncation), self.place(b, truncation), shares))

    def between(
        self, a: int | Tensor, b: int | Tensor, share: float, spherical: bool = True, truncation: float = 1.0
    ) -> Image.Image:
        """One picture between two places: `a` at share 0, `b` at share 1; see `interpolate`."""
        share = number("share", share, 0, 1)
        way = self.way(spherical)
        return self.paint(way(self.place(a, truncation), self.place(b, truncation), share)[None])[0]

    def walk(
        self,
        seeds: Sequence[int | Tensor],
        steps: int = 12,
        loop: bool = True,
        spherical: bool = True,
        truncation: float = 1.0,
    ) -> list[Image.Image]:
        """Through several places with `steps` pictures from each to the next, up to 256 in all.

        seeds: two or more, or latents. loop: back to the first, so that an animation goes round.
        truncation: of the seeds, see `place`.
        """
        seeds = _several(seeds)
        if len(seeds) < 2:
            raise InputError("A walk needs at least two seeds.")
        steps = integer("number of steps", steps, 1, MOST)
        parts = len(seeds) if loop else len(seeds) - 1
        if parts * steps + (not loop) > MOST:
            raise InputError(f"The walk would have {parts * steps} pictures: at most {MOST} are painted.")
        return self.paint(ways.path([self.place(s, truncation) for s in seeds], steps, loop, self.way(spherical)))

    def pad(
        self, corners: Sequence[int | Tensor], x: float, y: float, spherical: bool = True, truncation: float = 1.0
    ) -> Image.Image:
        """A place on a pad of four corners: upper left, upper right, lower left, lower right.

        x: 0 left to 1 right. y: 0 above to 1 below. truncation: of the seeds among the corners, see `place`.
        """
        corners = _several(corners)
        if len(corners) != 4:
            raise InputError(f"A pad has four corners, not {len(corners)}.")
        x, y = number("place across", x, 0, 1), number("place down", y, 0, 1)
        places = [self.place(corner, truncation) for corner in corners]
        return self.paint(ways.bilinear(places, x, y, self.way(spherical))[None])[0]

    def arithmetic(
        self,
        a: Sequence[int | Tensor],
        b: Sequence[int | Tensor],
        c: Sequence[int | Tensor],
        truncation: float = 1.0,
    ) -> Arithmetic:
        """mean(A) - mean(B) + mean(C), each of one to 16 seeds or latents; the paper takes three.

        The answer is brought back to the length that draws have where it is longer. truncation: of the seeds.
        """
        terms = self._term("A", a, truncation), self._term("B", b, truncation), self._term("C", c, truncation)
        length = math.sqrt(self.latent_size / (3 if self.network.prior == "uniform" else 1))
        z = ways.arithmetic(*terms, length)
        mean_a, mean_b, mean_c, answer = self.paint(torch.stack([*(term.mean(0) for term in terms), z]))
        samples = self.paint(terms[0]), self.paint(terms[1]), self.paint(terms[2])
        return Arithmetic(mean_a, mean_b, mean_c, samples, answer, z)

    def _term(self, name: str, seeds: Sequence[int | Tensor], truncation: float) -> Tensor:
        seeds = _several(seeds)
        if not 1 <= len(seeds) <= 16:
            raise InputError(f"{name} has {len(seeds)} seeds: give one to 16.")
        return torch.stack([self.place(seed, truncation) for seed in seeds])

    def place(self, where: int | Tensor, truncation: float = 1.0) -> Tensor:
        """The latent (Z,) of a seed, truncated as in `__call__`; a latent, such as a picture's, is taken as it is."""
        truncation = number("truncation", truncation, 0, 1.5)
        if not isinstance(where, Tensor):
            return ways.truncate(self.latent(where), truncation)
        if where.shape != (self.latent_size,):
            raise InputError(f"A latent of this model has shape ({self.latent_size},), not {tuple(where.shape)}.")
        return where.detach().cpu().float()

    @staticmethod
    def way(spherical: bool) -> ways.Way:
        return ways.spherical if spherical else ways.linear

    def move(self, z: Tensor, amounts: Mapping[str, float]) -> Tensor:
        """z (..., Z) moved along directions by their names, each amount within its direction's range.

        Raises:
            InputError: no such direction, or an amount outside of its range.
        """
        numbers = {d.name: k for k, d in enumerate(self.directions)}
        told = torch.zeros(len(numbers))
        for name, amount in amounts.items():
            if name not in numbers:
                known = ", ".join(numbers) or "none"
                raise InputError(f"There is no direction {name!r}; this model has {known}.")
            direction = self.directions[numbers[name]]
            told[numbers[name]] = number(name, amount, direction.low, direction.high)
        return ways.move(z.cpu(), self.network.vectors.cpu(), told)

    def frame(self, photo: Source) -> Image.Image:
        """What `project` looks at of a photo, `size` px a side: its face where the model knows faces, else its middle.

        Raises:
            InputError: the picture cannot be read; no face, or several of about the same size.
        """
        if self.network.framing == "face" and self._finder is not None:
            picture = self._finder().aligned(photo)
        else:
            picture = middle_square(open_image(photo))
        return picture.resize((self.size, self.size), Image.Resampling.LANCZOS)

    def project(
        self, photo: Source, steps: int = 100, on_progress: OnProgress | None = None, framed: bool = False
    ) -> Projection:
        """The place whose picture is nearest to `photo`: read by the inverter, then refined in `steps`, 0 to 500.

        Args:
            on_progress: called after each step with the steps done and the steps in all.
            framed: the photo is cut already, see `frame`.

        Raises:
            InputError: see `frame`; or the model has no inverter.
        """
        if self.network.inverter is None:
            raise InputError(f"{self.model_id or 'This model'} cannot read pictures: it has no inverter.")
        steps = integer("number of steps", steps, 0, 500)
        target = middle_square(open_image(photo)) if framed else self.frame(photo)
        target = target.resize((self.size, self.size), Image.Resampling.LANCZOS)
        return refined(self.generator, self.network.inverter, to_tensor(target).to(self.device), steps, on_progress)


def _several(places: Any) -> list[Any]:
    """Seeds or latents, of which one alone is a list of one."""
    one = not isinstance(places, Iterable) or (isinstance(places, Tensor) and places.ndim < 2)
    return [places] if one or isinstance(places, str) else list(places)


def make_predictor(network: Any, device: torch.device | str = "cpu", model_id: str = "") -> LatentExplorer:
    """The predictor of a latent model, with the bundled face finder, which one of faces needs."""
    return LatentExplorer(network, device, model_id, bundled_finder(device))
