"""From a photo and two eyes to the framing the networks were trained on."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PIL import Image

from ..errors import InputError

LEFT_EYE, RIGHT_EYE = (38.5 / 128, 39 / 128), (88 / 128, 39 / 128)  # in UTKFace's crops, as shares of the side
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

    side: of the crop in px; by default the face's own resolution, from 128 to 512.

    Raises:
        InputError: the eyes are less than 4 px apart.
    """
    if eyes.distance < CLOSEST:
        raise InputError("The two eyes are at almost the same place: click the centre of each eye.")
    own = eyes.distance / (RIGHT_EYE[0] - LEFT_EYE[0])
    if side is None:
        side = min(512, max(128, round(own)))
    if own > 2 * side:  # shrink first: the transform takes single pixels and would alias
        factor = side / own
        small = photo.resize(
            (max(1, round(photo.width * factor)), max(1, round(photo.height * factor))), Image.Resampling.BOX
        )
        shares = small.width / photo.width, small.height / photo.height
        left, right = (tuple(p[k] * shares[k] for k in (0, 1)) for p in (eyes.left, eyes.right))
        photo, eyes = small, Eyes((left[0], left[1]), (right[0], right[1]), eyes.confidence)
    edge = _edge_color(photo)
    transform = Image.Transform.AFFINE
    return photo.transform(
        (side, side), transform, crop_transform(eyes, side), Image.Resampling.BICUBIC, fillcolor=edge
    )


def _edge_color(photo: Image.Image) -> tuple[int, ...]:
    """The mean colour of the border, for what a crop shows beyond it."""
    small = photo.convert("RGB").resize((16, 16), Image.Resampling.BOX)
    border = [small.getpixel((x, y)) for x in range(16) for y in range(16) if {x, y} & {0, 15}]
    return tuple(round(sum(c[k] for c in border) / len(border)) for k in range(3))  # type: ignore[index, misc]
