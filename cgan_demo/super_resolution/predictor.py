"""Enlarges a picture four times, with or without the help of other photos: PIL in, PIL out.

Everything that takes time is done once for a picture and its references; the two sliders then only add up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from .. import checks
from ..errors import InputError
from ..images import Progress, Source, listed, open_image, to_tensor, translate_tiled
from .kept import Kept, keep, plain_as_it_was
from .matching import best_match, coarse_to_fine_match
from .reference import PATCH, STEP, Describer, Moved, ReferenceSR, cut, described, no_reference, noise_like, put
from .resampling import bicubic
from .scaling import FACTOR, LARGEST, LARGEST_REFERENCE, MOST_REFERENCES, SMALLEST, trimmed
from .srntt import SRNTT

SCALES = (1.0, 1.33, 0.75)  # at which references are looked at: what they show is seldom as large as in the picture
MOST_SCORES = 4e9  # of places with each other, some seconds; beyond it references are looked at as they are
STRIP = 1 << 14  # places whose patches are in memory at once
TILE, OVERLAP = 192, 32  # px of the small picture


@dataclass(frozen=True)
class Origin:
    """Where each 4 x 4 px of an enlargement found its match.

    reference: (h, w) which of the references. row, column: (h, w) px in it, upper left corner. score: (h, w), -1 to 1.
    """

    reference: Tensor
    row: Tensor
    column: Tensor
    score: Tensor


@dataclass
class Prepared:
    """A picture and its references, looked at and compared; `SuperResolver.render` makes pictures of it.

    low: (1, 3, h, w) in [-1, 1]. plain: (1, 3, 4h, 4w), without any reference, faithful.
    moved, origin: what the references say and from where, or None without any. references: as they were compared.
    """

    kept: Kept
    low: Tensor
    plain: Tensor
    moved: Moved | None
    origin: Origin | None
    references: list[Image.Image]
    _details: dict[str, Tensor] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def detail(self, name: str, make: Callable[[], Tensor]) -> Tensor:
        """What a transfer network adds to `plain`; made when first asked for."""
        with self._lock:
            if name not in self._details:
                self._details[name] = make()
            return self._details[name]


class SuperResolver:
    """Enlarges pictures four times. Built once; calls change nothing in it, so threads may share it.

    Args:
        network: a `ReferenceSR`, or a plain network such as `SRResNet`, which knows neither references nor sharpness.
        exact: compare every place with every other; by default as `matching.coarse_to_fine_match` does, which takes a
            fraction of the time and finds as good ones.
    """

    def __init__(self, network: nn.Module, device: torch.device | str = "cpu", model_id: str = "", exact: bool = False):
        self.network = network.to(device).eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.device = torch.device(device)
        self.model_id = model_id
        self.plain_only = not isinstance(network, ReferenceSR)
        self.match = _exact_match if exact else coarse_to_fine_match

    def __call__(
        self,
        photo: Source,
        references: Source | Iterable[Source] | None = (),
        reference_weight: float = 1.0,
        sharpness: float = 0.5,
        on_progress: Progress | None = None,
    ) -> Image.Image:
        """`photo`, four times as large on each side, of the mode that it came in.

        Args:
            photo: 8 to 640 px a side. Grey stays grey, transparency is enlarged too, 16 bits of grey stay 16.
            references: up to five photos of the same thing or the like, or one, or None; larger ones are shrunk to
                1024 px.
            reference_weight: 0 to 1, how much of what they add is taken; 0 is as without them.
            sharpness: 0, as near to the truth as can be said, to 1, as sharp as such things are.
            on_progress: told (done, total).

        Raises:
            InputError: a picture or number outside of that.
        """
        reference_weight, sharpness = _checked(reference_weight, sharpness)
        halves = _Steps(on_progress, 2)
        return self.render(self.prepare(photo, references, halves), reference_weight, sharpness, halves)

    @torch.inference_mode()
    def prepare(
        self,
        photo: Source,
        references: Source | Iterable[Source] | None = (),
        on_progress: Progress | None = None,
    ) -> Prepared:
        """Read a picture and its references, enlarge the one plainly, find what of the others suits; see `__call__`."""
        kept = keep(photo)
        height, width = kept.values.shape[2:]
        if not min(height, width) >= SMALLEST or max(height, width) > LARGEST:
            raise InputError(
                f"The picture is {width} x {height} pixels: give one of {SMALLEST} to {LARGEST} a side, for it "
                f"becomes {FACTOR} times as large; shrink or crop a larger one first."
            )
        references = listed(references)
        if len(references) > MOST_REFERENCES:
            raise InputError(f"These are {len(references)} references: give at most {MOST_REFERENCES}.")
        if references and self.plain_only:
            raise InputError(f"The model {self.model_id} takes no references: leave them out.")
        pictures = [_reference(source) for source in references]
        low = kept.values.to(self.device)
        steps = _Steps(on_progress, 2 if pictures else 1)
        plain = self._tiled(self.network, low, steps)
        moved, origin = self._compare(low, pictures, steps) if pictures else (None, None)
        return Prepared(kept, low, plain, moved, origin, pictures)

    @torch.inference_mode()
    def render(
        self,
        prepared: Prepared,
        reference_weight: float = 1.0,
        sharpness: float = 0.5,
        on_progress: Progress | None = None,
    ) -> Image.Image:
        """The enlargement of what was prepared, at these settings; see `__call__`."""
        values = self.values(prepared, reference_weight, sharpness, on_progress)
        alpha = prepared.kept.alpha
        return prepared.kept.restored(values.cpu(), bicubic(alpha).clamp(0, 1) if alpha is not None else None)

    @torch.inference_mode()
    def values(
        self,
        prepared: Prepared,
        reference_weight: float = 1.0,
        sharpness: float = 0.5,
        on_progress: Progress | None = None,
    ) -> Tensor:
        """`render` as numbers, (1, 3, 4h, 4w) in [-1, 1]."""
        reference_weight, sharpness = _checked(reference_weight, sharpness)
        weight = reference_weight if prepared.moved is not None else 0.0
        shares = {
            "faithful": (1 - sharpness) * weight,
            "sharp": sharpness * weight,
            "sharp alone": sharpness * (1 - weight) * (not self.plain_only),
        }
        made, asked = prepared.plain.clone(), {name: share for name, share in shares.items() if share}
        steps = _Steps(on_progress, len(asked) or 1)
        if not asked:
            steps(1, 1)
        for name, share in asked.items():
            made += share * prepared.detail(name, lambda name=name: self._detail(prepared, name, steps))  # type: ignore[misc]
        return plain_as_it_was(prepared.low, made.clamp_(-1, 1), FACTOR)

    def _detail(self, prepared: Prepared, name: str, steps: _Steps) -> Tensor:
        plain = prepared.plain
        moved = no_reference(plain, noise_like(plain)) if name == "sharp alone" else prepared.moved
        assert moved is not None
        transfer = self.network.get_submodule(name.split()[0])
        high = [F.pixel_unshuffle(x, FACTOR) for x in (prepared.plain, moved.patches, moved.cells)]
        sizes = [3, 1, *(x.shape[1] for x in high)]

        def run(tile: Tensor) -> Tensor:
            low, score, *large = tile.split(sizes, 1)
            plain, patches, cells = (F.pixel_shuffle(x, FACTOR) for x in large)
            return transfer(plain, low, Moved(patches, cells, score))

        return self._tiled(run, torch.cat([prepared.low, moved.score, *high], 1), steps)

    @staticmethod
    def _tiled(run: Callable[[Tensor], Tensor], x: Tensor, on_progress: Progress | None = None) -> Tensor:
        if max(x.shape[2:]) <= TILE + TILE // 2:
            y = run(x)
            if on_progress:
                on_progress(1, 1)
            return y
        return translate_tiled(run, x, TILE, OVERLAP, 1, on_progress, scale=FACTOR)

    def _compare(self, low: Tensor, pictures: list[Image.Image], steps: _Steps) -> tuple[Moved, Origin]:
        """The best place of all references for each place of the picture, and what lies there."""
        height, width = low.shape[2:]
        describer = cast("Describer", self.network.get_submodule("describer"))
        asked, views = describer(low)[0], list(_views(pictures, height * width))
        score = low.new_full((height * width,), -2.0)
        zeros = torch.zeros(height * width, dtype=torch.int64, device=low.device)
        view, place, which, row, column = (zeros.clone() for _ in range(5))
        for number, (reference, scale, picture) in enumerate(views):
            known = described(describer, to_tensor(picture).to(self.device))[0]
            index, found = self.match(asked, known)
            better = found > score
            index, columns = index[better], known.shape[2]
            score[better], view[better], place[better] = found[better], number, index
            which[better] = reference
            row[better], column[better] = ((STEP * x / scale).long() for x in (index // columns, index % columns))
            steps(number + 1, len(views))
        shown = [to_tensor(picture).to(self.device) for _, _, picture in views]
        moved = _moved(shown, view.view(height, width), place.view(height, width), score.view(height, width))
        return moved, Origin(*(x.view(height, width).cpu() for x in (which, row, column, score)))


def _moved(views: list[Tensor], view: Tensor, place: Tensor, score: Tensor) -> Moved:
    """What lies at places (h, w) of several pictures, put in the picture's frame; some rows at a time.

    A patch reaches one cell beyond its own, so each strip is made with a row more on either side.
    """
    height, width = view.shape
    rows, strips = max(1, STRIP // width), []
    for top in range(0, height, rows):
        above, last = min(1, top), min(top + rows, height)
        strip = slice(top - above, min(last + 1, height))
        patches = score.new_zeros(view[strip].numel(), 3, PATCH, PATCH)
        for number, picture in enumerate(views):
            here = view[strip].flatten() == number
            patches[here] = cut(picture, place[strip].flatten()[here])
        moved = put(patches[None], score[strip].reshape(1, -1), *view[strip].shape)
        middle = slice(FACTOR * above, FACTOR * (above + last - top))
        strips.append((moved.patches[:, :, middle], moved.cells[:, :, middle]))
    patches, cells = (torch.cat(x, 2) for x in zip(*strips, strict=True))
    return Moved(patches, cells, score[None, None])


class _Steps:
    """Progress over several jobs of unknown length, each counted as one hundred steps."""

    def __init__(self, on_progress: Progress | None, jobs: int):
        self.on_progress, self.jobs, self.done = on_progress, jobs, 0

    def __call__(self, done: int, total: int) -> None:
        if self.on_progress:
            self.on_progress(100 * self.done + 100 * done // total, 100 * self.jobs)
        self.done += done == total


def _exact_match(query: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    return best_match(query, reference[None], 1)


def _views(pictures: list[Image.Image], asked: int) -> Iterator[tuple[int, float, Image.Image]]:
    """References at each of the scales, or as they are where that would be too many places for `asked` ones.

    Yields: number of the reference, scale, picture.
    """
    known = sum(p.width * p.height * s * s / FACTOR**2 for p in pictures for s in SCALES)
    for number, picture in enumerate(pictures):
        for scale in SCALES if asked / 4 * known <= MOST_SCORES else SCALES[:1]:
            size = [round(side * scale) for side in picture.size]
            if scale == 1 or min(size) >= 3 * FACTOR:
                yield number, scale, picture if scale == 1 else trimmed(picture.resize(size, Image.Resampling.BICUBIC))


def _reference(source: Source) -> Image.Image:
    """A reference, its sides multiples of four and at most 1024 px."""
    picture = open_image(source)
    if max(picture.size) > LARGEST_REFERENCE:
        picture.thumbnail((LARGEST_REFERENCE, LARGEST_REFERENCE), Image.Resampling.LANCZOS)
    if min(picture.size) < 3 * FACTOR:
        raise InputError(f"A reference is {picture.width} x {picture.height} pixels: give larger ones.")
    return trimmed(picture)


def _checked(reference_weight: float, sharpness: float) -> tuple[float, float]:
    weight = checks.number("reference weight", reference_weight, 0, 1)
    return weight, checks.number("sharpness", sharpness, 0, 1)


def make_predictor(network: nn.Module, device: torch.device | str = "cpu", model_id: str = "") -> SuperResolver:
    """The predictor of a network of this room.

    Raises:
        InputError: SRNTT, which needs VGG-19 to look at a picture.
    """
    if isinstance(network, SRNTT):
        raise InputError("SRNTT looks at pictures through VGG-19 and is here to be trained and read, not to be served.")
    return SuperResolver(network, device, model_id)
