"""Colours as sRGB has them: the colour profile that a picture brings is applied, and then no part of it any more."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from PIL import ImageCms

SAME = 2  # levels of 255 by which a profile may move a colour and still be that of sRGB
_STEPS = 9  # colours a channel at which a profile is compared with sRGB
_DEEP = ("I", "F")  # first letters of modes of more than 8 bits, which no transform takes


def to_srgb(picture: Image.Image) -> Image.Image:
    """`picture` in the colours of sRGB; those of a picture without a profile, or with one of sRGB, stay bit for bit.

    A profile that is damaged, or made for another kind of picture, counts as none. Grey stays grey, transparency stays,
    a palette becomes RGB or RGBA where its colours change; modes of more than 8 bits keep their numbers.

    Returns: a picture without a profile, or `picture` itself where it has none.
    """
    profile = picture.info.get("icc_profile")
    if not profile:
        return picture
    try:
        converted = _converted(picture, profile)
    except Exception:  # little-CMS refuses what is damaged with errors of several types
        converted = None
    if converted is None:
        converted = picture.copy()
    converted.info.pop("icc_profile", None)
    return converted


def _converted(picture: Image.Image, profile: bytes) -> Image.Image | None:
    """The picture in sRGB, or None where the profile changes nothing or is not for its kind."""
    from PIL import ImageCms

    given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = given.profile.xcolor_space.strip()
    mode = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}.get(space)
    grey = picture.mode in ("1", "L", "LA", "La")
    fits = {"RGB": picture.mode != "CMYK", "L": grey, "CMYK": picture.mode == "CMYK"}
    if mode is None or not fits[mode] or picture.mode[0] in _DEEP:
        return None
    transform = ImageCms.buildTransform(
        given,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if mode != "CMYK" and _changes_nothing(transform, mode):
        return None
    alpha = picture.convert("RGBA").getchannel("A") if picture.has_transparency_data else None
    colours = picture.convert("RGBA").convert(mode) if alpha else picture.convert(mode)
    colours = transform.apply(colours)
    if grey:
        colours = colours.getchannel("G")
    if alpha:
        colours.putalpha(alpha)
    return colours


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether the colours of a grid through the whole space come out as they went in, but for rounding."""
    levels = np.linspace(0, 255, _STEPS).round().astype(np.uint8)
    if mode == "L":
        before = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
        asked = Image.fromarray(before[:, :, 0])
    else:
        before = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(1, -1, 3)
        asked = Image.fromarray(before)
    after = np.asarray(transform.apply(asked))
    return bool(np.abs(after.astype(int) - before).max() <= SAME)
