"""Makes the examples of the tab Sharpen: a wall, a bookshelf and tiles, each drawn here and seen from two places.

python tests/benchmarks/made_scenes.py [--to assets/sharpen]

A scene is painted flat and large, then looked at twice through a homography, in another light and with the noise of
another camera. At a quarter of its size its small lettering cannot be read; the second view shows what it says.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIDE = 1600  # px of a painted scene
SHOT = 480  # px of a view, as saved
QUALITY = 86
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
SERIF, SANS, MONO, THIN = "DejaVuSerif-Bold", "DejaVuSans-Bold", "DejaVuSansMono-Bold", "STIXGeneralBol"

Corners = Sequence[tuple[float, float]]  # what a view's corners see, in the scene's px: clockwise from the upper left
Light = tuple[float, float, float]  # gains of red, green, blue


def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"{name}.ttf"), size)


def cloud(rng: np.random.Generator, cell: int, height: int = SIDE, width: int = SIDE) -> np.ndarray:
    """(height, width, 1) smooth noise of mean 0 and deviation 1 whose spots are about `cell` px large."""
    small = rng.normal(size=(height // cell + 2, width // cell + 2)).astype(np.float32)
    grown = np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))
    return ((grown - grown.mean()) / grown.std())[:, :, None]


def rough(picture: Image.Image, rng: np.random.Generator, amounts: dict[int, float]) -> Image.Image:
    """`picture` made uneven: noise by the size of its spots, in grey levels."""
    values = np.asarray(picture, np.float32)
    for cell, amount in amounts.items():
        values = values + amount * cloud(rng, cell, *values.shape[:2])
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def view(scene: Image.Image, corners: Corners, light: Light, noise: float, seed: int) -> Image.Image:
    """What a camera sees that looks at `corners`: light falls off towards one side, and its sensor is noisy."""
    size = 3 * SHOT  # seen three times as fine and averaged down
    ends = [(0, 0), (size, 0), (size, size), (0, size)]
    rows = [
        row
        for (x, y), (u, v) in zip(ends, corners, strict=True)
        for row in ([x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y])
    ]
    homography = np.linalg.solve(np.array(rows, float), np.array(corners, float).ravel())
    seen = scene.transform((size, size), Image.Transform.PERSPECTIVE, tuple(homography), Image.Resampling.BICUBIC)
    values = np.asarray(seen.resize((SHOT, SHOT), Image.Resampling.BOX), np.float32)
    fall = 1.08 - 0.16 * np.linspace(0, 1, SHOT, dtype=np.float32)[None, :, None]
    grain = noise * np.random.default_rng(seed).normal(size=values.shape)
    return Image.fromarray((values * fall * np.float32(light) + grain).clip(0, 255).astype(np.uint8))


def words(pen: ImageDraw.ImageDraw, at: tuple[float, float], text: str, face: str, size: int, color: str) -> None:
    pen.text(at, text, color, font(face, size), anchor="mm")


def wall(rng: np.random.Generator) -> Image.Image:
    """Bricks, a street sign, a poster and a letter box."""
    mortar = rough(Image.new("RGB", (SIDE, SIDE), "#b3a697"), rng, {2: 9, 6: 8, 60: 6})
    pen = ImageDraw.Draw(mortar)
    for row, y in enumerate(range(-20, SIDE, 62)):
        for x in range(-140 + 70 * (row % 2), SIDE, 140):
            red = int(rng.normal(150, 17))
            tone = (red, int(0.52 * red + rng.normal(0, 6)), int(0.4 * red + rng.normal(0, 5)))
            left, top = x + rng.normal(0, 1.5), y + rng.normal(0, 1.2)
            pen.rounded_rectangle((left, top, left + 130, top + 53), 5, tone)
    scene = rough(mortar, rng, {2: 8, 5: 9, 14: 7, 220: 9})
    _sign(scene, rng)
    _poster(scene, rng)
    return scene


def _stick(scene: Image.Image, board: Image.Image, at: tuple[int, int]) -> None:
    """Put a board on the scene, with its shadow."""
    shadow = Image.new("L", scene.size, 0)
    shadow.paste(150, (at[0] + 5, at[1] + 9, at[0] + board.width + 7, at[1] + board.height + 11))
    scene.paste((20, 16, 14), (0, 0), shadow.filter(ImageFilter.GaussianBlur(7)))
    scene.paste(board, at)


def _sign(scene: Image.Image, rng: np.random.Generator) -> None:
    board = Image.new("RGB", (760, 215), "#17417f")
    pen = ImageDraw.Draw(board)
    pen.rectangle((12, 12, 747, 202), outline="#eef0ec", width=7)
    words(pen, (380, 84), "WEAVERS LANE", SERIF, 72, "#f4f4ee")
    words(pen, (380, 160), "leading to the old mill and the ferry", "DejaVuSerif", 33, "#f4f4ee")
    for x, y in ((30, 30), (730, 30), (30, 185), (730, 185)):
        pen.ellipse((x - 7, y - 7, x + 7, y + 7), "#8a8f96", "#3a3f46")
    _stick(scene, rough(board, rng, {2: 3, 90: 7}), (190, 250))


def _poster(scene: Image.Image, rng: np.random.Generator) -> None:
    board = Image.new("RGB", (560, 790), "#efe3c4")
    pen = ImageDraw.Draw(board)
    pen.rectangle((0, 0, 560, 268), "#b8412c")
    for ray in range(0, 180, 12):
        pen.pieslice((30, -20, 530, 480), 180 + ray, 186 + ray, "#e9a13b")
    pen.rectangle((0, 268, 560, 290), "#1d2a30")
    words(pen, (280, 216), "SUMMER BRASS", SANS, 54, "#fff6df")
    lines = (
        ("in the courtyard, every Friday at 7", SERIF, 26),
        ("12 June    The River Nine", THIN, 41),
        ("19 June    Copper & Reed", THIN, 41),
        ("26 June    Long Valley Band", THIN, 41),
        ("3 July      Two Left Trumpets", THIN, 41),
        ("Admission free. Bring a chair. If it rains", SANS, 22),
        ("we play in the hall, first floor, room 14.", SANS, 22),
        ("Bread and soup from the kitchen: 4.50", MONO, 21),
    )
    for (text, face, size), y in zip(lines, (330, 400, 460, 520, 580, 656, 690, 745), strict=True):
        words(pen, (280, y), text, face, size, "#25211d")
    _stick(scene, rough(board, rng, {2: 4, 7: 3, 120: 6}), (520, 530))


def shelf(rng: np.random.Generator) -> Image.Image:
    """Two rows of books that nobody wrote."""
    scene = rough(Image.new("RGB", (SIDE, SIDE), "#2a1d14"), rng, {4: 5, 90: 5})
    titles = (
        "THE SALT ROAD|M. Arden", "Notes on Rivers|L. Okafor", "A SMALL ATLAS OF WIND|J. Weiss", "Bread & Iron|T. Sato",
        "WINTER ORCHARDS|E. Lindqvist", "The Clockmaker's Field|R. Amato", "MOSS, LICHEN, STONE|P. Dubois",
        "Letters from the Ferry|A. Novak", "HOW BRIDGES STAND|C. Mbeki", "The Quiet Harbour|S. Larsen",
        "COUNTING SWALLOWS|H. Brandt", "Seven Kinds of Blue|I. Moreau", "A GRAMMAR OF KNOTS|D. Yilmaz",
        "The Paper Garden|N. Costa", "STREET TREES|F. Varga", "Maps Without Edges|K. Tanaka",
    )  # fmt: skip
    colors = (
        "#7b2d26",
        "#1f4e5f",
        "#c9a227",
        "#31572c",
        "#e4d8bf",
        "#473144",
        "#b5651d",
        "#22303c",
        "#8f9e8b",
        "#d9d2c5",
    )
    number = 0
    for bottom in (800, SIDE - 20):
        x = 10
        while x < SIDE - 60:
            width, height = int(rng.integers(84, 138)), int(rng.integers(600, 715))
            title, author = titles[number % len(titles)].split("|")
            color = colors[(7 * number + 3 * (number // 5)) % len(colors)]
            scene.paste(_spine(rng, width, height, title, author, color), (x, bottom - height))
            x, number = x + width + int(rng.integers(2, 6)), number + 1
        ImageDraw.Draw(scene).rectangle((0, bottom, SIDE, bottom + 34), "#80552f")
    return rough(scene, rng, {2: 4, 200: 4})


def _spine(rng: np.random.Generator, width: int, height: int, title: str, author: str, color: str) -> Image.Image:
    """A book's back, written on from top to bottom."""
    lying = Image.new("RGB", (height, width), color)
    pen = ImageDraw.Draw(lying)
    ink = "#2b2118" if sum(lying.getpixel((0, 0))) > 420 else "#f0dfae"  # type: ignore[arg-type]
    for edge in (26, 40, height - 40, height - 26):
        pen.line((edge, 0, edge, width), ink, 4)
    face, size = (SANS, 28) if title.isupper() else (SERIF, 30)
    words(pen, (0.45 * height - 10, width / 2 - 2), title, face, size, ink)
    words(pen, (height - 112, width / 2), author, "DejaVuSerif-Italic", 20, ink)
    pen.regular_polygon((58, width / 2, 7), 4, fill=ink)
    cloth = np.asarray(rough(lying, rng, {2: 7, 5: 4, 60: 5}), np.float32)
    bend = 1 - 0.5 * np.abs(np.linspace(-1, 1, width, dtype=np.float32)) ** 4
    shaded = Image.fromarray((cloth * bend[:, None, None]).clip(0, 255).astype(np.uint8))
    return shaded.transpose(Image.Transpose.ROTATE_270)


