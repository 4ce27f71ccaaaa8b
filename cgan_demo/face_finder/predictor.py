"""Finds the faces of a photo and their eyes: a look at all of it, and closer ones at what may be a face."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from contextlib import suppress

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from ..data.alignment import CLOSEST, LARGEST, RIGHT_EYE, Eyes, align, crop_transform
from ..errors import InputError
from ..images import MAX_SIDE, Source, is_upright, open_reduced, to_tensor
from ..layers import folded
from .composed import CELL, ROOM
from .light import FaceFinder

ENOUGH = 1500  # px, longer side of a photo in which even small faces have the detail that is looked at
LOOKS = (192, 96)  # px, longer sides at which a photo is searched: for smaller faces, and for those that fill it
CLOSE = 128  # px, side of the crop in which eyes found are looked at again
MAYBE = 0.2  # probability from which a peak is worth a closer look
SURE = 0.5  # probability from which, in the closer look, it is a face
CLOSER_LOOKS = 2
MOST = 8  # faces


def peaks(maps: Tensor, sure: float = SURE) -> list[Eyes]:
    """Faces in the maps (5, h, w) of one picture, surest first, in px of that picture.

    Where a face lies is what the cell of a peak and those around it say, each as far as it is sure.
    """
    heat = maps[0].sigmoid()
    top = F.max_pool2d(heat[None, None], 5, 1, 2)[0, 0]
    ys, xs = torch.meshgrid(*(torch.arange(n) + 0.5 for n in heat.shape), indexing="ij")
    ways, found = (*maps[1:3], maps[3] + xs, maps[4] + ys), []
    for y, x in ((heat == top) & (heat >= sure)).nonzero().tolist():
        rows, columns = slice(max(0, y - 1), y + 2), slice(max(0, x - 1), x + 2)
        share = heat[rows, columns] / heat[rows, columns].sum()
        dx, dy, mx, my = (float((share * way[rows, columns]).sum()) for way in ways)
        left, right = ((CELL * (mx + sign * dx), CELL * (my + sign * dy)) for sign in (-1, 1))
        found.append(Eyes(left, right, float(heat[y, x])))
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

        The photo is searched at `LOOKS` px; what may be a face is looked at twice more from close by.

        Raises:
            InputError: see `open_image`.
        """
        picture, times = _opened(photo, ENOUGH)
        return [eyes.scaled(times, times) for eyes in self.search(picture)]

    def glance(self, picture: Image.Image, sure: float = SURE) -> list[Eyes]:
        """The eyes of each face in an upright RGB picture as the first look has them, the surest first, in its px.

        sure: probability from which a peak counts.
        """
        found, small = [], picture
        for look in LOOKS:
            scale = look / max(picture.size)
            size = [max(1, round(s * scale)) for s in picture.size]
            small = small.resize(size, Image.Resampling.BOX, reducing_gap=3.0)  # type: ignore[arg-type]
            side = -(-look // self.network.stride) * self.network.stride
            paper = Image.new("RGB", (side, side), (128, 128, 128))
            paper.paste(small, (0, 0))
            found += [eyes.scaled(1 / scale, 1 / scale) for eyes in self._look(paper, sure)]
        return _distinct(sorted(found, key=lambda eyes: -eyes.confidence))[:MOST]

    def aligned(self, photo: Source) -> Image.Image:
        """The one face of `photo`, framed as the networks know it.

        Raises:
            InputError: there is no face, or several.
        """
        return align(*self.placed(photo))

    def placed(self, photo: Source) -> tuple[Image.Image, Eyes]:
        """The upright photo and the eyes of its one face, in px of it. A large photo comes reduced where its face is
        large, too.

        Raises:
            InputError: there is no face, or several.
        """
        if hasattr(photo, "read"):  # it can be read only once, and the photo may be opened twice
            photo = photo.read()
        picture, times = _opened(photo, ENOUGH)
        eyes = the_face(self.search(picture))
        if times > 1 and eyes.resolution < LARGEST:  # the whole photo shows more of this face
            picture, eyes = _opened(photo, MAX_SIDE)[0], eyes.scaled(times, times)
        return picture, eyes

    def search(self, picture: Image.Image) -> list[Eyes]:
        """What a call gives, of an upright RGB picture, in its px."""
        closer = (self._closer(picture, eyes) for eyes in self.glance(picture, MAYBE))
        found = sorted((eyes for eyes in closer if eyes is not None), key=lambda eyes: -eyes.confidence)
        return sorted(_distinct(found), key=lambda eyes: -eyes.distance)

    @torch.inference_mode()
    def _look(self, picture: Image.Image, sure: float, mirrored: bool = False) -> list[Eyes]:
        """The faces of a picture whose sides suit the network; with `mirrored`, also by its mirror image."""
        x = to_tensor(picture).to(self.device)
        maps = self.network(torch.cat([x, x.flip(3)]) if mirrored else x).float().cpu()
        if mirrored:  # left and right change places: of the ways, that is y between the eyes and x to their middle
            signs = torch.tensor([1.0, 1.0, -1.0, -1.0, 1.0]).view(5, 1, 1)
            maps = (maps[:1] + signs * maps[1:].flip(3)) / 2
        return peaks(maps[0], sure)

    def _closer(self, picture: Image.Image, eyes: Eyes) -> Eyes | None:
        """The same eyes, read off a crop around them, twice; None where a closer look shows no face."""
        for _ in range(CLOSER_LOOKS):
            wide = _widened(eyes, ROOM)
            if wide.distance < CLOSEST:
                return None
            seen = [_out_of_crop(e, wide) for e in self._look(align(picture, wide, CLOSE), SURE, mirrored=True)]
            if not seen:
                return None
            eyes = min(seen, key=lambda e: math.dist(e.middle, eyes.middle))  # beside it there may be another face
        return eyes


def bundled_finder(device: torch.device | str) -> Callable[[], Finder]:
    """What gives the bundled finder, which is loaded when it is first asked for."""

    @functools.cache
    def finder() -> Finder:
        from .. import load

        return load("face-finder", str(device))

    return finder


def the_face(found: Sequence[Eyes]) -> Eyes:
    """The only face, or the one that is at least twice as large as any other; `found` has the largest first.

    Raises:
        InputError: there is none, or several.
    """
    if not found:
        raise InputError("No face was found: choose a photo of one face from the front, or say where the eyes are.")
    if len(found) > 1 and found[1].distance > 0.5 * found[0].distance:
        raise InputError(f"There are {len(found)} faces: crop the photo to one, or say where its eyes are.")
    return found[0]


def _opened(photo: Source, enough: int) -> tuple[Image.Image, float]:
    """`open_reduced`, without its copy where a picture needs no change: of 12 megapixels it costs 20 ms."""
    if type(photo) is Image.Image and photo.mode == "RGB" and 1 <= min(photo.size) <= max(photo.size) <= MAX_SIDE:
        with suppress(Exception):  # damaged metadata: for `open_image` to judge
            if not photo.has_transparency_data and is_upright(photo) and "icc_profile" not in photo.info:
                return photo, 1
    return open_reduced(photo, enough)


def _out_of_crop(eyes: Eyes, wide: Eyes) -> Eyes:
    """Eyes on a crop of `CLOSE` px that was aligned to `wide`, as eyes on its photo."""
    a, b, c, d, e, f = crop_transform(wide, CLOSE)
    left, right = ((a * x + b * y + c, d * x + e * y + f) for x, y in (eyes.left, eyes.right))
    return Eyes(left, right, eyes.confidence)


def _widened(eyes: Eyes, factor: float) -> Eyes:
    """Eyes further apart around the same middle, moved down so that the face stays in the middle of their frame."""
    (mx, my), dx, dy = eyes.middle, eyes.right[0] - eyes.left[0], eyes.right[1] - eyes.left[1]
    down = (0.5 - RIGHT_EYE[1]) / (RIGHT_EYE[0] - 0.5) * 0.5 * (1 - factor)  # of the old eye distance
    mx, my = mx - dy * down, my + dx * down
    left, right = ((mx + s * factor * dx / 2, my + s * factor * dy / 2) for s in (-1, 1))
    return Eyes(left, right, eyes.confidence)
