"""What people and programs send that they should not: files, numbers, texts, choices, messages, paths."""

from __future__ import annotations

import io
import json
import struct
import zlib
from typing import Any

from PIL import Image, ImageOps
from visitor import file_message

NOISE = Image.effect_noise((32, 32), 90)
RGB = NOISE.convert("RGB")


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """Of a PNG file."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def claiming(width: int, height: int) -> bytes:
    """A PNG file whose header says that it is so large."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return encoded(RGB)[:8] + header + encoded(RGB)[33:]


def with_exif(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(RGB, "JPEG", exif=exif)


def see_through() -> Image.Image:
    picture = RGB.quantize(8)
    picture.info["transparency"] = 3
    return picture


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><image href="file:///etc/passwd"/></svg>'
BOMB = chunk(b"zTXt", b"note\0\0" + zlib.compress(bytes(8 << 20)))  # 8 MB in 8 kB
PICTURES: dict[str, bytes] = {
    "empty.png": b"",
    "text.png": b"this is not a picture",
    "page.png": b"<!doctype html><script>alert(1)</script>",
    "drawing.svg": SVG,
    "svg.png": SVG,
    "program.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n",
    "cut.png": encoded(RGB)[:900],
    "cut.jpg": encoded(RGB, "JPEG")[:700],
    "zeros.png": encoded(RGB)[:200] + bytes(9000),
    "animated.gif": encoded(NOISE, "GIF", save_all=True, append_images=[ImageOps.invert(NOISE)]),
    "animated.webp": encoded(RGB, "WEBP", save_all=True, append_images=[ImageOps.invert(RGB)]),
    "cmyk.jpg": encoded(NOISE.convert("CMYK"), "JPEG"),
    "sixteen.png": encoded(Image.new("I;16", (32, 32), 40000)),
    "nan.tiff": encoded(Image.new("F", (32, 32), float("nan")), "TIFF"),
    "see-through.png": encoded(see_through()),
    "one-bit.bmp": encoded(NOISE.convert("1"), "BMP"),
    "one-pixel.png": encoded(Image.new("RGB", (1, 1))),
    "long.png": encoded(Image.new("RGB", (4096, 1), "red")),
    "thin.png": encoded(Image.new("L", (2, 4096), 90)),
    "longer.png": encoded(Image.new("L", (20000, 1))),
    "claims-much.png": claiming(60000, 60000),
    "claims-more.png": claiming(2**31 - 1, 2**31 - 1),
    "claims-nothing.png": claiming(0, 64),
    "claims-much.ppm": b"P6 99999999 99999999 255\n" + bytes(300),
    "bomb.png": encoded(RGB)[:33] + BOMB + encoded(RGB)[33:],
    "turned.jpg": with_exif(6),
    "turned-wrongly.jpg": with_exif(77),
    "broken-exif.jpg": with_exif(6).replace(b"Exif\0\0MM", b"Exif\0\0\xff\xff"),
}
FILE_NAMES = (
    "../../../evil.png",
    "/etc/evil.png",
    "..\\..\\evil.png",
    "é🦜\u202egnp.png",
    "x" * 400 + ".png",
    ".png",
    "a;b&c.png",
)

HUGE = "petal " * 180_000  # a megabyte
TEXTS: list[Any] = [
    None,
    "",
    " \t\n",
    HUGE,
    "red\x00flower\x07\x1b[31m\x7f",
    "\u202eflower red a\u202c \u200b\u2066",
    "🦜🌺 \U0001f468\u200d\U0001f469\u200d\U0001f467 \ud83d",
    "<img src=x onerror=alert(1)> {{7*7}} ${7*7} %s %n '; DROP TABLE x; --",
    "../../etc/passwd",
    "file:///etc/passwd",
    "http://127.0.0.1:9/x.png",
    5,
    True,
    ["a", "flower"],
    {"path": "/etc/passwd"},
]
NUMBERS: list[Any] = [
    float("nan"),
    float("inf"),
    -float("inf"),
    -1,
    -(2**80),
    2**80,
    1e308,
    1.5e9 + 0.5,
    "seven",
    "7",
    [7],
    {"a": 7},
    True,
    None,
]
CHOICES: list[Any] = [None, "Dog", "", HUGE, 0, True, ["Shoe"], {"a": "Shoe"}, float("nan")]
SWITCHES: list[Any] = [None, "yes", 2, [], {"a": 1}]
PATHS: list[Any] = [
    file_message("/etc/passwd"),
    {"path": "/etc/passwd"},
    {"path": "/etc/passwd", "meta": {"_type": "other"}},
    {"path": "/etc/passwd", "meta": 5},
    file_message("../../../../../../../etc/passwd"),
    file_message("app.py"),
    file_message("/etc/no-such-file"),
    file_message("file:///etc/passwd"),
    file_message("a\0b.png"),
    file_message(""),
    file_message(7),
    {"path": None},
    {"url": "data:image/png;base64,AAAA"},
    {},
    "/etc/passwd",
    7,
    ["/etc/passwd"],
    [[[[[[[[{"path": "/etc/passwd"}]]]]]]]],
]
MESSAGES: list[Any] = [
    None,
    "",
    "[]",
    "1",
    "null",
    "{",
    "[" * 50_000,
    7,
    {"seed": 1},
    HUGE,
    json.dumps({"seed": -5, "color": {}, "amounts": [], "last": [], "remove": 0.5}),
    json.dumps({"seed": 1e99, "x": float("inf"), "y": "a", "remove": float("inf"), "weight": 9, "sharpness": 0}),
    json.dumps({"seed": None, "x": float("nan"), "y": 0, "remove": float("nan"), "weight": float("nan")}),
    json.dumps({"seed": [1], "age": "x", "gender": 0, "eyes": [0.1, 0.2, float("nan"), 1], "amounts": {"size": "x"}}),
    json.dumps({"seed": True, "age": 1e99, "gender": 0.5, "eyes": ["a"] * 4, "amounts": {"no": 1}, "last": "no"}),
    json.dumps({"seed": "1", "age": 20, "gender": None, "eyes": [0, 0, 0, 0], "amounts": {"size": float("nan")}}),
    json.dumps({"seed": 2**90, "eyes": [2**2000] * 4, "color": "\0" * 99, "remove": -1}),
]
EVENTS: list[Any] = [
    None,
    5,
    "index",
    [],
    {},
    {"index": None, "value": None},
    {"index": -1},
    {"index": 10**30},
    {"index": 0.5},
    {"index": [0, 1]},
    {"index": {"path": 5}},
    {"index": 0, "value": {"path": "/etc/passwd"}},
]
