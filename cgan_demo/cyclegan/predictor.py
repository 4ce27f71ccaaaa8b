"""Translate a photo with one direction of an unpaired model, and back again: PIL in, PIL out."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import cast

import torch
from PIL import Image
from torch import Tensor, nn

from .. import weights
from ..checks import number
from ..errors import InputError
from ..images import MAX_SIDE, Progress, Source, open_image, pad_to_multiple, to_pil, to_tensor, translate_tiled
from ..layers import folded

MIN_SIDE = 32  # px
WHOLE = 1024  # px; a larger picture is translated in tiles
TILE, OVERLAP = 1024, 256  # px
MARGIN = 32  # px of reflected picture around the frame, so that the frame's border is no border to the network


class UnpairedTranslator:
    """One direction between two piles. Built once; calls change nothing in it, so threads may share it.

    Args:
        network: in `eval()`, on `device`: picture (1, 3, H, W) in [-1, 1] -> the same, with a `stride`.
        model_id: what the user calls it. `there_and_back` finds the other direction by it: of "horse-to-zebra" that is
            "zebra-to-horse".
    """

    def __init__(self, network: nn.Module, device: torch.device | str = "cpu", model_id: str = ""):
        served = folded(network.to(device).eval())
        self.network = served.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.device, self.model_id = torch.device(device), model_id

    def __call__(self, image: Source, strength: float = 1.0, on_progress: Progress | None = None) -> Image.Image:
        """Translate `image` into an RGB picture of the same size.

        Args:
            image: 32 to 4096 px a side, of any kind that `open_image` reads.
            strength: 0 (the picture as it was) to 1, how much of the change is made.
            on_progress: told (done, total) after each tile.

        Raises:
            InputError: a picture or strength outside of that.
        """
        picture, strength = open_image(image), number("strength", strength, 0, 1)
        if min(picture.size) < MIN_SIDE:
            size = f"{picture.width} x {picture.height}"
            raise InputError(f"The picture is {size} pixels: choose one of {MIN_SIDE} to {MAX_SIDE} a side.")
        with torch.inference_mode():
            x, top, left = pad_to_multiple(to_tensor(picture), cast("int", self.network.stride), MARGIN)
            y = x + strength * (self._translate(x, max(picture.size) > WHOLE, on_progress) - x)
            return to_pil(y[:, :, top : top + picture.height, left : left + picture.width])

    def there_and_back(self, image: Source, on_progress: Progress | None = None) -> tuple[Image.Image, Image.Image]:
        """The picture translated, and that translated back; a faithful model gives the picture back.

        Raises:
            InputError: see `__call__`; or there is no model of the other direction.
        """
        there = self(image, on_progress=on_progress)
        return there, self.other(there, on_progress=on_progress)

    @cached_property
    def other(self) -> UnpairedTranslator:
        """The other direction, loaded when it is first asked for.

        Raises:
            InputError: the name says of no other direction.
            UnknownModel, WeightsNotFound, WeightsCorrupt, HubError: it cannot be had.
        """
        other = opposite(self.model_id)
        return UnpairedTranslator(weights.load_network(weights.find(other)), self.device, other)

    def _translate(self, x: Tensor, tiled: bool, on_progress: Progress | None) -> Tensor:
        """(1, 3, H, W) -> the same, sides multiples of the network's stride."""

        def run(tile: Tensor) -> Tensor:
            tile = tile.to(self.device, memory_format=torch.channels_last)
            return cast("Tensor", self.network(tile)).to(x)

        if tiled:
            return translate_tiled(run, x, TILE, OVERLAP, cast("int", self.network.stride), on_progress)
        y = run(x)
        if on_progress:
            on_progress(1, 1)
        return y


def opposite(model_id: str) -> str:
    """The name of the other direction, or the folder beside this one that is called so.

    Raises:
        InputError: the name is not of the form "a-to-b".
    """
    source, to, target = Path(model_id).name.partition("-to-")
    if not to:
        raise InputError(f"{model_id} does not say which model leads back: call it a-to-b, and the other b-to-a.")
    return str(Path(model_id).with_name(f"{target}-to-{source}"))


def make_predictor(network: nn.Module, device: torch.device | str = "cpu", model_id: str = "") -> UnpairedTranslator:
    """The predictor of a network of this room."""
    return UnpairedTranslator(network, device, model_id)
