"""Example maps, painted by this file in the map's own colours. Deterministic; no file is read."""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image, ImageDraw

GROUND, STREET, HIGHWAY = (235, 230, 222), (254, 254, 254), (249, 158, 37)
WATER, PARK = (177, 209, 254), (202, 223, 171)
PALETTE = {"Ground": GROUND, "Street": STREET, "Highway": HIGHWAY, "Water": WATER, "Park": PARK}

SIZE = 256
_SCALE = 4  # drawn four times as large and averaged down: slightly soft edges, as on the real maps

Color = tuple[int, int, int]
Points = list[tuple[float, float]]


class Painter:
    """Draws in map pixels (0 to 256, x to the right, y down) on a canvas four times as fine."""

    def __init__(self) -> None:
        self.canvas = Image.new("RGB", (SIZE * _SCALE, SIZE * _SCALE), GROUND)
        self._draw = ImageDraw.Draw(self.canvas)

    def line(self, points: Points, color: Color = STREET, width: float = 4) -> None:
        self._draw.line([(x * _SCALE, y * _SCALE) for x, y in points], color, round(width * _SCALE), joint="curve")

    def area(self, points: Points, color: Color) -> None:
        self._draw.polygon([(x * _SCALE, y * _SCALE) for x, y in points], color)

    def ring(self, x: float, y: float, radius: float, color: Color = HIGHWAY, width: float = 4) -> None:
        box = [(v + d * radius) * _SCALE for d in (-1, 1) for v in (x, y)]
        self._draw.ellipse(box, outline=color, width=round(width * _SCALE))

    def grid(self, degrees: float, long: float, short: float) -> None:
        """Streets over everything: blocks of `long` by `short` pixels, turned by `degrees`; avenues are wider."""
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

        def turned(u: float, v: float) -> tuple[float, float]:
            return 128 + u * c - v * s, 128 + u * s + v * c

        for step, width, along in ((short, 3.2, True), (long, 4.6, False)):
            for i in range(-10, 11):
                ends = [(-260, i * step), (260, i * step)] if along else [(i * step, -260), (i * step, 260)]
                self.line([turned(*end) for end in ends], STREET, width)

    def picture(self) -> Image.Image:
        return self.canvas.resize((SIZE, SIZE), Image.Resampling.BOX)


def _wave(start: float, slope: float, swing: float, length: float) -> Points:
    """A winding line from the left edge to the right, slightly beyond both."""
    return [(x, start + slope * x + swing * math.sin(x / length)) for x in range(-16, 280, 4)]


def _river(p: Painter) -> None:
    p.grid(18, 62, 30)
    bank = _wave(96, 0.25, 16, 38)
    p.area([(x, y - 26) for x, y in bank] + [(x, y + 44) for x, y in reversed(bank)], PARK)
    p.line([(x, y - 27) for x, y in bank], width=4)
    p.line([(x, y + 45) for x, y in bank], width=4)
    p.area([(x, y - 19) for x, y in bank] + [(x, y + 19) for x, y in reversed(bank)], WATER)
    p.line([(84, -10), (46, 108), (0, 262)], width=5)
    p.line([(206, -10), (164, 120), (120, 262)], HIGHWAY, 7)


def _park(p: Painter) -> None:
    p.grid(-9, 54, 27)
    lawn: Points = [(62, 58), (196, 37), (222, 196), (87, 218)]
    p.area(lawn, PARK)
    p.line([*lawn, lawn[0], lawn[1]], width=5)
    pond = [(148 + 30 * math.cos(a / 9), 98 + 19 * math.sin(a / 9) + 5 * math.cos(a / 3)) for a in range(57)]
    p.area(pond, WATER)
    p.line([(x, y + 24 * math.sin((x - 75) / 40)) for x, y in ((x, 160 - x * 0.1) for x in range(82, 216, 3))], width=3)


def _interchange(p: Painter) -> None:
    p.grid(33, 58, 29)
    p.area([(-5, -5), (150, -5), (108, 120), (-5, 178)], PARK)
    p.area([(150, 150), (262, 100), (262, 262), (172, 262)], PARK)
    east, south = [(-10.0, 186.0), (128.0, 128.0), (266.0, 70.0)], [(84.0, -10.0), (128.0, 128.0), (172.0, 266.0)]
    p.line([(x, y + 1) for x, y in east], HIGHWAY, 12)
    p.line(south, HIGHWAY, 12)
    for dx, dy in ((-31, -17), (31, 17), (17, -38), (-17, 38)):
        p.ring(128 + dx, 128 + dy, 21)
    p.line([(93, -10), (150, 84), (266, 56)], HIGHWAY, 4)
    p.line([(163, 266), (106, 172), (-10, 200)], HIGHWAY, 4)


def _coast(p: Painter) -> None:
    p.grid(-24, 56, 28)
    shore = [(150 + 26 * math.sin(y / 37) + 0.22 * y, float(y)) for y in range(-16, 280, 4)]
    p.area([*[(x - 24, y) for x, y in shore], (290, 290), (290, -20)], PARK)
    p.area([*shore, (290, 290), (290, -20)], WATER)
    p.area([(170, 64), (226, 52), (229, 66), (173, 80)], GROUND)
    p.line([(150, 76), (222, 60)], width=3)
    p.line([(x - 26, y) for x, y in shore], width=5)
    p.line([(-10, 60), (60, 86), (92, 150), (112, 266)], HIGHWAY, 7)


def _paint(draw: Callable[[Painter], None]) -> Image.Image:
    painter = Painter()
    draw(painter)
    return painter.picture()


def painted_maps() -> dict[str, Image.Image]:
    """Four map pictures, 256×256 RGB, by name."""
    scenes = {"River": _river, "Park": _park, "Junction": _interchange, "Coast": _coast}
    return {name: _paint(draw) for name, draw in scenes.items()}
