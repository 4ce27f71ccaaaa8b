"""Drawings to photos: PIL in, PIL out."""

from __future__ import annotations

import warnings

import torch
from PIL import Image, ImageChops, ImageOps
from torch import Tensor
from torch.nn import functional as F

from ..checks import integer
from ..errors import InputError
from ..images import Source, open_image, to_pil, to_tensor
from ..layers import folded
from ..pix2pix.edges import SIDE, to_ink
from .ink import EMPTY, inked_again, read_drawing
from .light import SketchGenerator
from .strokes import paper_around

MAX_VARIATIONS = 16
FRAME = 0.9  # share of the frame that a drawing fills in the training set, along its longer side
INK_LEVEL = 128  # grey level below which a pixel is ink


class Sketcher:
    """Turns a drawing into photos of the thing drawn. Built once; calls change nothing in it.

    Args:
        network: in `eval()`, on `device`.
    """

    def __init__(self, network: SketchGenerator, device: torch.device | str = "cpu", model_id: str = ""):
        network = folded(network.to(device).eval())
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.device = torch.device(device)
        self.model_id = model_id

    def __call__(
        self,
        drawing: Source,
        seed: int = 0,
        style: Source | None = None,
        variations: int | None = None,
        fit: bool = False,
    ) -> Image.Image:
        """A photo of what `drawing` shows, 256 x 256; the same seed gives the same one.

        Args:
            drawing: any that `open_image` reads. Lines: of any pen, on paper of any brightness, photographed or on
                nothing, brought to a square. Labels: areas in the colours of the training set, stretched to a square.
            seed: 0 to 2**63 - 1.
            style: a photo whose colours and material the photo takes; the seed then changes nothing.
            variations: what it was before there was a method of that name, which takes its place; gives a list.
            fit: centre and scale lines to the framing the model was trained on; nothing for labels.

        Raises:
            InputError: a picture or number outside of that, or no line in the drawing.
        """
        if variations is None:
            return self.variations(drawing, 1, seed, style, fit)[0]
        said = "variations=n is going: write model.variations(drawing, n, ...), which gives a list as well."
        warnings.warn(said, DeprecationWarning, stacklevel=2)
        return self.variations(drawing, variations, seed, style, fit)  # type: ignore[return-value]

    def variations(
        self, drawing: Source, count: int = 4, seed: int = 0, style: Source | None = None, fit: bool = False
    ) -> list[Image.Image]:
        """Several photos of what `drawing` shows, 1 to 16, as a call gives one; photo i is that of seed + i.

        Raises:
            InputError: see `__call__`; or another count.
        """
        count = integer("number of variations", count, 1, MAX_VARIATIONS)
        seed = integer("seed", seed, 0, 2**63 - 1)
        x = to_tensor(self.framed(drawing, fit)).to(self.device)
        with torch.inference_mode():
            code = self.codes(seed, count) if style is None else self.encode(style).expand(count, -1)
            photos = self.network(x.expand(count, -1, -1, -1), code.to(self.device))
            if self.network.drawing == "lines" and self.network.paper:
                photos = whitened(photos, x)
        return [to_pil(photo[None]) for photo in photos.cpu()]

    def framed(self, drawing: Source | None, fit: bool = False) -> Image.Image:
        """What the network is shown of `drawing`, 256 x 256 RGB; given in its place, it makes the same photos."""
        if self.network.drawing == "lines":
            return frame(drawing, fit)
        return open_image(drawing).resize((SIDE, SIDE), Image.Resampling.NEAREST)

    def codes(self, seed: int, count: int) -> Tensor:
        """Codes (count, code) of training photos, the i-th by seed + i, so that each seed is one variation."""
        draws = (torch.Generator().manual_seed((seed + i) % 2**63) for i in range(count))
        return torch.cat([self.network.draw_codes(1, g) for g in draws])

    @torch.inference_mode()
    def encode(self, photo: Source) -> Tensor:
        """The code (1, code) of a photo, which is best framed as those of the training set: centred, on white."""
        half = ImageOps.pad(open_image(photo), (SIDE // 2, SIDE // 2), color="white")
        return self.network.encode(to_tensor(half).to(self.device))[0]


def whitened(photos: Tensor, drawing: Tensor) -> Tensor:
    """Photos with the paper around a closed outline white, up to a fading rim that leaves room for a shadow.

    The networks know from training that things lie on white paper, but now and then a dark thing throws a haze on it.
    A drawing whose outline is open stays as it is painted.

    Shape: (N, 3, H, W), (1, 3, H, W) -> (N, 3, H, W).
    """
    paper = paper_around(to_ink(drawing))
    if paper is None:
        return photos
    near = 1 - F.interpolate(paper, (64, 64), mode="nearest")
    near = F.max_pool2d(near, 3, 1, 1)  # one cell of 4 px around the thing, and fading out over two more
    near = F.avg_pool2d(F.pad(near, (2, 2, 2, 2), mode="replicate"), 5, 1)
    share = F.interpolate(near, photos.shape[2:], mode="bilinear").clamp(0, 1)
    return 1 + (photos - 1) * share


def frame(drawing: Source | None, fit: bool) -> Image.Image:
    """A drawing as the networks know them, black on white, as a square of 256 px; see `ink.read_drawing`.

    One that is so already stays as it is. With `fit`, it is centred and scaled as in training.

    Raises:
        InputError: the picture cannot be read, or there is no line in it.
    """
    grey = read_drawing(drawing)
    box = ImageChops.invert(grey).point(lambda v: 255 if v > 255 - INK_LEVEL else 0).getbbox()
    if box is None:
        raise InputError(EMPTY)
    if fit and not _fits(grey.size, box):
        return _on_square(grey.crop(box), round(SIDE * FRAME))
    return _on_square(grey, SIDE)


def _fits(size: tuple[int, int], box: tuple[int, int, int, int]) -> bool:
    """Whether a drawing lies where `frame` would put it, give or take what its softer edges make."""
    left, top, right, bottom = box
    off = (left - (SIDE - right), top - (SIDE - bottom), max(right - left, bottom - top) - round(SIDE * FRAME))
    return size == (SIDE, SIDE) and all(abs(px) <= 3 for px in off)


def _on_square(grey: Image.Image, inner: int) -> Image.Image:
    """Lines scaled to `inner` px along the longer side, in the middle of a white square."""
    scale = inner / max(grey.size)
    size = (max(1, round(grey.width * scale)), max(1, round(grey.height * scale)))
    scaled = grey.resize(size, Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC)
    if scale < 1:
        scaled = inked_again(scaled)
    square = Image.new("L", (SIDE, SIDE), 255)
    square.paste(scaled, ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2))
    return square.convert("RGB")
