"""Finds faces and their eyes: a tiny network that marks the point between the eyes and says where the right one is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from huggingface_hub import PyTorchModelHubMixin
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import InputError
from ..images import Source, open_image, to_tensor
from ..layers import ResidualBlock, folded, merge_upsampled, silu
from .alignment import RIGHT_EYE, Eyes, align, crop_transform

CELL = 4  # px of the picture per cell of the maps
LOOK = 192  # px, longer side at which a photo is searched
CLOSE = 128  # px, side of the crop in which eyes found are looked at again
SURE = 0.35  # probability from which a peak is a face
ROOM = 1.6  # the second look sees this many times the face's own frame
MOST = 8  # faces


class FaceFinder(nn.Module, PyTorchModelHubMixin):
    """A small U-Net on a quarter of the resolution, in the manner of CenterNet (Zhou, Wang, Krähenbühl, *Objects as
    Points*, 2019): a heat map of the points between two eyes, and at each such point the way to the right eye.

    Shape: (N, 3, H, W) in [-1, 1], sides multiples of 32 -> (N, 3, H / 4, W / 4): logit of a face, and the way to its
        right eye in cells, x and y.
    """

    def __init__(self, widths: Sequence[int] = (32, 48, 80, 112)):
        super().__init__()
        widths = list(widths)
        steps = list(zip(widths, widths[1:], strict=False))
        self.stride = CELL * 2 ** (len(widths) - 1)
        self.stem = nn.Conv2d(3 * CELL**2, widths[0], 3, padding=1)
        self.encoder = nn.ModuleList(ResidualBlock(w) for w in widths)
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 2, 2) for a, b in steps)
        self.merge = nn.ModuleList(nn.Conv2d(a + b, a, 1) for a, b in steps)
        self.decoder = nn.ModuleList(ResidualBlock(w) for w in widths[:-1])
        self.head = nn.Conv2d(widths[0], 3, 3, padding=1)
        nn.init.constant_(self.head.bias[:1], -4.0)  # type: ignore[index]  # most places are no face

    def forward(self, x: Tensor) -> Tensor:
        h = self.stem(F.pixel_unshuffle(x, CELL))
        skips = []
        for i, block in enumerate(self.encoder):
            h = block(h)
            if i < len(self.shrink):
                skips.append(h)
                h = self.shrink[i](h)
        for i in reversed(range(len(self.merge))):
            h = self.decoder[i](merge_upsampled(self.merge[i], h, skips.pop()))  # type: ignore[arg-type]
        return self.head(silu(h))


def peaks(maps: Tensor, sure: float = SURE) -> list[Eyes]:
    """Faces in the maps (3, h, w) of one picture, surest first, in px of that picture.

    Where in its cell a face lies is read off the probabilities of the cells around it.
    """
    heat = maps[0].sigmoid()
    top = F.max_pool2d(heat[None, None], 5, 1, 2)[0, 0]
    places = ((heat == top) & (heat >= sure)).nonzero()
    found = []
    for y, x in places.tolist():
        rows, columns = slice(max(0, y - 1), y + 2), slice(max(0, x - 1), x + 2)
        around = heat[rows, columns]
        ys, xs = (
            torch.arange(s.start, s.start + n, device=heat.device)
            for s, n in zip((rows, columns), around.shape, strict=True)
        )
        middle = [float((around * p).sum() / around.sum()) + 0.5 for p in (xs[None, :], ys[:, None])]
        way = [float((around * maps[k][rows, columns]).sum() / around.sum()) for k in (1, 2)]
        left, right = ([CELL * (m + sign * w) for m, w in zip(middle, way, strict=True)] for sign in (-1, 1))
        found.append(Eyes((left[0], left[1]), (right[0], right[1]), float(heat[y, x])))
    return _distinct(sorted(found, key=lambda eyes: -eyes.confidence))[:MOST]


def _distinct(found: list[Eyes]) -> list[Eyes]:
    """Without those whose middle lies between the eyes of a face before them."""
    kept: list[Eyes] = []
    for eyes in found:
        if all(math.dist(eyes.middle, other.middle) > 0.6 * other.distance for other in kept):
            kept.append(eyes)
    return kept


class Finder:
    """Finds the faces of a photo. Built once; calls change nothing in it."""

    def __init__(self, network: FaceFinder, device: torch.device | str = "cpu", model_id: str = ""):
        self.network = folded(network.to(device).eval())
        self.device = torch.device(device)
        self.model_id = model_id

    def __call__(self, photo: Source) -> list[Eyes]:
        """The eyes of each face in `photo`, the largest first, in px of the upright photo; an empty list for none.

        The photo is searched at `LOOK` px; each face found is looked at once more from close by.
        """
        picture = open_image(photo)
        scale = LOOK / max(picture.size)
        small = picture.resize([max(1, round(s * scale)) for s in picture.size], Image.Resampling.BOX)  # type: ignore[arg-type]
        side = -(-LOOK // self.network.stride) * self.network.stride
        paper = Image.new("RGB", (side, side), (128, 128, 128))
        paper.paste(small, (0, 0))
        found = _distinct([self._closer(picture, eyes.scaled(1 / scale, 1 / scale)) for eyes in self._look(paper)])
        return sorted(found, key=lambda eyes: -eyes.distance)

    def aligned(self, photo: Source) -> Image.Image:
        """The one face of `photo`, framed as the networks know it.

        Raises:
            InputError: there is no face, or several.
        """
        picture = open_image(photo)
        found = self(picture)
        if not found:
            raise InputError("No face was found: choose a photo of one face from the front, or click the two eyes.")
        if len(found) > 1 and found[1].distance > 0.5 * found[0].distance:
            raise InputError(f"There are {len(found)} faces: choose one, or click its two eyes.")
        return align(picture, found[0])

    @torch.inference_mode()
    def _look(self, picture: Image.Image) -> list[Eyes]:
        return peaks(self.network(to_tensor(picture).to(self.device))[0].float().cpu())

    def _closer(self, picture: Image.Image, eyes: Eyes) -> Eyes:
        """The same eyes, read off a crop around them; as they were where the crop shows no face."""
        wide = _widened(eyes, ROOM)
        seen = self._look(align(picture, wide, CLOSE))
        if not seen:
            return eyes
        a, b, c, d, e, f = crop_transform(wide, CLOSE)
        (lx, ly), (rx, ry) = seen[0].left, seen[0].right
        left, right = ((a * x + b * y + c, d * x + e * y + f) for x, y in ((lx, ly), (rx, ry)))
        return Eyes(left, right, eyes.confidence)


def _widened(eyes: Eyes, factor: float) -> Eyes:
    """Eyes further apart around the same middle, moved down so that the face stays in the middle of their frame."""
    (mx, my), dx, dy = eyes.middle, eyes.right[0] - eyes.left[0], eyes.right[1] - eyes.left[1]
    down = (0.5 - RIGHT_EYE[1]) / (RIGHT_EYE[0] - 0.5) * 0.5 * (1 - factor)  # of the old eye distance
    mx, my = mx - dy * down, my + dx * down
    left, right = ((mx + s * factor * dx / 2, my + s * factor * dy / 2) for s in (-1, 1))
    return Eyes(left, right, eyes.confidence)
