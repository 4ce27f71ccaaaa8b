"""Drawings of our own, for examples and for judging the sketch models. Deterministic.

Each is a few strokes through points that we placed, drawn as a hand would: wobbly, thick, sparse, small.
"""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw

SIZE = 256
SUPERSAMPLING = 4

Point = tuple[float, float]
Stroke = list[Point]


def _oval(x: float, y: float, width: float, height: float) -> Stroke:
    """A closed oval around (x, y)."""
    turns = [2 * math.pi * k / 12 for k in range(13)]
    return [(x + width / 2 * math.cos(t), y + height / 2 * math.sin(t)) for t in turns]


def _strokes() -> dict[str, list[Stroke]]:
    """By name, on a 256 px square, a shoe's toe to the right; a stroke is a smooth curve through its points.

    In the file, four numbers in place of points are an oval: x, y, width, height.
    """
    things = json.loads(Path(__file__).with_name("strokes.json").read_text(encoding="utf-8"))
    return {
        name: [[(x, y) for x, y in given] if isinstance(given[0], list) else _oval(*given) for given in strokes]
        for name, strokes in things.items()
    }


STROKES = _strokes()


@dataclass(frozen=True)
class Hand:
    """How a drawing is made: pen width and wobble in px, strokes left out, and where it lies in the frame.

    thing: a name in `STROKES`.
    """

    thing: str
    pen: float = 1.5
    wobble: float = 0.0
    skip: set[int] = field(default_factory=set)
    scale: float = 1.0
    shift: Point = (0.0, 0.0)
    mirrored: bool = False
    seed: int = 0


# Clean ones open the tab; the rest is what visitors draw. All of them are the test set of the model cards.
SHOES: dict[str, Hand] = {
    "Sneaker": Hand("sneaker"),
    "Boot": Hand("boot"),
    "High heel": Hand("heel"),
    "Loafer": Hand("loafer"),
    "Sandal": Hand("sandal"),
    "Ankle boot": Hand("ankle boot", mirrored=True),
    "Wobbly sneaker": Hand("sneaker", pen=2, wobble=4, seed=1),
    "Thick boot": Hand("boot", pen=6, wobble=2, seed=2),
    "Sparse loafer": Hand("loafer", pen=1, skip={3, 5, 6}),
    "Outline only": Hand("sneaker", pen=2, wobble=1.5, skip={2, 4, 5, 6, 7, 8, 9, 10}, seed=3),
    "Off centre": Hand("heel", pen=2, wobble=1.5, scale=0.7, shift=(-50, -60), seed=4),
    "Tiny": Hand("ankle boot", pen=1.5, wobble=1, scale=0.4, shift=(40, 30), seed=5),
}
BAGS: dict[str, Hand] = {
    "Tote": Hand("tote"),
    "Satchel": Hand("satchel"),
    "Clutch": Hand("clutch"),
    "Hobo": Hand("hobo"),
    "Backpack": Hand("backpack"),
    "Doctor's bag": Hand("doctor"),
    "Wobbly tote": Hand("tote", pen=2, wobble=4, seed=1),
    "Thick satchel": Hand("satchel", pen=6, wobble=2, seed=2),
    "Sparse hobo": Hand("hobo", pen=1, skip={4, 6}),
    "Bare outline": Hand("satchel", pen=2, wobble=1.5, skip={4, 5, 6, 7, 9}, seed=3),
    "Off centre": Hand("doctor", pen=2, wobble=1.5, scale=0.7, shift=(-40, 40), seed=4),
    "Tiny": Hand("clutch", pen=1.5, wobble=1, scale=0.4, shift=(40, -30), seed=5),
}
CATS: dict[str, Hand] = {
    "Portrait": Hand("portrait"),
    "Kitten": Hand("kitten"),
    "Sleepy": Hand("sleepy"),
    "Circle and two ears": Hand("circle", pen=2),
    "Sitting": Hand("sitting"),
    "From the left": Hand("portrait", pen=1, skip={16, 17}, mirrored=True, scale=1.1, shift=(-20, 10)),
    "A child's": Hand("circle", pen=3, wobble=5, seed=1),
    "Thick pen": Hand("kitten", pen=6, wobble=2, seed=2),
    "Few lines": Hand("sleepy", pen=1, skip={10, 11, 12, 13, 14, 15, 16}),
    "Outline only": Hand("portrait", pen=2, wobble=1.5, skip=set(range(5, 18)), seed=3),
    "Off centre": Hand("kitten", pen=2, wobble=1.5, scale=0.7, shift=(-40, -30), seed=4),
    "Tiny": Hand("circle", pen=1.5, wobble=1, scale=0.4, shift=(40, 30), seed=5),
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
    for i, stroke in enumerate(STROKES[hand.thing]):
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
