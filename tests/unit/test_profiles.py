"""Colours are sRGB's, whatever profile a picture brings; one that says nothing new changes nothing."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from cgan_demo.images import open_as_is, open_image, open_reduced

P3 = Path(__file__).parents[1] / "pictures" / "display-p3-patches.png"
PROFILE = Image.open(P3).info["icc_profile"]
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
RED, GREEN = (234, 51, 35), (117, 251, 76)  # of sRGB, as Display P3 writes them


def saved(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def near(a: Any, b: Any, by: int = 4) -> bool:
    return bool(np.abs(np.subtract(a, b, dtype=int)).max() <= by)


def test_display_p3_becomes_srgb() -> None:
    colors = {color for _, color in open_image(P3).getcolors()}
    for pure in ((255, 0, 0), (0, 255, 0), (0, 0, 255)):
        assert any(near(pure, color) for color in colors)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
def test_in_every_format_that_has_profiles(kind: str) -> None:
    options = {} if kind in ("PNG", "TIFF") else {"quality": 100}
    data = saved(Image.new("RGB", (64, 64), RED), kind, icc_profile=PROFILE, **options)
    assert near(open_image(data).getpixel((30, 30)), (255, 0, 0), 6)
    assert near(open_reduced(data, 16)[0].getpixel((4, 4)), (255, 0, 0), 6)


def test_given_as_a_picture_it_is_converted_once_and_left_alone() -> None:
    given = Image.open(P3)
    first = open_image(given)
    assert "icc_profile" in given.info and "icc_profile" not in first.info
    assert open_image(first).tobytes() == first.tobytes() == open_image(P3).tobytes()


def test_transparency_palettes_and_greys() -> None:
    clear = Image.new("RGBA", (8, 8), (*RED, 128))
    assert near(open_as_is(saved(clear, icc_profile=PROFILE)).getpixel((0, 0)), (255, 0, 0, 128))
    assert near(open_image(saved(clear, icc_profile=PROFILE)).getpixel((0, 0)), (255, 127, 127))
    palette = Image.new("RGB", (8, 8), GREEN).quantize(4)
    assert near(open_image(saved(palette, icc_profile=PROFILE)).getpixel((0, 0)), (0, 255, 0))
    grey = open_as_is(saved(Image.new("L", (8, 8), 99), icc_profile=PROFILE))
    assert grey.mode == "L" and near(grey.getpixel((0, 0)), 99, 1)
    deep = saved(Image.fromarray(np.full((4, 4), 25443, np.uint16)), icc_profile=PROFILE)
    assert open_as_is(deep).getpixel((0, 0)) == 25443 and near(open_image(deep).getpixel((0, 0)), (99, 99, 99), 1)


def test_srgb_s_own_profile_changes_nothing() -> None:
    colors = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    assert open_image(saved(colors, icc_profile=SRGB)).tobytes() == colors.tobytes()


@pytest.mark.parametrize("profile", [b"no profile", PROFILE[:200], PROFILE[:130] + bytes(300), bytes(128)])
def test_a_broken_profile_counts_as_none(profile: bytes) -> None:
    for mode in ("RGB", "RGBA", "L", "CMYK"):
        picture = Image.new(mode, (8, 8), 77)
        kind = "TIFF" if mode == "CMYK" else "PNG"
        plain, broken = (open_image(saved(picture, kind, **o)) for o in ({}, {"icc_profile": profile}))
        assert broken.tobytes() == plain.tobytes()


def test_a_profile_for_another_kind_of_picture_counts_as_none() -> None:
    ink = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    assert open_image(saved(ink, "TIFF", icc_profile=PROFILE)).tobytes() == open_image(saved(ink, "TIFF")).tobytes()
