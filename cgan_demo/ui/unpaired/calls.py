"""What the events of the tab "Unpaired" do: what its components hold in, what they show next out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image, ImageChops, ImageStat

from ..components import ModelStore, captioned, selected
from ..uploads import removing

TO_ZEBRA, TO_HORSE = "Horse → Zebra", "Zebra → Horse"
MODEL_IDS = {TO_ZEBRA: "horse-to-zebra", TO_HORSE: "zebra-to-horse"}
ANIMALS = {TO_ZEBRA: ("horse", "zebra"), TO_HORSE: ("zebra", "horse")}
LARGEST = 1024  # px a side, to which photos are shrunk
GAIN = 3
SIZES, SIZE = (96, 384), 160  # px at which the networks can look, and do at first

Pictures = Mapping[str, Image.Image]


@dataclass(frozen=True)
class Given:
    """A photo, the direction it was translated in, and the translation at full strength, seen at `size` px."""

    photo: Image.Image
    direction: str
    made: Image.Image
    size: float
    example: bool = False

    def shown(self, strength: float) -> tuple[Image.Image, Image.Image]:
        """The photo, and it with a share of the change."""
        return self.photo, Image.blend(self.photo, self.made, strength)


@dataclass(frozen=True)
class Calls:
    """Most give new values of what was given, of the result, and of the pictures there and back.

    examples: by direction. uploads: the folder from which uploads are removed.
    """

    models: ModelStore
    examples: Mapping[str, Pictures]
    failures: Pictures
    uploads: str

    def open(
        self, given: Given | None, direction: str, strength: float, size: float, progress: Any = gr.Progress()
    ) -> tuple:
        """The first example, unless there is something already."""
        return (gr.skip(),) * 3 if given else self._example(0, direction, strength, size, progress)

    def upload(
        self, path: str | None, direction: str, strength: float, size: float, progress: Any = gr.Progress()
    ) -> tuple:
        """And the emptied upload."""
        with removing([path], self.uploads):
            photo = opened(path)
        return *self._shown(photo, direction, strength, size, progress), None

    def choose(
        self, direction: str, strength: float, size: float, event: gr.EventData, progress: Any = gr.Progress()
    ) -> tuple:
        return self._example(selected(event, len(self.examples[direction])), direction, strength, size, progress)

    def fail(
        self, direction: str, strength: float, size: float, event: gr.EventData, progress: Any = gr.Progress()
    ) -> tuple:
        photo = list(self.failures.values())[selected(event, len(self.failures))]
        return self._shown(photo, direction, strength, size, progress)

    def turn(
        self, given: Given | None, direction: str, strength: float, size: float, progress: Any = gr.Progress()
    ) -> tuple:
        """And the examples of the other direction; a visitor's own photo stays."""
        gallery = captioned(self.examples[direction])
        if given and not given.example:
            return *self._shown(given.photo, direction, strength, size, progress), gallery
        return *self._example(0, direction, strength, size, progress), gallery

    def again(
        self, given: Given | None, direction: str, strength: float, size: float, progress: Any = gr.Progress()
    ) -> tuple:
        """The same photo, seen at another size."""
        if given is None:
            return (gr.skip(),) * 3
        return self._shown(given.photo, direction, strength, size, progress, given.example)

    def mix(self, given: Given | None, strength: float) -> Any:
        return given.shown(strength) if given else gr.skip()

    def there_and_back(self, given: Given | None) -> Any:
        """The photo, there, back, and what the cycle lost, each with a caption."""
        if given is None:
            raise gr.Error("Choose a photo first, or click an example.", print_exception=False)
        start, end = ANIMALS[given.direction]
        other = next(way for way in MODEL_IDS if way != given.direction)
        back = translated(self.models, given.made, other, 1.0, given.size)
        apart = ImageChops.difference(given.photo, back)
        lost = sum(ImageStat.Stat(apart).mean) / 3
        pictures = [
            (given.photo, f"1 · {start}, yours"),
            (given.made, f"2 · {end}, from 1"),
            (back, f"3 · {start}, from 2"),
            (apart.point(lambda value: min(255, value * GAIN)), f"difference ×{GAIN} · mean {lost:.1f} of 255"),
        ]
        return gr.update(value=pictures, visible=True)

    def _example(self, index: int, direction: str, strength: float, size: float, progress: Any) -> tuple[Any, ...]:
        photo = list(self.examples[direction].values())[index]
        return self._shown(photo, direction, strength, size, progress, example=True)

    def _shown(
        self,
        photo: Image.Image,
        direction: str,
        strength: float,
        size: float,
        progress: Any,
        example: bool = False,
    ) -> tuple[Any, ...]:
        made = translated(self.models, photo, direction, 1.0, size, progress)
        given = Given(photo, direction, made, size, example)
        return given, given.shown(strength), gr.update(visible=False)


def opened(path: str | None) -> Image.Image:
    """An uploaded photo, at most `LARGEST` px a side.

    Raises:
        InputError: it cannot be read.
    """
    from ...images import open_image

    if path is None:
        raise gr.Error("Choose a photo first, or click an example.", print_exception=False)
    photo = open_image(path)
    photo.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    return photo


def translated(
    models: ModelStore, photo: Image.Image, direction: str, strength: float, size: float, progress: Any = None
) -> Image.Image:
    """See `cyclegan.predictor.UnpairedTranslator`."""

    def report(done: int, total: int) -> None:
        if progress is not None and total > 1:
            progress((done, total), desc="Translating tiles")

    return models(MODEL_IDS[direction])(photo, strength=strength, size=int(size), on_progress=report)
