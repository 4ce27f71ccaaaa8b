"""Drawings of our own, for examples and for judging the sketch models. Deterministic; no file is read.

Each is a few strokes through points that we placed, drawn as a hand would: wobbly, thick, sparse, small.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

from PIL import Image, ImageDraw

from . import bags, cats

SIZE = 256
SUPERSAMPLING = 4

Point = tuple[float, float]
Stroke = list[Point]

# Points on a 256 px square, toe to the right; a stroke is a smooth curve through its points.
SNEAKER: list[Stroke] = [
    [(22, 176), (20, 140), (24, 104), (34, 92), (58, 90), (76, 96), (84, 84), (96, 76)],
    [(96, 76), (122, 96), (150, 120), (186, 136), (220, 146), (238, 162), (236, 180)],
    [(20, 176), (80, 178), (150, 180), (236, 180)],
    [(20, 176), (18, 194), (26, 200), (120, 202), (222, 202), (238, 196), (237, 180)],
    [(34, 92), (50, 104), (72, 106), (84, 98)],
    [(92, 100), (108, 86)],
    [(106, 112), (122, 97)],
    [(120, 124), (136, 109)],
    [(136, 134), (150, 119)],
    [(196, 140), (186, 156), (186, 180)],
    [(60, 178), (74, 150), (96, 140), (128, 146), (150, 178)],
]
BOOT: list[Stroke] = [
    [(70, 26), (100, 32), (140, 26)],
    [(70, 26), (66, 80), (60, 130), (54, 176), (56, 208)],
    [(140, 26), (142, 70), (146, 116), (160, 142), (192, 158), (218, 172), (226, 192), (222, 208)],
    [(56, 208), (110, 210), (160, 212), (222, 208)],
    [(56, 208), (56, 232), (98, 234), (102, 222), (120, 222), (160, 228), (224, 228), (222, 208)],
    [(70, 50), (104, 56), (141, 50)],
    [(60, 130), (90, 144), (124, 136), (148, 124)],
]
HEEL: list[Stroke] = [
    [(34, 92), (44, 84), (60, 92), (92, 128), (128, 160), (164, 166), (196, 156), (222, 168), (236, 188)],
    [(34, 92), (30, 116), (40, 134), (64, 146), (92, 172), (124, 194), (170, 200), (236, 194), (236, 188)],
    [(36, 130), (40, 160), (42, 206), (54, 206), (58, 170), (66, 148)],
    [(164, 166), (180, 178), (206, 176), (222, 168)],
]
LOAFER: list[Stroke] = [
    [(24, 174), (22, 142), (32, 122), (60, 116), (98, 124), (128, 118)],
    [(128, 118), (160, 124), (196, 138), (226, 154), (238, 176)],
    [(24, 174), (90, 182), (160, 182), (238, 176)],
    [(24, 174), (24, 192), (70, 194), (74, 186), (160, 190), (226, 188), (238, 176)],
    [(32, 122), (62, 138), (98, 140), (128, 118)],
    [(136, 119), (132, 138), (146, 156), (176, 150), (186, 134)],
    [(128, 126), (150, 138), (180, 142)],
]
SANDAL: list[Stroke] = [
    [(26, 176), (60, 168), (110, 178), (160, 188), (214, 184), (236, 192)],
    [(26, 176), (26, 202), (90, 206), (160, 210), (230, 206), (236, 192)],
    [(36, 170), (34, 130), (48, 104), (66, 110), (64, 168)],
    [(48, 104), (76, 112), (104, 104), (100, 92), (70, 92), (48, 104)],
    [(128, 180), (144, 150), (174, 140), (200, 152), (212, 184)],
    [(150, 186), (160, 164), (178, 158), (192, 168), (198, 186)],
    [(104, 100), (130, 130), (152, 146)],
]
ANKLE_BOOT: list[Stroke] = [
    [(44, 66), (80, 74), (122, 66)],
    [(44, 66), (40, 110), (32, 150), (28, 184)],
    [(122, 66), (126, 100), (146, 124), (184, 140), (220, 154), (236, 176), (234, 188)],
    [(28, 184), (100, 188), (170, 190), (234, 188)],
    [(28, 184), (26, 210), (80, 210), (84, 200), (160, 204), (232, 204), (234, 188)],
    [(98, 72), (104, 110), (96, 150), (96, 186)],
    [(110, 78), (128, 84)],
    [(112, 94), (132, 100)],
    [(116, 110), (142, 114)],
]


@dataclass(frozen=True)
class Hand:
    """How a drawing is made: pen width and wobble in px, strokes left out, and where it lies in the frame."""

    strokes: list[Stroke]
    pen: float = 1.5
    wobble: float = 0.0
    skip: set[int] = field(default_factory=set)
    scale: float = 1.0
    shift: Point = (0.0, 0.0)
    mirrored: bool = False
    seed: int = 0


# Clean ones open the tab; the rest is what visitors draw. All of them are the test set of the model cards.
SHOES: dict[str, Hand] = {
    "Sneaker": Hand(SNEAKER),
    "Boot": Hand(BOOT),
    "High heel": Hand(HEEL),
    "Loafer": Hand(LOAFER),
    "Sandal": Hand(SANDAL),
    "Ankle boot": Hand(ANKLE_BOOT, mirrored=True),
    "Wobbly sneaker": Hand(SNEAKER, pen=2, wobble=4, seed=1),
    "Thick boot": Hand(BOOT, pen=6, wobble=2, seed=2),
    "Sparse loafer": Hand(LOAFER, pen=1, skip={3, 5, 6}),
    "Outline only": Hand(SNEAKER, pen=2, wobble=1.5, skip={2, 4, 5, 6, 7, 8, 9, 10}, seed=3),
    "Off centre": Hand(HEEL, pen=2, wobble=1.5, scale=0.7, shift=(-50, -60), seed=4),
    "Tiny": Hand(ANKLE_BOOT, pen=1.5, wobble=1, scale=0.4, shift=(40, 30), seed=5),
}
BAGS: dict[str, Hand] = {
    "Tote": Hand(bags.TOTE),
    "Satchel": Hand(bags.SATCHEL),
    "Clutch": Hand(bags.CLUTCH),
    "Hobo": Hand(bags.HOBO),
    "Backpack": Hand(bags.BACKPACK),
    "Doctor's bag": Hand(bags.DOCTOR),
    "Wobbly tote": Hand(bags.TOTE, pen=2, wobble=4, seed=1),
    "Thick satchel": Hand(bags.SATCHEL, pen=6, wobble=2, seed=2),
    "Sparse hobo": Hand(bags.HOBO, pen=1, skip={4, 6}),
    "Bare outline": Hand(bags.SATCHEL, pen=2, wobble=1.5, skip={4, 5, 6, 7, 9}, seed=3),
    "Off centre": Hand(bags.DOCTOR, pen=2, wobble=1.5, scale=0.7, shift=(-40, 40), seed=4),
    "Tiny": Hand(bags.CLUTCH, pen=1.5, wobble=1, scale=0.4, shift=(40, -30), seed=5),
}
CATS: dict[str, Hand] = {
    "Portrait": Hand(cats.PORTRAIT),
    "Kitten": Hand(cats.KITTEN),
    "Sleepy": Hand(cats.SLEEPY),
    "Circle and two ears": Hand(cats.CIRCLE, pen=2),
    "Sitting": Hand(cats.SITTING),
    "From the left": Hand(cats.PORTRAIT, pen=1, skip={16, 17}, mirrored=True, scale=1.1, shift=(-20, 10)),
    "A child's": Hand(cats.CIRCLE, pen=3, wobble=5, seed=1),
    "Thick pen": Hand(cats.KITTEN, pen=6, wobble=2, seed=2),
    "Few lines": Hand(cats.SLEEPY, pen=1, skip={10, 11, 12, 13, 14, 15, 16}),
    "Outline only": Hand(cats.PORTRAIT, pen=2, wobble=1.5, skip=set(range(5, 18)), seed=3),
    "Off centre": Hand(cats.KITTEN, pen=2, wobble=1.5, scale=0.7, shift=(-40, -30), seed=4),
    "Tiny": Hand(cats.CIRCLE, pen=1.5, wobble=1, scale=0.4, shift=(40, 30), seed=5),
}


def drawings(hands: dict[str, Hand] = SHOES) -> dict[str, Image.Image]:
    """All drawings of a set by name, 256 x 256 RGB, black on white."""
    return {name: draw(hand) for name, hand in hands.items()}


def draw(hand: Hand) -> Image.Image:
    """One drawing, 256 x 256 RGB, black on white, antialiased."""
    rng = random.Random(hand.seed)
    side = SIZE * SUPERSAMPLING
    sheet = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(sheet)
    radius = hand.pen * SUPERSAMPLING / 2
    for i, stroke in enumerate(hand.strokes):
        if i in hand.skip:
            continue
        path = [_place(p, hand) for p in _smooth([_moved(p, hand.wobble, rng) for p in stroke])]
        pen.line(path, fill=0, width=max(1, round(2 * radius)), joint="curve")
        for x, y in (path[0], path[-1]):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    return sheet.resize((SIZE, SIZE), Image.Resampling.BOX).convert("RGB")


def _moved(point: Point, wobble: float, rng: random.Random) -> Point:
    return point[0] + rng.gauss(0, wobble), point[1] + rng.gauss(0, wobble)


def _place(point: Point, hand: Hand) -> Point:
    x, y = ((c - SIZE / 2) * hand.scale + SIZE / 2 + d for c, d in zip(point, hand.shift, strict=True))
    return (SIZE - x if hand.mirrored else x) * SUPERSAMPLING, y * SUPERSAMPLING


def _smooth(points: Stroke, steps: int = 12) -> Stroke:
    """A centripetal Catmull-Rom curve through `points`."""
    if len(points) < 3:
        return points
    ends = [_beyond(points[1], points[0]), *points, _beyond(points[-2], points[-1])]
    curve: Stroke = []
    for p0, p1, p2, p3 in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        t = [0.0]
        for a, b in ((p0, p1), (p1, p2), (p2, p3)):
            t.append(t[-1] + max(1e-3, math.dist(a, b)) ** 0.5)
        curve += [_catmull(p0, p1, p2, p3, t, t[1] + (t[2] - t[1]) * k / steps) for k in range(steps)]
    return [*curve, points[-1]]


def _beyond(inner: Point, end: Point) -> Point:
    return 2 * end[0] - inner[0], 2 * end[1] - inner[1]


def _catmull(p0: Point, p1: Point, p2: Point, p3: Point, t: list[float], at: float) -> Point:
    """The curve at parameter `at`, by Barry and Goldman's pyramid."""

    def mix(a: Point, b: Point, start: float, end: float) -> Point:
        u = (at - start) / (end - start)
        return a[0] + (b[0] - a[0]) * u, a[1] + (b[1] - a[1]) * u

    a, b, c = mix(p0, p1, t[0], t[1]), mix(p1, p2, t[1], t[2]), mix(p2, p3, t[2], t[3])
    return mix(mix(a, b, t[0], t[2]), mix(b, c, t[1], t[3]), t[1], t[2])
