"""Translate a picture with a trained generator: PIL in, PIL out. What kind of predictor a network needs."""

from __future__ import annotations

from typing import cast

import torch
from PIL import Image, ImageOps
from torch import Tensor, nn

from ..checks import integer, number
from ..errors import InputError
from ..images import (
    MAX_SIDE,
    Progress,
    Source,
    open_as_is,
    open_image,
    pad_to_multiple,
    to_pil,
    to_tensor,
    translate_tiled,
)
from ..layers import folded
from .edges import SIDE, draw_edges
from .light import LightUNetGenerator
from .paper import UNetGenerator
from .resnet import ResnetGenerator

MIN_SIDE = 16  # px
WHOLE = 640  # px; a larger picture is translated in tiles
WHOLE_STATISTICS = 1024  # px; the same for a network that normalises a picture by its own statistics, not by a tile's
TILE, OVERLAP = 512, 128  # px
MARGIN = 32  # px of reflected picture around the frame, so that the frame's border is no border to the network
MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # of pictures, by the channels of a network


class Translator:
    """One direction of pix2pix. Built once; calls change nothing in it, so threads may share it.

    Args:
        network: in `eval()`, on `device`.
        model_id: what the user calls it.
        margin: px reflected around the picture. By default 32, but none for a network whose stride is larger:
            it would enlarge a 256 px picture to 512 px, twice what such a network was trained on; and none for a
            ResNet, which reflects its borders itself.
    """

    def __init__(
        self,
        network: UNetGenerator | LightUNetGenerator | ResnetGenerator,
        device: torch.device | str = "cpu",
        model_id: str = "",
        margin: int | None = None,
    ):
        self.network = folded(network.to(device).eval())
        if isinstance(network, LightUNetGenerator):  # measures faster there; the paper's network does not
            self.network = self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.device = torch.device(device)
        self.model_id = model_id
        own_statistics = any(isinstance(m, nn.InstanceNorm2d) for m in network.modules())
        self.whole = WHOLE_STATISTICS if own_statistics else WHOLE
        bare = network.stride > 2 * MARGIN or isinstance(network, ResnetGenerator)
        self.margin = margin if margin is not None else (0 if bare else MARGIN)

    def __call__(
        self, image: Source, seed: int = 0, noise: float = 1.0, on_progress: Progress | None = None
    ) -> Image.Image:
        """Translate `image` into a picture of the same size; the same seed gives the same picture.

        A network of one channel sees the picture in grey, one of four its transparency, too; what comes back is RGB,
        grey ("L") or RGB with transparency ("RGBA") by the same rule.

        Args:
            image: 16 to 4096 px a side, of any kind that `open_image` reads.
            seed: 0 to 2**63 - 1; which of the possible results.
            noise: standard deviation of the noise beside the picture, 0 for none. A network whose only noise is
                dropout has it on or, with 0, off.
            on_progress: told (done, total) after each tile.

        Raises:
            InputError: a picture, seed or noise outside of that.
        """
        mode = MODES[self.network.in_channels]
        picture = _with_transparency(image) if mode == "RGBA" else open_image(image)
        _check_size(picture)
        seed, noise = integer("seed", seed, 0, 2**63 - 1), number("noise", noise, 0)
        with torch.inference_mode():
            x, top, left = pad_to_multiple(to_tensor(picture, mode), self.network.stride, self.margin)
            y = self._translate(x, seed, noise, max(picture.size) > self.whole, on_progress)
            return to_pil(y[:, :, top : top + picture.height, left : left + picture.width])

    def _translate(self, x: Tensor, seed: int, noise: float, tiled: bool, on_progress: Progress | None) -> Tensor:
        """(1, C, H, W) -> (1, K, H, W), C and K the network's channels, sides multiples of the stride."""
        network, channels = self.network, self.network.noise_channels
        if channels:
            # Drawn on the CPU for the whole picture: the same on every device, and tiles share what they overlap.
            z = torch.randn(1, channels, *x.shape[2:], generator=torch.Generator().manual_seed(seed)) * noise
            x = torch.cat([x, z], 1)  # (1, C + channels, H, W)
        dropout = torch.Generator(self.device).manual_seed(seed) if noise else None

        def run(tile: Tensor) -> Tensor:
            tile = tile.to(self.device)
            if channels:
                return cast("Tensor", network(tile[:, :-channels], tile[:, -channels:])).to(x)
            return cast("Tensor", network(tile, generator=dropout)).to(x)

        if tiled:
            return translate_tiled(run, x, TILE, OVERLAP, network.stride, on_progress)
        y = run(x)
        if on_progress:
            on_progress(1, 1)
        return y


def _with_transparency(source: Source) -> Image.Image:
    """Any picture as RGBA: opaque where it says nothing of transparency."""
    if hasattr(source, "read"):  # it may be read twice
        source = source.read()
    picture = open_as_is(source)
    return (picture if picture.has_transparency_data else open_image(source)).convert("RGBA")


def _check_size(picture: Image.Image) -> None:
    if min(picture.size) < MIN_SIDE:
        raise InputError(
            f"The picture is {picture.width} x {picture.height} pixels: choose one of {MIN_SIDE} to {MAX_SIDE} a side."
        )


class EdgeDrawer:
    """Turns a photo into the kind of drawing that the sketch models know."""

    def __init__(self, network: LightUNetGenerator, device: torch.device | str = "cpu", model_id: str = ""):
        self.network = folded(network.to(device).eval())
        self.device = torch.device(device)
        self.model_id = model_id

    def __call__(self, photo: Source) -> Image.Image:
        """A line drawing, black on white, 256 x 256, of a photo of any size that `open_image` reads."""
        square = ImageOps.pad(open_image(photo), (SIDE, SIDE), color="white")
        return draw_edges(self.network, [square])[0]


def make_predictor(
    network: UNetGenerator | LightUNetGenerator | ResnetGenerator,
    device: torch.device | str = "cpu",
    model_id: str = "",
) -> Translator | EdgeDrawer:
    """The predictor of a network of this room."""
    if isinstance(network, LightUNetGenerator) and network.draws_lines:
        return EdgeDrawer(network, device, model_id)
    return Translator(network, device, model_id)
