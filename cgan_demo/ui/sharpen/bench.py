"""What the tab "Sharpen" computes: pictures and numbers in and out; what its parts are sent is in view.py.

Uploads are removed once read. A visitor's session keeps the pictures themselves; what the model prepared of them, which
is a hundred times as much, lies on a shelf that all visitors share and that is bounded.
"""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from PIL import Image

from ...errors import InputError
from ...super_resolution.scaling import FACTOR, LARGEST, LARGEST_REFERENCE, MOST_REFERENCES
from ..components import ModelStore

if TYPE_CHECKING:  # torch is slow to import, and the page is laid out without it
    from ...super_resolution.predictor import Prepared, SuperResolver

MODEL_ID = "super-resolution"
LARGEST_ORIGINAL = FACTOR * LARGEST  # px a side
ROOM = 2 * LARGEST**2  # px of small pictures on the shelf; a pixel takes about a kilobyte
LIVE = 1_100_000  # px of an enlargement up to which it is measured while a slider moves

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Given:
    """What a visitor gave. Every change of it is a new one with a new key; see `changed`.

    photo: in its own mode, or None. references: RGB, at most 1024 px a side.
    example, lent: whether photo and references are of ours; an example is an original, to be shrunk and compared with.
    """

    photo: Image.Image | None = None
    references: tuple[Image.Image, ...] = ()
    example: bool = False
    lent: bool = False
    key: str = field(default_factory=lambda: uuid.uuid4().hex)

    def changed(self, **values: Any) -> Given:
        return replace(self, key=uuid.uuid4().hex, **values)

    def with_photo(self, photo: Image.Image) -> Given:
        """Another photo; references that were lent with the example go with it."""
        references = () if self.lent else self.references
        return self.changed(photo=photo, references=references, example=False, lent=False)

    def with_references(self, pictures: Sequence[Image.Image]) -> Given:
        """More references, in place of those that were lent.

        Raises:
            InputError: they would be more than five.
        """
        references = (() if self.lent else self.references) + tuple(pictures)
        if len(references) > MOST_REFERENCES:
            raise InputError(f"These would be {len(references)} references: at most {MOST_REFERENCES}, remove some.")
        return self.changed(references=references, lent=False)

    def without_reference(self, index: int) -> Given:
        if not 0 <= index < len(self.references):
            raise InputError("There is no such reference any more.")
        return self.changed(references=self.references[:index] + self.references[index + 1 :])


@dataclass(frozen=True)
class Bench:
    """What was given, made ready; settings are the weight of the references and the sharpness, both from 0 to 1.

    key: changes with it. low: what is enlarged, and bicubic: its plain enlargement, both as the page shows them.
    truth: the original, where it is known. measured: PSNR in dB and SSIM of `bicubic`.
    """

    resolver: SuperResolver
    key: str
    prepared: Prepared
    low: Image.Image
    bicubic: Image.Image
    truth: Image.Image | None
    measured: tuple[float, float] | None

    def picture(self, weight: float, sharpness: float, report: Report | None = None) -> Image.Image:
        """The enlargement as it is downloaded, in the photo's own mode."""
        return self.resolver.render(self.prepared, float(weight), float(sharpness), report)

    def shown(self, weight: float, sharpness: float, report: Report | None = None) -> Image.Image:
        """The enlargement as the page shows it: RGB of 8 bits, transparency on white."""
        return seen(self.picture(weight, sharpness, report))

    def rows(self, weight: float, sharpness: float, shown: Image.Image | None = None) -> list[tuple[str, float, float]]:
        """(name, PSNR in dB, SSIM) of bicubic, plain, and with references at these settings; empty without a truth."""
        if self.truth is None:
            return []
        shown = shown or self.shown(weight, sharpness)
        pictures = {"This model": shown}
        if self.prepared.moved:
            pictures = {"Without references": self.shown(0, sharpness), "With references": shown}
        measured = {"Bicubic": self.measured} | {n: measure(self.truth, p) for n, p in pictures.items()}
        return [(name, *numbers) for name, numbers in measured.items() if numbers]


