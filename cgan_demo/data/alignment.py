"""From a photo and two eyes to the framing the networks were trained on."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PIL import Image

from ..errors import InputError

LEFT_EYE, RIGHT_EYE = (38.5 / 128, 39 / 128), (88 / 128, 39 / 128)  # in UTKFace's crops, as shares of the side
SMALLEST, LARGEST = 128, 1024  # px, sides of a crop
CLOSEST = 4.0  # px between the eyes, below which there is no face to speak of


@dataclass(frozen=True)
class Eyes:
    """Where the eyes of a face are, in px of its picture; `left` is the one further left on the picture."""

    left: tuple[float, float]
    right: tuple[float, float]
    confidence: float = 1.0

    @property
    def distance(self) -> float:
        return math.dist(self.left, self.right)

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left[0] + self.right[0]) / 2, (self.left[1] + self.right[1]) / 2

    @property
    def resolution(self) -> float:
        """Side of a crop that has as many px as the picture has there."""
        return self.distance / (RIGHT_EYE[0] - LEFT_EYE[0])

    def scaled(self, x: float, y: float) -> Eyes:
        """The same eyes on a picture that is `x` times as wide and `y` times as high."""
        left, right = ((p[0] * x, p[1] * y) for p in (self.left, self.right))
        return Eyes(left, right, self.confidence)


def crop_transform(eyes: Eyes, side: int) -> tuple[float, float, float, float, float, float]:
    """(a, b, c, d, e, f) with which Pillow's affine transform takes a crop of `side` px out of the picture of `eyes`.

    A pixel (x, y) of the crop shows (a x + b y + c, d x + e y + f) of the picture: a turn, a zoom and a shift that
    bring the eyes to `LEFT_EYE` and `RIGHT_EYE`.
    """
    span = (RIGHT_EYE[0] - LEFT_EYE[0]) * side
    dx, dy = ((eyes.right[k] - eyes.left[k]) / span for k in (0, 1))
    x0, y0 = LEFT_EYE[0] * side, LEFT_EYE[1] * side
    return dx, -dy, eyes.left[0] - dx * x0 + dy * y0, dy, dx, eyes.left[1] - dy * x0 - dx * y0


def align(photo: Image.Image, eyes: Eyes, side: int | None = None) -> Image.Image:
    """The face of `photo` as a square whose eyes lie as in the training set.

    side: of the crop in px; by default the face's own resolution, from 128 to 1024.

    Raises:
        InputError: the eyes are less than 4 px apart.
    """
    if eyes.distance < CLOSEST:
        raise InputError("The two eyes are at almost the same place: click the centre of each eye.")
    own = eyes.resolution
    if side is None:
        side = min(LARGEST, max(SMALLEST, round(own)))
    region, eyes = _region(photo, eyes, side)
    if own > 1.25 * side:  # shrink first: the transform takes single pixels and would alias
        size = tuple(max(1, round(s * side / own)) for s in region.size)
        shares = size[0] / region.width, size[1] / region.height
        region, eyes = region.resize(size, Image.Resampling.BOX, reducing_gap=2.0), eyes.scaled(*shares)  # type: ignore[arg-type]
    xs, ys = _corners(eyes, side)
    inside = min(*xs, *ys) >= 0 and max(xs) <= region.width and max(ys) <= region.height
    edge = None if inside else _edge_color(photo)
    affine, bicubic = Image.Transform.AFFINE, Image.Resampling.BICUBIC
    return region.transform((side, side), affine, crop_transform(eyes, side), bicubic, fillcolor=edge)


def _corners(eyes: Eyes, side: int) -> tuple[list[float], list[float]]:
    """x and y of the picture's points that the four corners of a crop show."""
    a, b, c, d, e, f = crop_transform(eyes, side)
    ends = [(x, y) for x in (0, side) for y in (0, side)]
    return [a * x + b * y + c for x, y in ends], [d * x + e * y + f for x, y in ends]


def _region(photo: Image.Image, eyes: Eyes, side: int) -> tuple[Image.Image, Eyes]:
    """The part of `photo` that a crop shows, and the eyes in px of it: the rest of a large photo costs nothing."""
    room = 4 + 0.1 * eyes.distance  # for rounding, and for what bicubic taps reach beyond the crop
    box = []
    for n, values in zip(photo.size, _corners(eyes, side), strict=True):
        first = max(0, min(n - 1, math.floor(min(values) - room)))
        box.append((first, max(first + 1, min(n, math.ceil(max(values) + room)))))
    (left, right), (top, bottom) = box
    ends = [(x - left, y - top) for x, y in (eyes.left, eyes.right)]
    return photo.crop((left, top, right, bottom)), Eyes(ends[0], ends[1], eyes.confidence)


def _edge_color(photo: Image.Image) -> tuple[int, ...]:
    """The mean colour of the border, for what a crop shows beyond it."""
    small = photo.resize((16, 16), Image.Resampling.BOX, reducing_gap=2.0).convert("RGB")
    border = [small.getpixel((x, y)) for x in range(16) for y in range(16) if {x, y} & {0, 15}]
    return tuple(round(sum(c[k] for c in border) / len(border)) for k in range(3))  # type: ignore[index, misc]
