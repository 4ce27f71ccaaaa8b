"""What the events of the tab "Map ↔ Aerial" do: what its components hold in, what they show next out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image, ImageChops, ImageStat

from ...errors import InputError
from ..components import ModelStore, beside, selected
from ..kept import Kept
from ..parts.paintpad import from_data_url, to_data_url
from ..seeds import MAX_SEED
from ..uploads import download, png_url

TO_AERIAL, TO_MAP = "Map → Aerial", "Aerial → Map"
MODEL_IDS = {TO_AERIAL: "map-to-aerial", TO_MAP: "aerial-to-map"}
KINDS = {TO_AERIAL: ("map", "aerial"), TO_MAP: ("aerial", "map")}
BACK = {TO_AERIAL: TO_MAP, TO_MAP: TO_AERIAL}
PAINT, UPLOAD = "paint", "upload"  # the tabs within the tab
DIFFERENCE_GAIN = 3
CANVAS = "maps-canvas"

Pair = tuple[Image.Image, Image.Image]


@dataclass(frozen=True)
class TwoWay:
    """The tab's two models, each of which leads back from what the other one makes."""

    models: ModelStore

    def __call__(self, direction: str, image: Image.Image, seed: float | None, progress: Any = None) -> Image.Image:
        def report(done: int, total: int) -> None:
            if progress is not None and total > 1:
                progress((done, total), desc="Translating tiles")

        return self.models(MODEL_IDS[direction])(image, seed=int(seed or 0), on_progress=report)

    def round_trip(self, direction: str, image: Image.Image, seed: float | None) -> list[tuple[Image.Image, str]]:
        """The picture, there, back, and the difference of first and last, each with a caption."""
        there = self(direction, image, seed)
        back = self(BACK[direction], there, seed)
        apart = ImageChops.difference(image, back)
        mean = sum(ImageStat.Stat(apart).mean) / 3
        start, end = KINDS[direction]
        brighter = apart.point(lambda value: min(255, value * DIFFERENCE_GAIN))
        return [
            (image, f"1 · {start}, yours"),
            (there, f"2 · {end}, from 1"),
            (back, f"3 · {start}, from 2"),
            (brighter, f"difference ×{DIFFERENCE_GAIN} · mean {mean:.1f} of 255"),
        ]


def uploaded(path: str | None) -> Image.Image:
    from ...images import open_image

    if path is None:
        raise InputError("Choose a picture first, or click an example.")
    return open_image(path)


@dataclass(frozen=True)
class Calls:
    """maps: examples; those of aerials are made of them by our own model."""

    two_way: TwoWay
    maps: list[Image.Image]

    def translate(
        self,
        direction: str,
        tab: str,
        canvas: str | None,
        upload: str | None,
        seed: float | None,
        progress: Any = gr.Progress(),
    ) -> Pair:
        image = self._given(direction, tab, canvas, upload)
        return image, self.two_way(direction, image, seed, progress)

    def first(
        self,
        direction: str,
        tab: str,
        canvas: str | None,
        upload: str | None,
        seed: float | None,
        kept: str | None,
        progress: Any = gr.Progress(),
    ) -> tuple[Any, ...]:
        """New values of result, canvas and seed: of what was kept, where something was."""
        if tab == UPLOAD and upload is None:  # a visitor comes back to an empty field
            return (gr.skip(),) * 3
        found = Kept.read(kept)
        painting, number = found.painting(CANVAS), found.integer("seed", MAX_SEED)
        chosen = seed if number is None else number
        pair = self.translate(direction, tab, painting or canvas, upload, chosen, progress)
        return pair, painting or gr.skip(), gr.skip() if number is None else number

    def choose(self, direction: str, seed: float | None, event: gr.EventData) -> tuple[Any, ...]:
        """An example: new values of the tab within the tab, twice, canvas, upload and result."""
        return self._example(selected(event, len(self.maps)), direction, seed)

    def turn(self, direction: str, seed: float | None) -> tuple[Any, ...]:
        """The other direction, with its first example: the same, and new values of examples and strip."""
        *opened, upload, pair = self._example(0, direction, seed)
        to_aerial = direction == TO_AERIAL
        picture = gr.update(value=upload, label="Map" if to_aerial else "Aerial photograph")
        gallery = self.maps if to_aerial else [self.two_way(TO_AERIAL, image, 0) for image in self.maps]
        return *opened, picture, pair, gallery, gr.update(visible=False)

    def strip(self, direction: str, tab: str, canvas: str | None, upload: str | None, seed: float | None) -> Any:
        image = self._given(direction, tab, canvas, upload)
        return gr.update(value=self.two_way.round_trip(direction, image, seed), visible=True)

    def save(self, direction: str, pair: tuple[str | None, str | None] | None) -> str:
        if not pair or None in pair:
            raise InputError("There is no result to download yet.")
        left, right = map(uploaded, pair)
        return download(f"{MODEL_IDS[direction]}.png", png_url(beside(left, right)))

    def _given(self, direction: str, tab: str, canvas: str | None, upload: str | None) -> Image.Image:
        return from_data_url(canvas) if tab == PAINT and direction == TO_AERIAL else uploaded(upload)

    def _example(self, index: int, direction: str, seed: float | None) -> tuple[Any, ...]:
        if direction == TO_AERIAL:
            tab, image, upload, canvas = PAINT, self.maps[index], None, to_data_url(self.maps[index])
        else:
            tab, image, canvas = UPLOAD, self.two_way(TO_AERIAL, self.maps[index], 0), gr.skip()
            upload = image
        return tab, gr.Tabs(selected=tab), canvas, upload, (image, self.two_way(direction, image, seed))
