"""Drawings as people bring them reach the sketch models as thin dark lines on white, clean ones bit for bit."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from cgan_demo.bicyclegan.ink import read_drawing
from cgan_demo.bicyclegan.predictor import frame
from cgan_demo.errors import InputError
from cgan_demo.ui.sketch.drawings import BAGS, SHOES, drawings

PICTURES = Path(__file__).parents[1] / "pictures"
SIDE = 512  # px of the photos
CLEAN = drawings(SHOES)["Sneaker"]
LINES = np.asarray(CLEAN.convert("L").resize((SIDE, SIDE), Image.Resampling.BICUBIC), np.float32) / 255
Y, X = np.mgrid[:SIDE, :SIDE] / SIDE
LIGHTS: dict[str, Any] = {
    "even": 1.0,
    "lamp on one side": 1 - 0.65 * X,
    "half in shadow": np.where(X + 0.3 * Y > 0.6, 0.45, 1.0),
    "soft shadow": 0.5 + 0.5 / (1 + np.exp(40 * (X + 0.3 * Y - 0.7))),
    "dark corners": 1 - 0.9 * ((X - 0.5) ** 2 + (Y - 0.5) ** 2),
    "underexposed": 0.35 - 0.1 * X,
}
PENS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {  # paper, ink
    "black on white": ((240, 238, 235), (40, 40, 45)),
    "soft pencil": ((215, 213, 210), (175, 175, 175)),
    "light blue": ((250, 250, 250), (120, 200, 250)),
    "yellow": ((250, 250, 248), (250, 225, 90)),
    "red on beige": ((235, 215, 180), (200, 60, 50)),
    "chalk": ((60, 75, 65), (225, 225, 220)),
    "blueprint": ((30, 60, 140), (200, 210, 235)),
}


def photographed(pen: str, light: Any = 1.0, noise: float = 2.5, lines: np.ndarray = LINES) -> bytes:
    paper, ink = (np.array(colour, np.float32) for colour in PENS[pen])
    values = (lines[..., None] * paper + (1 - lines[..., None]) * ink) * np.broadcast_to(light, (SIDE, SIDE))[..., None]
    values = values + np.random.default_rng(0).normal(0, noise, values.shape)
    buffer = io.BytesIO()
    Image.fromarray(values.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def agreement(made: Image.Image, wanted: Image.Image = CLEAN) -> tuple[float, float]:
    """Shares of the ink made that lies within 2 px of a wanted line, and of the wanted that was made."""
    a, b = (picture.convert("L").point(lambda v: 255 * (v < 150)) for picture in (made, wanted))
    wide_a, wide_b = (np.asarray(ink.filter(ImageFilter.MaxFilter(5))) > 0 for ink in (a, b))
    ink_a, ink_b = np.asarray(a) > 0, np.asarray(b) > 0
    return float(wide_b[ink_a].mean()), float(wide_a[ink_b].mean())


def assert_clean(made: Image.Image, wanted: Image.Image = CLEAN) -> None:
    right, found = agreement(made, wanted)
    assert right > 0.985 and found > 0.97
    grey = np.asarray(made.convert("L"))
    assert (grey == 255).mean() > 0.8 and (grey < 100).sum() > 0.4 * (grey < 230).sum()


@pytest.mark.parametrize("light", LIGHTS)
def test_shadows_are_no_ink(light: str) -> None:
    assert_clean(frame(photographed("black on white", LIGHTS[light]), fit=False))


@pytest.mark.parametrize("light", ["even", "dark corners"])
@pytest.mark.parametrize("pen", PENS)
def test_any_pen_on_any_paper(pen: str, light: str) -> None:
    assert_clean(frame(photographed(pen, LIGHTS[light]), fit=False))


def test_a_filled_area_is_ink_and_a_table_is_not() -> None:
    filled = LINES.copy()
    filled[350:400, 60:420] = 0
    made = np.asarray(frame(photographed("black on white", LIGHTS["lamp on one side"], lines=filled), fit=False))
    assert made[178:197, 34:206].max() < 30
    sheet = np.ones((SIDE, SIDE), np.float32)
    sheet[56:456, 56:456] = np.asarray(Image.fromarray(LINES).resize((400, 400)))
    photo = Image.open(io.BytesIO(photographed("black on white", lines=sheet)))
    rim = np.asarray(photo).copy()
    outside = (np.abs(X - 0.5) > 0.44) | (np.abs(Y - 0.5) > 0.44)
    rim[outside] = np.random.default_rng(1).normal((90, 60, 40), 5, (int(outside.sum()), 3)).clip(0, 255)
    assert_clean(frame(rim, fit=True), frame(photo, fit=True))


@pytest.mark.parametrize("name", ["light-blue-pen.png", "black-ink-on-transparent.png"])
def test_digital_drawings_that_are_pale_or_transparent(name: str) -> None:
    made = frame(PICTURES / name, fit=False)
    source = Image.open(PICTURES / name)
    drawn = source.getchannel("A" if source.mode == "RGBA" else "R").point(
        (lambda v: 255 - v) if source.mode == "RGBA" else (lambda v: v)
    )
    assert_clean(made, drawn)
    assert np.asarray(made)[np.asarray(drawn) == 255].min() == 255


def test_a_pencil_on_grey_paper() -> None:
    made = np.asarray(frame(PICTURES / "pencil-on-grey-paper.jpg", fit=False).convert("L"))
    rows, columns = np.nonzero(made < 128)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == pytest.approx((32, 224, 96, 170), abs=5)
    assert 300 < len(rows) < 1500 and (made == 255).mean() > 0.95


@pytest.mark.parametrize("colour", ["white", "black", "yellow", (30, 120, 250)])
def test_strokes_on_nothing_are_the_drawing_whatever_their_colour(colour: Any) -> None:
    strokes = Image.new("RGBA", CLEAN.size, colour)
    strokes.putalpha(ImageOps.invert(CLEAN.convert("L")))
    assert frame(strokes, fit=False).tobytes() == CLEAN.tobytes()
    assert_clean(frame(strokes.quantize(), fit=False))


def test_strokes_of_several_colours_on_nothing() -> None:
    colours = Image.linear_gradient("L").convert("RGB")
    strokes = Image.merge("RGBA", (*colours.split(), ImageOps.invert(CLEAN.convert("L"))))
    assert frame(strokes, fit=False).tobytes() == CLEAN.tobytes()


def test_a_cut_out_sheet_keeps_its_lines() -> None:
    sheet = CLEAN.convert("RGBA")
    hole = Image.new("L", CLEAN.size, 0)
    ImageDraw.Draw(hole).rectangle((6, 60, 250, 220), fill=255)
    sheet.putalpha(hole)
    assert_clean(frame(sheet, fit=False))


@pytest.mark.parametrize("picture", [*drawings(SHOES).values(), *drawings(BAGS).values()])
def test_clean_drawings_stay_bit_for_bit(picture: Image.Image) -> None:
    assert read_drawing(picture).tobytes() == picture.convert("L").tobytes()
    assert frame(picture, fit=False).tobytes() == picture.tobytes()
    assert read_drawing(ImageOps.invert(picture)).tobytes() == picture.convert("L").tobytes()
    fitted = frame(picture, fit=True)
    assert frame(fitted, fit=True).tobytes() == fitted.tobytes()  # what the pad shows gives the same photos


def test_thin_lines_of_a_large_drawing_stay_dark() -> None:
    large = Image.new("L", (2048, 2048), 255)
    ImageDraw.Draw(large).polygon([(300, 500), (1700, 600), (1500, 1500)], outline=0, width=2)
    small = Image.new("L", (256, 256), 255)
    ImageDraw.Draw(small).polygon([(37.5, 62.5), (212.5, 75), (187.5, 187.5)], outline=0)
    assert_clean(frame(large, fit=False), small)


@pytest.mark.parametrize("light", LIGHTS)
def test_blank_paper_is_told(light: str) -> None:
    with pytest.raises(InputError, match="The drawing is empty"):
        frame(photographed("black on white", LIGHTS[light], 4, np.ones_like(LINES)), fit=True)


def test_rough_blank_paper_is_told() -> None:
    grain = np.random.default_rng(0).normal(1, 0.03, (64, 64)).astype(np.float32)
    with pytest.raises(InputError, match="The drawing is empty"):
        frame(
            photographed("black on white", np.asarray(Image.fromarray(grain).resize((SIDE, SIDE))), 4, LINES * 0 + 1),
            True,
        )


@pytest.mark.parametrize("colour", ["white", "black", "gray", (255, 0, 0, 0), (0, 0, 0, 255)])
def test_one_colour_is_no_drawing(colour: Any) -> None:
    with pytest.raises(InputError, match="The drawing is empty"):
        frame(Image.new("RGBA" if len(colour) == 4 else "RGB", (64, 48), colour), fit=True)
