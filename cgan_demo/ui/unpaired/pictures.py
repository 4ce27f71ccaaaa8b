"""Example animals, painted here: on a meadow, and what the models were not made for. Deterministic; no file is read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIZE = 256
Points = Sequence[tuple[float, float]]
Color = tuple[int, int, int]

# A horse that stands and looks to the left, clockwise from its muzzle; far legs, mane and tail by themselves.
HORSE: Points = (
    (42, 97), (47, 86), (60, 70), (71, 58), (74, 46), (81, 58), (97, 73), (117, 92), (150, 98), (184, 92), (200, 103),
    (207, 126), (200, 150), (206, 172), (202, 200), (205, 215), (191, 215), (193, 198), (191, 174), (180, 152),
    (150, 151), (122, 151), (114, 152), (112, 178), (110, 202), (113, 215), (98, 215), (100, 200), (99, 176), (94, 150),
    (88, 130), (82, 110), (72, 99), (58, 107), (47, 107),
)  # fmt: skip
FAR_LEGS: Sequence[Points] = (
    ((92, 140), (84, 172), (80, 198), (76, 211), (90, 211), (92, 196), (98, 170), (110, 146)),
    ((180, 140), (184, 170), (180, 198), (176, 211), (190, 211), (190, 196), (196, 168), (198, 140)),
)
MANE: Points = ((73, 50), (86, 56), (102, 70), (122, 92), (112, 101), (98, 88), (86, 78), (80, 64))
TAIL: Points = ((197, 100), (212, 110), (219, 140), (216, 172), (209, 184), (208, 150), (204, 124))
RIDER: Sequence[tuple[Points, Color]] = (
    (((140, 92), (150, 96), (146, 124), (136, 150), (126, 156), (124, 150), (132, 140)), (52, 60, 96)),  # leg
    (((136, 48), (152, 48), (158, 74), (154, 100), (136, 100), (132, 72)), (178, 42, 38)),  # coat
    (((138, 56), (146, 58), (128, 82), (108, 90), (106, 86), (124, 76)), (160, 36, 34)),  # arm
    (((138, 34), (150, 34), (152, 46), (144, 52), (137, 46)), (214, 168, 140)),  # head
    (((132, 34), (144, 22), (154, 34), (150, 37), (138, 37)), (36, 34, 38)),  # hat
)
STRIPES: Sequence[float] = tuple(range(84, 208, 11))


def smooth(points: Points, steps: int = 8) -> list[tuple[float, float]]:
    """A closed curve through the points (Catmull and Rom, 1974)."""
    b, t = np.array(points, float), np.linspace(0, 1, steps, endpoint=False)[:, None, None]
    a, c, d = (np.roll(b, shift, 0) for shift in (1, -1, -2))
    curve = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))  # (steps, points, 2)
    return [(float(x), float(y)) for x, y in curve.swapaxes(0, 1).reshape(-1, 2)]


class Scene:
    """A meadow under the sky, and what stands on it; boxes and points in px of a picture of `SIZE`."""

    def __init__(self, seed: int, grass: Color = (112, 128, 62), sky: Color = (176, 202, 226), horizon: int = 92):
        self.rng = np.random.default_rng(seed)
        self.pixels = np.empty((SIZE, SIZE, 3), np.float32)
        down = np.linspace(0, 1, SIZE, dtype=np.float32)[:, None, None]
        self.pixels[:horizon] = np.array(sky, np.float32) * (0.86 + 0.3 * down[:horizon])
        self.pixels[horizon:] = np.array(grass, np.float32) * (1.12 - 0.35 * down[horizon:])
        self.pixels[horizon:] *= 1 + 0.1 * self._texture(3)[horizon:] + 0.1 * self._texture(0.7)[horizon:]
        trees = horizon - 12 + 6 * self._texture(5)[None, 0, :, 0]  # how high they reach, by column
        wood = (np.arange(SIZE)[:, None] > trees) & (np.arange(SIZE)[:, None] < horizon)
        self.pixels[wood] = np.array((66, 84, 52), np.float32) * (1 + 0.2 * self._texture(2)[wood])

    def _texture(self, blur: float) -> np.ndarray:
        """Noise of unit deviation with grains of about `blur` px, (SIZE, SIZE, 1)."""
        noise = Image.fromarray((128 + 40 * self.rng.standard_normal((SIZE, SIZE))).clip(0, 255).astype(np.uint8))
        grains = np.asarray(noise.filter(ImageFilter.GaussianBlur(blur)), np.float32)
        return ((grains - grains.mean()) / max(grains.std(), 1e-6))[..., None]

    def paint(self, points: Points, color: Color, light: float = 0.45, grain: float = 0.05) -> np.ndarray:
        """A body in a colour, brighter above than below; returns where it is, (SIZE, SIZE, 1) in [0, 1]."""
        covered = _covered(smooth(points))
        rows = np.nonzero(covered[..., 0].any(1))[0]
        depth = np.clip((np.arange(SIZE) - rows[0]) / max(np.ptp(rows), 1), 0, 1)[:, None, None]
        inner = _blurred(covered, 9)  # darker where it turns away at its edges
        shade = (1.12 - light * depth) * (0.62 + 0.42 * inner) * (1 + grain * self._texture(1.5))
        self.pixels += covered * (np.array(color, np.float32) * shade - self.pixels)
        return covered

    def horse(self, coat: Color, hair: Color = (38, 30, 26)) -> np.ndarray:
        self.shadow()
        for leg in FAR_LEGS:
            self.paint(leg, tuple(int(0.6 * c) for c in coat), 0.3)  # type: ignore[arg-type]
        self.paint(TAIL, hair, 0.2, 0.12)
        body = self.paint(HORSE, coat)
        self.paint(MANE, hair, 0.2, 0.12)
        self.paint([(59, 80), (63, 79), (63, 83), (60, 84)], (16, 12, 12), 0.0)  # eye
        self.paint([(45, 97), (48, 95), (49, 99), (46, 100)], (30, 22, 20), 0.0)  # nostril
        return body

    def stripes(self, body: np.ndarray) -> None:
        """Dark bands across a body, wavering."""
        rows, columns = np.arange(SIZE)[:, None], np.arange(SIZE)[None]
        bent = columns + 5 * np.sin(rows / 15) + 0.12 * (rows - 120) + 2 * self._texture(8)[..., 0]
        dark = np.clip(1.5 * np.sin(2 * np.pi * bent / 11) + 0.2, 0, 1)[..., None] * body
        self.pixels += 0.92 * dark * (np.array((24, 22, 24), np.float32) - self.pixels)

    def shadow(self) -> None:
        ground = _blurred(_covered([(70, 208), (212, 208), (224, 218), (64, 218)]), 5)
        self.pixels *= 1 - 0.45 * ground

    def picture(self) -> Image.Image:
        grained = self.pixels + 3 * self._texture(0.5)
        return Image.fromarray(grained.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.6))


def _covered(outline: Points) -> np.ndarray:
    """Where a closed curve lies, antialiased, (SIZE, SIZE, 1) in [0, 1]."""
    large = Image.new("L", (4 * SIZE, 4 * SIZE))
    ImageDraw.Draw(large).polygon([(4 * x, 4 * y) for x, y in outline], fill=255)
    return np.asarray(large.resize((SIZE, SIZE), Image.Resampling.BOX), np.float32)[..., None] / 255


def _blurred(where: np.ndarray, px: float) -> np.ndarray:
    picture = Image.fromarray((255 * where[..., 0]).astype(np.uint8)).filter(ImageFilter.GaussianBlur(px))
    return np.asarray(picture, np.float32)[..., None] / 255


def horse(coat: Color, seed: int, **scene: object) -> Image.Image:
    made = Scene(seed, **scene)  # type: ignore[arg-type]
    made.horse(coat)
    return made.picture()


def zebra(seed: int, **scene: object) -> Image.Image:
    made = Scene(seed, **scene)  # type: ignore[arg-type]
    made.stripes(made.horse((226, 220, 212)))
    return made.picture()


def rider() -> Image.Image:
    """A person on the horse's back, on whom the paper's model paints stripes, too (section 6)."""
    made = Scene(5)
    made.horse((128, 74, 42))
    for points, color in RIDER:
        made.paint(points, color)
    return made.picture()


def drawing() -> Image.Image:
    """Lines on paper: there is no coat to paint on."""
    paper = Image.new("L", (4 * SIZE, 4 * SIZE), 255)
    pen = ImageDraw.Draw(paper)
    for part in (HORSE, *FAR_LEGS, MANE, TAIL):
        pen.line([(4 * x, 4 * y) for x, y in [*smooth(part), *smooth(part)[:2]]], fill=20, width=9, joint="curve")
    return paper.resize((SIZE, SIZE), Image.Resampling.BOX).convert("RGB")


def no_horse() -> Image.Image:
    """A brown barn: the colour of a horse, but none."""
    made = Scene(8)
    made.shadow()
    for box, color in (
        (((60, 100), (200, 100), (200, 212), (60, 212)), (132, 78, 46)),
        (((46, 104), (130, 48), (214, 104), (206, 110), (54, 110)), (92, 60, 50)),
        (((112, 150), (148, 150), (148, 212), (112, 212)), (70, 44, 30)),
    ):
        covered = _covered(box)
        made.pixels += covered * (np.array(color, np.float32) * (1 + 0.06 * made._texture(2)) - made.pixels)
    return made.picture()


def horses() -> dict[str, Image.Image]:
    """Examples to turn into zebras, 256 x 256 RGB, by name."""
    dry = {"grass": (168, 150, 96), "sky": (202, 210, 214), "horizon": 80}
    return {
        "Bay": horse((132, 74, 40), 1),
        "Grey": horse((176, 172, 168), 2, **dry),
        "Black": horse((58, 48, 44), 3),
    }


def zebras() -> dict[str, Image.Image]:
    return {"Zebra": zebra(4, grass=(168, 150, 96), sky=(202, 210, 214), horizon=84), "In the green": zebra(6)}


def failures() -> dict[str, Image.Image]:
    """What the models were not made for."""
    return {"A rider": rider(), "A line drawing": drawing(), "A barn": no_horse()}
