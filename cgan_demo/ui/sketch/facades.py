"""Example house fronts, painted here in the label colours of the CMP façades. Deterministic; no file is read."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image, ImageDraw

SIZE = 256

# Medians of the twelve label colours over the training pictures of the set.
LABELS = {
    "Wall": (0, 48, 255),
    "Around": (0, 0, 223),
    "Window": (4, 126, 255),
    "Door": (3, 207, 255),
    "Shop": (174, 0, 2),
    "Balcony": (192, 255, 65),
    "Shutter": (248, 239, 23),
    "Sill": (113, 251, 155),
    "Lintel": (37, 252, 227),
    "Cornice": (253, 81, 2),
    "Column": (240, 5, 9),
    "Trim": (254, 159, 7),
}


class Front:
    """A house front in the making; boxes are given by left, top, width and height in px."""

    def __init__(self, ground: str = "Wall"):
        self.picture = Image.new("RGB", (SIZE, SIZE), LABELS[ground])
        self._draw = ImageDraw.Draw(self.picture)

    def box(self, label: str, left: float, top: float, width: float, height: float) -> None:
        self._draw.rectangle((left, top, left + width - 1, top + height - 1), fill=LABELS[label])

    def window(
        self, left: float, top: float, width: float, height: float, sill: bool = True, lintel: bool = False
    ) -> None:
        self.box("Window", left, top, width, height)
        if sill:
            self.box("Sill", left - 2, top + height, width + 4, 5)
        if lintel:
            self.box("Lintel", left - 2, top - 6, width + 4, 6)


def _town_house(f: Front) -> None:
    f.box("Around", 0, 0, SIZE, 22)
    f.box("Cornice", 0, 22, SIZE, 12)
    for row, top in enumerate((48, 104)):
        for i in range(5):
            f.window(16 + 48 * i, top, 30, 38, lintel=row == 1)
    f.box("Cornice", 0, 158, SIZE, 7)
    for i in (0, 1, 3, 4):
        f.window(18 + 48 * i, 180, 28, 42)
    f.box("Door", 112, 178, 32, 78)


def _shops(f: Front) -> None:
    f.box("Cornice", 0, 0, SIZE, 14)
    for top in (28, 80, 132):
        for i in range(6):
            f.window(12 + 41 * i, top, 22, 34, lintel=True)
    f.box("Cornice", 0, 184, SIZE, 8)
    for left in (10, 138):
        f.box("Shop", left, 198, 108, 50)
    f.box("Door", 118, 198, 20, 58)


def _balconies(f: Front) -> None:
    f.box("Around", 0, 0, SIZE, 30)
    f.box("Trim", 0, 30, SIZE, 8)
    for top in (48, 118, 188):
        for left in (30, 164):
            f.box("Window", left, top, 62, 36)
            f.box("Balcony", left - 10, top + 32, 82, 20)
        f.window(116, top, 24, 32)


def _columns(f: Front) -> None:
    f.box("Cornice", 0, 0, SIZE, 26)
    for left in (4, 64, 124, 184, 244):
        f.box("Column", left, 26, 9, 154)
    for left in (24, 84, 144, 204):
        f.window(left, 46, 28, 50, lintel=True)
        f.window(left, 120, 28, 44)
    f.box("Cornice", 0, 180, SIZE, 10)
    for left in (20, 84, 148, 208):
        f.box("Door", left, 200, 30, 56)


def _shutters(f: Front) -> None:
    f.box("Around", 0, 0, 54, SIZE)
    f.box("Around", 202, 0, 54, SIZE)
    f.box("Around", 0, 0, SIZE, 34)
    f.box("Trim", 54, 34, 148, 8)
    for top in (56, 122):
        for left in (78, 148):
            f.window(left, top, 24, 42)
            f.box("Shutter", left - 12, top, 12, 42)
            f.box("Shutter", left + 24, top, 12, 42)
    f.box("Door", 114, 186, 28, 70)


def _office(f: Front) -> None:
    for top in range(12, 220, 32):
        for left in range(10, 246, 40):
            f.window(left, top, 32, 20, sill=False)
    f.box("Shop", 12, 232, 100, 24)
    f.box("Door", 130, 228, 36, 28)
    f.box("Shop", 182, 232, 62, 24)


def _painted(paint: Callable[[Front], None]) -> Image.Image:
    front = Front()
    paint(front)
    return front.picture


def facades() -> dict[str, Image.Image]:
    """Six label pictures, 256 x 256 RGB, by name."""
    fronts = {
        "Town house": _town_house,
        "Shops": _shops,
        "Balconies": _balconies,
        "Columns": _columns,
        "Shutters": _shutters,
        "Office": _office,
    }
    return {name: _painted(paint) for name, paint in fronts.items()}