def tiles(rng: np.random.Generator) -> Image.Image:
    """Painted tiles, no two quite alike, around a plaque."""
    scene = Image.new("RGB", (SIDE, SIDE), "#a9a294")
    side = 200
    for y in range(0, SIDE, side):
        for x in range(0, SIDE, side):
            tile = rough(_tile(rng, side - 8), rng, {2: 4, 40: 7})
            scene.paste(tile, (x + 4 + int(rng.integers(-1, 2)), y + 4 + int(rng.integers(-1, 2))))
    plaque = Image.new("RGB", (640, 300), "#f3efe2")
    pen = ImageDraw.Draw(plaque)
    pen.rectangle((10, 10, 629, 289), outline="#1d4f91", width=6)
    pen.rectangle((24, 24, 615, 275), outline="#d08c1d", width=3)
    words(pen, (320, 88), "Casa das Ondas", "DejaVuSerif-BoldItalic", 62, "#1d4f91")
    words(pen, (320, 160), "TEA  ·  SALT CAKES  ·  LEMON ICE", SANS, 28, "#1d4f91")
    words(pen, (320, 214), "open from nine to six, closed on Mondays", "DejaVuSerif", 25, "#3a3f46")
    words(pen, (320, 250), "No 27, second door, mind the step", "DejaVuSerif", 21, "#3a3f46")
    _stick(scene, rough(plaque, rng, {2: 3, 90: 5}), (480, 650))
    return scene


