"""Whatever a person may upload gives a clean picture or one clear sentence."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from cgan_demo.errors import InputError
from cgan_demo.images import (
    batches,
    from_pixels,
    open_image,
    open_reduced,
    pad_to_multiple,
    save_grid,
    to_pil,
    to_pixels,
    to_tensor,
)

PICTURES = Path(__file__).parents[1] / "pictures"
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encoded(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def picture(width: int = 12, height: int = 8) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


def chunk(name: bytes, data: bytes) -> bytes:
    """Of a PNG file."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def huge_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be of that size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def test_every_kind_of_source_gives_the_same_picture(tmp_path: Path) -> None:
    original = picture()
    original.save(tmp_path / "a.png")
    data = encoded(original)
    for source in (tmp_path / "a.png", str(tmp_path / "a.png"), data, io.BytesIO(data), original, np.array(original)):
        opened = open_image(source)
        assert opened.mode == "RGB"
        assert np.array_equal(np.array(opened), np.array(original))


def test_exif_rotation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    opened = open_image(encoded(Image.new("RGB", (30, 10), "red"), "JPEG", exif=exif))
    assert opened.size == (10, 30)


@pytest.mark.parametrize(("size", "enough", "times"), [((801, 600), 400, 2), ((800, 600), 401, 1), ((600, 801), 90, 8)])
@pytest.mark.parametrize("format", ["JPEG", "MPO", "PNG"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_jpeg_may_come_reduced(mode: str, format: str, size: tuple[int, int], enough: int, times: int) -> None:
    original = Image.linear_gradient("L").resize(size).convert(mode)
    opened, reduced = open_reduced(encoded(original, format, quality=95), enough)
    assert opened.mode == "RGB" and reduced == (1 if format == "PNG" else times)
    assert opened.size == tuple(-(-side // reduced) for side in size) and max(opened.size) >= enough
    whole = np.asarray(original.convert("RGB").resize(opened.size, Image.Resampling.BOX), int)
    assert np.abs(np.asarray(opened, int) - whole).max() <= 4


def test_a_reduced_picture_is_checked_and_made_upright_like_any_other() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(picture(400, 200), "JPEG", exif=exif)
    opened, times = open_reduced(data, 100)
    assert (opened.size, times) == ((50, 100), 4)
    assert open_reduced(encoded(picture(400, 1), "JPEG"), 10)[0].size == (400, 1)
    for bad in (data[:300], encoded(Image.new("L", (4097, 8)))):
        with pytest.raises(InputError):
            open_reduced(bad, 100)
    for loaded in (False, True):  # the caller's own picture stays whole
        own = Image.open(io.BytesIO(data))
        if loaded:
            own.load()
        assert open_reduced(own, 100)[0].size == (200, 400) and own.size == (400, 200)


def test_what_is_opened_is_no_part_of_what_was_given() -> None:
    given = Image.new("RGB", (4, 4))
    open_image(given).paste("red", (0, 0, 4, 4))
    assert given.getpixel((1, 1)) == (0, 0, 0)


def test_transparency_lies_on_white() -> None:
    rgba = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([0, 0, 255] * 256)
    sources = (
        encoded(rgba),
        encoded(Image.new("LA", (4, 4), (0, 0))),
        encoded(palette, transparency=0),
        encoded(Image.new("L", (4, 4), 7), transparency=7),
        np.zeros((4, 4, 4), np.uint8),
    )
    for source in sources:
        assert open_image(source).getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled(format: str) -> None:
    values = np.array([[0, 128 * 257, 65535]] * 2, np.uint16)
    opened = open_image(encoded(Image.fromarray(values), format))
    assert [opened.getpixel((x, 0)) for x in range(3)] == [(v, v, v) for v in (0, 128, 255)]
    dark = open_image(encoded(Image.fromarray(np.full((2, 2), 200, np.uint16)), format))
    assert dark.getpixel((0, 0)) == (1, 1, 1)


@pytest.mark.parametrize("top", [1.0, 255.0, 1000.0])
def test_floats_are_scaled(top: float) -> None:
    ramp = np.linspace(0, top, 6, dtype=np.float32)[None].repeat(2, 0)
    for source in (encoded(Image.fromarray(ramp), "TIFF"), ramp, ramp[:, :, None].repeat(3, 2)):
        assert np.array_equal(np.array(open_image(source))[0, :, 0], [0, 51, 102, 153, 204, 255])


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "I", "F", "I;16", "LAB", "HSV", "PA"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    assert open_image(Image.new(mode, (5, 4))).mode == "RGB"


def test_cmyk_keeps_its_colours() -> None:
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    red, green, blue = np.array(open_image(encoded(cyan, "JPEG", quality=95)))[8, 8]
    assert red < 30 and green > 150 and blue > 150


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_first_frame_of_an_animation(format: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    opened = open_image(encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=50))
    assert opened.getpixel((4, 4))[0] > 240 and opened.getpixel((4, 4))[2] < 15


@pytest.mark.parametrize(
    "source",
    [
        None,
        b"",
        b"hello",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        encoded(picture(64, 64))[:200],
        encoded(picture(64, 64), "JPEG")[:300],
        huge_png(60000, 60000),
        huge_png(4097, 10),
        huge_png(100, 100),
        Image.new("RGB", (20000, 10)),
        np.zeros((3,)),
        np.zeros((4, 4, 7), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        Path("/nowhere/a.png"),
        Path("/"),
    ],
    ids=lambda source: type(source).__name__,
)
def test_bad_input_gives_one_sentence(source: Any) -> None:
    with pytest.raises(InputError) as caught:
        open_image(source)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message and len(message) < 200


@pytest.mark.filterwarnings("error")
def test_a_bomb_is_refused_also_where_warnings_are_errors() -> None:
    with pytest.raises(InputError, match="4096"):
        open_image(huge_png(10000, 10000))


def test_tensor_and_back() -> None:
    original = picture()
    tensor = to_tensor(original)
    assert tensor.shape == (1, 3, 8, 12) and tensor.dtype == torch.float32
    assert tensor.min() >= -1 and tensor.max() <= 1
    assert np.array_equal(np.array(to_pil(tensor)), np.array(original))
    assert to_pil(torch.full((3, 2, 2), 9.0)).getpixel((0, 0)) == (255, 255, 255)


def test_grid_has_white_gaps(tmp_path: Path) -> None:
    save_grid(-torch.ones(3, 3, 4, 5), tmp_path / "new" / "grid.png", columns=2)
    grid = np.array(Image.open(tmp_path / "new" / "grid.png"))
    assert grid.shape == (10, 12, 3)
    assert (grid[4:6] == 255).all() and (grid[:, 5:7] == 255).all() and (grid[:4, :5] == 0).all()


@pytest.mark.parametrize("size", [1, 2, 16, 33])
def test_reflection_beyond_the_picture(size: int) -> None:
    x = torch.arange(size, dtype=torch.float32).view(1, 1, 1, size).expand(1, 1, 3, size)
    padded, top, left = pad_to_multiple(x, 32, margin=32)
    assert padded.shape[2] % 32 == padded.shape[3] % 32 == 0
    assert left >= 32 and top >= 32 and padded.shape[3] - left - size >= 32
    assert torch.equal(padded[:, :, top : top + 3, left : left + size], x)
    expected = np.pad(np.arange(size), (left, padded.shape[3] - left - size), mode="reflect")
    assert np.array_equal(padded[0, 0, 0].numpy(), expected)


@pytest.mark.parametrize(
    ("size", "shrunk"),
    [
        ((4097, 30), (4096, 30)),
        ((9000, 1500), (4096, 683)),
        ((8160, 90), (4080, 45)),  # a half is nearly what is allowed, and decoded in a quarter of the time
        ((100, 40000), (10, 4096)),
    ],
)
def test_a_camera_s_large_file_comes_shrunk(size: tuple[int, int], shrunk: tuple[int, int], tmp_path: Path) -> None:
    """Alike from a path, from bytes, and opened by PIL beforehand."""
    Image.linear_gradient("L").resize(size).save(tmp_path / "large.jpg", quality=50)
    opened = Image.open(tmp_path / "large.jpg")
    answers = [open_image(s) for s in (tmp_path / "large.jpg", (tmp_path / "large.jpg").read_bytes(), opened)]
    assert opened.size == size and {answer.size for answer in answers} == {shrunk}
    assert len({answer.tobytes() for answer in answers}) == 1
    expected = np.asarray(Image.linear_gradient("L").resize(shrunk), int)
    assert np.abs(np.asarray(answers[0].getchannel(0), int) - expected).max() <= 8
    opened.load()
    assert max(open_image(opened).size) == 4096  # what is decoded already is resized
    small, times = open_reduced(tmp_path / "large.jpg", 500)
    assert max(small.size) >= 500 and max(small.size) * times == pytest.approx(max(shrunk), rel=0.01)


def test_a_camera_s_file_is_refused_where_it_would_take_too_much_memory() -> None:
    for pixels, options in (((60000, 4000), {}), ((10000, 7000), {"progressive": True})):
        data = encoded(Image.new("L", (16, 16)), "JPEG", **options)
        at = data.index(b"\xff\xc2" if options else b"\xff\xc0") + 5
        claims = data[:at] + struct.pack(">HH", pixels[1], pixels[0]) + data[at + 4 :]
        with pytest.raises(InputError, match=f"{pixels[0]} x {pixels[1]}"):
            open_image(claims)


def test_training_may_read_larger_pictures() -> None:
    data = encoded(Image.new("L", (20000, 10), 9))
    assert open_image(data, max_side=20000).size == (20000, 10)
    with pytest.raises(InputError, match="19999"):
        open_image(data, max_side=19999)


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"heix"])
def test_a_phone_s_picture_is_told_what_to_do_where_it_cannot_be_read(
    brand: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.delitem(Image.OPEN, "HEIF", raising=False)
    with pytest.raises(InputError, match="save it as JPEG"):
        open_image(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + bytes(400))


def test_a_phone_s_picture_is_read_where_it_can_be() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    wide = Image.linear_gradient("L").convert("RGB").resize((5000, 64))
    opened = open_image(encoded(wide, "HEIF", quality=90))
    assert opened.size == (4096, 52) and opened.mode == "RGB"
    with pytest.raises(InputError):
        open_image(encoded(picture(64, 64), "HEIF")[:-200])


def deep_png(pixels: np.ndarray, key: tuple[int, ...] = ()) -> bytes:
    """A PNG of 16 bits a channel, which Pillow does not write: uint16 (H, W, C), C from 1 to 4; `key` is clear."""
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    clear = chunk(b"tRNS", np.array(key, ">u2").tobytes()) if key else b""
    data = zlib.compress(b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels))
    return SIGNATURE + chunk(b"IHDR", header) + clear + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sixteen_bits_a_channel_are_scaled_whatever_the_channels(channels: int) -> None:
    values = np.linspace(0, 65535, 5 * 7 * channels).round().astype(np.uint16).reshape(5, 7, channels)
    if channels in (2, 4):
        values[..., -1] = 65535
    opened = np.asarray(open_image(deep_png(values)), float)
    colors = values[..., : 3 if channels > 2 else 1] / 257
    assert np.abs(opened - np.broadcast_to(colors, opened.shape)).max() < 1


def test_transparency_of_sixteen_bits_lies_on_white() -> None:
    dark = np.full((2, 3, 1), 300, np.uint16)
    dark[0, 0] = 40000
    assert open_image(deep_png(dark, (300,))).getpixel((2, 1)) == (255, 255, 255)
    assert open_image(deep_png(dark, (300,))).getpixel((0, 0)) == (156, 156, 156)
    assert open_image(deep_png(dark.repeat(3, 2), (300,) * 3)).getpixel((2, 1)) == (255, 255, 255)
    half = np.zeros((2, 2, 2), np.uint16)
    half[..., 1] = 128 * 257
    assert open_image(deep_png(half)).getpixel((0, 0)) == (127, 127, 127)
    for mode in ("La", "RGBa"):  # premultiplied
        assert open_image(Image.new(mode, (2, 2))).getpixel((0, 0)) == (255, 255, 255)


def test_a_dark_ppm_of_sixteen_bits_stays_dark() -> None:
    assert open_image(b"P5 2 1 65535\n" + struct.pack(">HH", 200, 300)).getpixel((0, 0)) == (1, 1, 1)


def test_a_photo_of_a_real_phone_is_upright() -> None:
    opened = open_image(PICTURES / "exif-rotate-6.jpg")
    assert opened.size == (64, 96)


def test_pixels_become_tensors_and_pixels_again() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3), np.uint8)
    x = from_pixels(pixels)
    assert x.shape == (5, 3, 4, 6) and -1 <= x.min() < x.max() <= 1 and np.array_equal(to_pixels(x), pixels)
    assert torch.equal(torch.cat(list(batches(pixels, 2))), x) and from_pixels(pixels[0]).shape == (3, 4, 6)