class Shelf:
    """Keeps what was made last, up to `room` pixels; what fell off is made again when it is asked for."""

    def __init__(self, room: int = ROOM):
        self._room = room
        self._lock = threading.Lock()
        self._slots: OrderedDict[str, _Slot] = OrderedDict()

    def get(self, key: str, make: Callable[[], Bench]) -> Bench:
        """What lies under `key`, or is put there: who asks while it is being made waits for it."""
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
        with slot.lock:
            try:
                bench = slot.bench = slot.bench or make()
            finally:
                self._put(key, slot)
        return bench

    def _put(self, key: str, slot: _Slot) -> None:
        """Keep what was made, and nothing where that failed; others may have cleared its place meanwhile."""
        with self._lock:
            if slot.bench is not None:
                self._slots[key] = slot
            elif self._slots.get(key) is slot:
                del self._slots[key]
            while len(self._slots) > 1 and sum(slot.size for slot in self._slots.values()) > self._room:
                self._slots.popitem(last=False)

    def __len__(self) -> int:
        return sum(slot.bench is not None for slot in self._slots.values())


class _Slot:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.bench: Bench | None = None

    @property
    def size(self) -> int:
        return self.bench.low.width * self.bench.low.height if self.bench else 1


@dataclass(frozen=True)
class Sharpener:
    """The tab's model calls."""

    models: ModelStore
    shelf: Shelf = field(default_factory=Shelf)

    @property
    def resolver(self) -> SuperResolver:
        return self.models(MODEL_ID)  # type: ignore[return-value]

    def bench(self, given: Given | None, compare: bool, report: Report | None = None) -> Bench:
        """What was given, made ready, once; `compare`: its photo is an original, to be shrunk first.

        Raises:
            InputError: no photo, or one that is too large.
        """
        if given is None or given.photo is None:
            raise InputError("There is no picture yet: choose a small one, or click an example.")
        shrinks = bool(compare) or given.example
        key = f"{given.key}-{shrinks}"
        return self.shelf.get(key, lambda: self._prepare(key, given, shrinks, report))

    def _prepare(self, key: str, given: Given, shrinks: bool, report: Report | None) -> Bench:
        from ...super_resolution.scaling import enlarge, shrink, trimmed

        photo, resolver = given.photo, self.resolver
        assert photo is not None
        small = shrink(photo) if shrinks else photo
        prepared, low = resolver.prepare(small, given.references, report), seen(small)
        bicubic, truth = enlarge(low), seen(trimmed(photo, FACTOR)) if shrinks else None
        return Bench(resolver, key, prepared, low, bicubic, truth, measure(truth, bicubic))


def seen(picture: Image.Image) -> Image.Image:
    """Any picture as the page shows it: RGB of 8 bits, transparency on white."""
    from ...images import open_image

    return picture if picture.mode == "RGB" else open_image(picture)


def measure(truth: Image.Image | None, guess: Image.Image) -> tuple[float, float] | None:
    """PSNR in dB and SSIM, or None where the truth is not known."""
    from ...super_resolution.evaluation import psnr, ssim

    return (psnr(truth, guess), ssim(truth, guess)) if truth is not None else None


# ---- reading


def open_photo(path: str | None) -> Image.Image:
    """An uploaded photo, in its own mode, at most 2560 px a side.

    Raises:
        InputError: no picture, or a larger one.
    """
    from ...images import open_as_is

    photo = shrinkable(open_as_is(path))
    if max(photo.size) > LARGEST_ORIGINAL:
        raise InputError(
            f"The picture is {photo.width} x {photo.height} pixels: give one of at most {LARGEST} a side to enlarge, "
            f"or an original of at most {LARGEST_ORIGINAL} a side to shrink and compare."
        )
    return photo


def open_references(paths: Sequence[str] | None) -> list[Image.Image]:
    """Uploaded references, none larger than they are compared."""
    from ...images import open_reduced

    pictures = [open_reduced(path, LARGEST_REFERENCE)[0] for path in paths or ()]
    for picture in pictures:
        picture.thumbnail((LARGEST_REFERENCE, LARGEST_REFERENCE), Image.Resampling.LANCZOS)
    return pictures


def shrinkable(picture: Image.Image) -> Image.Image:
    """The same picture in a mode that can be resized smoothly: palettes and tables of transparency are resolved."""
    if picture.mode == "1":
        return picture.convert("L")
    if picture.has_transparency_data and picture.mode not in ("LA", "RGBA"):
        return picture.convert("LA" if picture.mode in ("L", "La") else "RGBA")
    return picture.convert("RGB") if picture.mode in ("P", "CMYK", "YCbCr", "LAB", "HSV") else picture