def _tile(rng: np.random.Generator, side: int) -> Image.Image:
    glaze = tuple(int(v + rng.normal(0, 4)) for v in (236, 232, 220))
    tile = Image.new("RGB", (side, side), glaze)
    pen, middle = ImageDraw.Draw(tile), side / 2
    blue, gold = "#1d4f91", "#d08c1d"
    for x in (0, side):
        for y in (0, side):
            for radius, color, width in ((76, blue, 9), (60, gold, 5), (44, blue, 3), (20, blue, 20)):
                pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=color, width=width)
    for k in range(8):
        turn = np.pi * k / 4
        tip = (middle + 60 * np.cos(turn), middle + 60 * np.sin(turn))
        sides = [(middle + 26 * np.cos(turn + d), middle + 26 * np.sin(turn + d)) for d in (-0.36, 0.36)]
        pen.polygon([(middle, middle), sides[0], tip, sides[1]], blue if k % 2 == 0 else gold)
    pen.ellipse((middle - 12, middle - 12, middle + 12, middle + 12), glaze, blue, 4)
    for k in range(4):
        at = (middle + (side / 2 - 10) * np.cos(np.pi * k / 2), middle + (side / 2 - 10) * np.sin(np.pi * k / 2))
        pen.regular_polygon((*at, 9), 4, rotation=45, fill=blue)
    return tile


# A scene, the first view, the second, and the light of each.
SCENES: dict[str, tuple[Callable[[np.random.Generator], Image.Image], Corners, Corners, Light, Light]] = {
    "Wall": (
        wall,
        [(150, 225), (1180, 245), (1200, 1255), (130, 1275)],
        [(180, 250), (1200, 190), (1160, 1300), (215, 1180)],
        (1.0, 0.98, 0.95),
        (1.04, 0.9, 0.74),
    ),
    "Shelf": (
        shelf,
        [(330, 260), (1270, 230), (1290, 1180), (310, 1170)],
        [(270, 160), (1180, 230), (1210, 1150), (330, 1230)],
        (1.02, 0.97, 0.9),
        (0.86, 0.92, 1.0),
    ),
    "Tiles": (
        tiles,
        [(330, 320), (1300, 350), (1270, 1270), (310, 1280)],
        [(260, 420), (1210, 300), (1290, 1240), (330, 1330)],
        (0.95, 0.97, 1.0),
        (1.05, 0.95, 0.8),
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=Path("assets/sharpen"))
    folder = parser.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (name, (paint, first, second, light, other)) in enumerate(SCENES.items()):
        scene = paint(np.random.default_rng(seed))
        view(scene, first, light, 1.5, seed).save(folder / f"{name.lower()}.webp", quality=QUALITY, method=6)
        view(scene, second, other, 2, seed + 9).save(
            folder / f"{name.lower()}-reference.webp", quality=QUALITY, method=6
        )


if __name__ == "__main__":
    main()
