"""Translate a photo with one direction of an unpaired model, and back again: PIL in, PIL out."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import cast

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from .. import weights
from ..checks import integer, number
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

    def __call__(
        self, image: Source, strength: float = 1.0, size: int | None = None, on_progress: Progress | None = None
    ) -> Image.Image:
        """Translate `image` into an RGB picture of the same size.

        Args:
            image: 32 to 4096 px a side, of any kind that `open_image` reads.
            strength: 0 (the picture as it was) to 1, how much of the change is made.
            size: 32 to 1024; px of the longer side at which a network that has a size of its own looks, in place of
                that: the smaller, the bolder is what it paints.
            on_progress: told (done, total) after each tile.

        Raises:
            InputError: a picture, strength or size outside of that.
        """
        picture, strength = open_image(image), number("strength", strength, 0, 1)
        size = integer("size", size, MIN_SIDE, WHOLE) if size is not None else None
        if min(picture.size) < MIN_SIDE:
            shown = f"{picture.width} x {picture.height}"
            raise InputError(f"The picture is {shown} pixels: choose one of {MIN_SIDE} to {MAX_SIDE} a side.")
        with torch.inference_mode():
            x = to_tensor(picture)
            made = translated(self.network, x.to(self.device), size, on_progress)
            return to_pil(x + strength * (made.to(x) - x))

    def there_and_back(
        self, image: Source, size: int | None = None, on_progress: Progress | None = None
    ) -> tuple[Image.Image, Image.Image]:
        """The picture translated, and that translated back; a faithful model gives the picture back.

        Raises:
            InputError: see `__call__`; or there is no model of the other direction.
        """
        there = self(image, size=size, on_progress=on_progress)
        return there, self.other(there, size=size, on_progress=on_progress)

    @cached_property
    def other(self) -> UnpairedTranslator:
        """The other direction, loaded when it is first asked for.

        Raises:
            InputError: the name says of no other direction.
            UnknownModel, WeightsNotFound, WeightsCorrupt, HubError: it cannot be had.
        """
        other = opposite(self.model_id)
        return UnpairedTranslator(weights.load_network(weights.find(other)), self.device, other)


def translated(network: nn.Module, x: Tensor, size: int | None = None, on_progress: Progress | None = None) -> Tensor:
    """Pictures (N, 3, H, W) in [-1, 1] of any size -> the same, translated.

    A network that `sees` pictures at one size, or at `size`, is shown them so, and what it changes is enlarged: the
    detail of a photo stays. To any other it is shown whole, or in tiles where it is larger than `WHOLE`.
    """
    seen = getattr(network, "sees", None)
    longest = max(x.shape[2:])
    if seen is None:
        return _padded(network, x, longest > WHOLE, on_progress)
    share = (size or seen) / longest
    sides = [max(MIN_SIDE, round(side * share)) for side in x.shape[2:]]
    small = F.interpolate(x, sides, mode="bilinear", antialias=True, align_corners=False)
    change = _padded(network, small, False, on_progress) - small
    change = F.interpolate(change, x.shape[2:], mode="bicubic", antialias=True, align_corners=False)
    return (x + change).clamp(-1, 1)


def _padded(network: nn.Module, x: Tensor, tiled: bool, on_progress: Progress | None) -> Tensor:
    stride = cast("int", network.stride)
    padded, top, left = pad_to_multiple(x, stride, MARGIN)
    padded = padded.contiguous(memory_format=torch.channels_last)
    if tiled:
        y = translate_tiled(network, padded, TILE, OVERLAP, stride, on_progress)
    else:
        y = network(padded)
        if on_progress:
            on_progress(1, 1)
    return cast("Tensor", y)[:, :, top : top + x.shape[2], left : left + x.shape[3]]


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
