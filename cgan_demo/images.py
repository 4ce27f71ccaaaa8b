"""Untrusted upload -> clean RGB picture; pictures <-> tensors; padding and tiling.

Image tensors are NCHW float32, RGB, in [-1, 1].
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np
from PIL import Image, ImageOps

from .errors import InputError

if TYPE_CHECKING:  # torch takes a second to import and reading a picture does not need it
    from torch import Tensor

MAX_SIDE = 4096  # px
ORIENTATION = 0x0112  # of EXIF
FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "PPM")  # no EPS: Pillow would start Ghostscript for it

Source = str | Path | bytes | BinaryIO | Image.Image | np.ndarray
Progress = Callable[[int, int], None]  # called with (tiles done, tiles in all)


def open_image(source: Source | None) -> Image.Image:
    """Any picture a person may upload, as 8-bit RGB with its sides in 1..4096 px.

    The camera's rotation (EXIF) is applied, transparency lies on white, 16-bit and floating-point values are
    scaled rather than clipped, and an animation gives its first frame. The caller's object is not changed.

    Raises:
        InputError: nothing given, not a picture, damaged, or more than 4096 px a side.
    """
    return open_reduced(source, MAX_SIDE)[0]


def open_reduced(source: Source | None, enough: int) -> tuple[Image.Image, int]:
    """`open_image`, where a JPEG file may come reduced: its decoder is quicker at a half, a quarter or an eighth.

    Args:
        enough: px that a reduced picture's longer side must have at least.

    Returns: the picture, and 1, 2, 4 or 8: how many times as large the whole one is.

    Raises:
        InputError: see `open_image`.
    """
    return _read(source, _to_rgb, enough)


def open_as_is(source: Source | None) -> Image.Image:
    """`open_image`, in the picture's own mode: grey, with transparency or 16 bits where it came so.

    Raises:
        InputError: see `open_image`.
    """
    return _read(source, lambda image: image, MAX_SIDE)[0]


def _read(source: Source | None, convert: Callable[[Image.Image], Image.Image], enough: int) -> tuple[Image.Image, int]:
    """A checked and decoded picture, made upright and converted, and by how much it was reduced; see `open_reduced`."""
    if source is None:
        raise InputError("There is no picture yet: upload one first.")
    try:
        image = _from_array(source) if isinstance(source, np.ndarray) else _open(source)
        _check_size(image)  # before any pixel is decoded, so that a decompression bomb never unfolds
        times = _reduce(image, enough) if image is not source else 1  # the caller's stays as it is
        image.load()
        picture = convert(_upright(image))
        return picture.copy() if picture is image else picture, times
    except InputError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(f"The picture is too large: resize it to at most {MAX_SIDE} pixels a side.") from error
    except FileNotFoundError as error:
        raise InputError(f"There is no file {source!s}: check the path.") from error
    except Exception as error:  # decoders fed with damaged bytes raise almost anything
        raise InputError(
            "This file is not a picture that can be read, or it is damaged: save it again as PNG or JPEG."
        ) from error


def _open(source: str | Path | bytes | BinaryIO | Image.Image) -> Image.Image:
    if isinstance(source, Image.Image):
        return source
    if isinstance(source, bytes):
        source = io.BytesIO(source)
    elif not isinstance(source, (str, Path)):
        source = io.BytesIO(source.read())
    Image.init()
    return Image.open(source, formats=[name for name in FORMATS if name in Image.OPEN])


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if min(width, height) < 1:
        raise InputError("The picture is empty: choose one with at least one pixel.")
    if max(width, height) > MAX_SIDE:
        raise InputError(
            f"The picture is {width} x {height} pixels: crop or resize it to at most {MAX_SIDE} pixels a side."
        )


def _reduce(image: Image.Image, enough: int) -> int:
    """Have a JPEG that is not decoded yet decoded at a size that is enough; how many times as large it was."""
    whole = max(image.size)
    times = whole // enough
    if times > 1:
        image.draft(None, (max(1, image.width // times), max(1, image.height // times)))  # elsewhere it does nothing
    return round(whole / max(image.size))


def is_upright(image: Image.Image) -> bool:
    """Whether the camera was held upright, as far as the picture's metadata say."""
    return image.getexif().get(ORIENTATION, 1) == 1


def _upright(image: Image.Image) -> Image.Image:
    try:
        return image if is_upright(image) else ImageOps.exif_transpose(image)  # which copies, always
    except Exception:  # damaged metadata beside sound pixels: there is no rotation to apply
        return image


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F" or image.mode.startswith("I"):
        return _from_array(np.asarray(image), sixteen_bit=image.format == "PNG")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _from_array(values: np.ndarray, sixteen_bit: bool = False) -> Image.Image:
    """(H, W), (H, W, 1), (H, W, 3) or (H, W, 4) numbers of any type -> a picture of 8 bits a channel."""
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    if not (values.ndim == 2 or (values.ndim == 3 and values.shape[2] in (3, 4))) or 0 in values.shape:
        raise InputError(f"An array of shape {values.shape} is not a picture: give (height, width, 3).")
    if max(values.shape[:2]) > MAX_SIDE:
        raise InputError(f"The picture is too large: resize it to at most {MAX_SIDE} pixels a side.")
    if values.dtype != np.uint8:
        values = _to_8_bit(values, sixteen_bit or values.dtype in (">u2", "<u2"))
    image = Image.fromarray(np.ascontiguousarray(values))
    return image if image.mode == "RGBA" else image.convert("RGB")


def _to_8_bit(values: np.ndarray, sixteen_bit: bool) -> np.ndarray:
    """Scale numbers to 0..255: from 16 bits, from 0..1 where they are fractions, else from their own range."""
    fraction = values.dtype.kind in "fb"
    numbers = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = min(numbers.min(), 0.0), numbers.max()
    if sixteen_bit and low == 0.0 and high <= 65535:
        high = 65535.0
    elif fraction and low == 0.0 and high <= 1:
        high = 1.0
    elif low == 0.0 and high <= 255:
        high = 255.0
    elif not fraction and low == 0.0 and high <= 65535:
        high = 65535.0
    return np.rint((numbers - low) * (255.0 / ((high - low) or 1.0))).astype(np.uint8)


def to_tensor(image: Image.Image, mode: str = "RGB") -> Tensor:
    """RGB picture (or "L", "RGBA") -> (1, 3, H, W) (or 1, 4 channels) float32 in [-1, 1]."""
    import torch

    pixels = torch.from_numpy(np.array(image.convert(mode)))  # (H, W, 3) or (H, W), uint8
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    return pixels.permute(2, 0, 1)[None].to(torch.float32) / 127.5 - 1


def to_pil(tensor: Tensor) -> Image.Image:
    """(1, 3, H, W) or (3, H, W) in [-1, 1], clamped to it -> RGB picture; of 1 channel grey ("L"), of 4 "RGBA"."""
    pixels = to_pixels(tensor if tensor.ndim == 4 else tensor[None])[0]
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def to_pixels(images: Tensor) -> np.ndarray:
    """(N, 3, H, W) in [-1, 1], clamped to it -> uint8 (N, H, W, 3)."""
    import torch

    pixels = (images.detach().float().clamp(-1, 1) + 1).mul(127.5).round().to(torch.uint8)
    return pixels.permute(0, 2, 3, 1).contiguous().cpu().numpy()


def save_grid(images: Tensor, path: str | Path, columns: int) -> None:
    """Save (N, 3, H, W) in [-1, 1] as one picture, row by row, with white gaps of 2 px between."""
    count, _, height, width = images.shape
    columns = min(columns, count)
    rows, gap = -(-count // columns), 2
    grid = Image.new("RGB", (columns * (width + gap) - gap, rows * (height + gap) - gap), "white")
    for i, image in enumerate(images):
        grid.paste(to_pil(image), (i % columns * (width + gap), i // columns * (height + gap)))
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    grid.save(path)


def pad_to_multiple(x: Tensor, multiple: int, margin: int = 0) -> tuple[Tensor, int, int]:
    """Reflect `x` outwards by at least `margin` px a side, until its sides are multiples of `multiple`.

    A side shorter than the padding is reflected back and forth, which torch's own padding refuses.

    Shape: (N, C, H, W) -> (N, C, H', W'), and the rows and columns added above and to the left.
    """
    rows, top = _reflected(x.shape[2], multiple, margin)
    columns, left = _reflected(x.shape[3], multiple, margin)
    return x[:, :, rows][:, :, :, columns], top, left


def _reflected(size: int, multiple: int, margin: int) -> tuple[list[int], int]:
    """Where each padded position looks in 0..size-1, and how many positions lie before the first."""
    padded = -(-(size + 2 * margin) // multiple) * multiple
    before = (padded - size) // 2
    period = max(2 * (size - 1), 1)
    folded = ((i - before) % period for i in range(padded))
    return [min(i, period - i) if size > 1 else 0 for i in folded], before


def translate_tiled(
    fn: Callable[[Tensor], Tensor],
    x: Tensor,
    tile: int,
    overlap: int,
    multiple: int,
    on_progress: Progress | None = None,
    scale: int = 1,
) -> Tensor:
    """Run `fn` over overlapping tiles of a large picture and blend what it gives without seams.

    Memory stays at one output picture and one tile. The outer quarter of an overlap, where a tile feels
    its border, gets no weight; over the middle half the tiles fade into each other. Where the reach of
    `fn` is at most a quarter of `overlap`, the result equals that of the whole picture.

    Args:
        fn: (1, C, h, w) -> (1, K, scale h, scale w), for sides that are multiples of `multiple` and at most `tile`.
        x: (1, C, H, W), H and W multiples of `multiple`.
        tile, overlap: px; both are rounded to what `multiple` allows, `overlap` upwards.
        on_progress: told (tiles done, tiles in all) after each tile.
        scale: how many times as large `fn` makes what it is given.

    Returns: (1, K, scale H, scale W) on the device of `x`.
    """
    height, width = x.shape[2:]
    if height % multiple or width % multiple:
        raise ValueError(f"{height} x {width} is not a multiple of {multiple}: pad with pad_to_multiple first.")
    rows, columns = _spans(height, tile, overlap, multiple), _spans(width, tile, overlap, multiple)
    down, across = (_weights(_scaled(s, scale), scale * n) for s, n in ((rows, height), (columns, width)))
    out = None
    for done, (i, j) in enumerate(np.ndindex(len(rows), len(columns)), start=1):
        (top, bottom), (left, right) = rows[i], columns[j]
        weight = down[i].to(x)[:, None] * across[j].to(x)  # (scale h, scale w)
        place = [slice(scale * a, scale * b) for a, b in (rows[i], columns[j])]
        painted = fn(x[:, :, top:bottom, left:right])
        if out is None:
            out = x.new_zeros(1, painted.shape[1], scale * height, scale * width)
        out[:, :, place[0], place[1]] += painted * weight
        if on_progress:
            on_progress(done, len(rows) * len(columns))
    assert out is not None  # there is at least one tile
    return out


def _spans(size: int, tile: int, overlap: int, multiple: int) -> list[tuple[int, int]]:
    """Starts and ends, multiples of `multiple`, of spans of one length that cover 0..size with overlap."""
    tile = max(tile // multiple, 1) * multiple
    if size <= tile:
        return [(0, size)]
    step = max((tile - overlap) // multiple, 1) * multiple
    starts = [*range(0, size - tile, step), size - tile]
    return [(start, start + tile) for start in starts]


def _scaled(spans: list[tuple[int, int]], scale: int) -> list[tuple[int, int]]:
    return [(scale * start, scale * end) for start, end in spans]


def _weights(spans: list[tuple[int, int]], size: int) -> list[Tensor]:
    """The share of each span in each position it covers; the shares of all spans add up to one everywhere."""
    import torch

    shares, total = [], torch.zeros(size)
    for k, (start, end) in enumerate(spans):
        position = torch.arange(start, end) + 0.5
        share = torch.ones(end - start)
        if k:
            share *= _fade(position, start, spans[k - 1][1])
        if k + 1 < len(spans):
            share *= 1 - _fade(position, spans[k + 1][0], end)
        total[start:end] += share
        shares.append(share)
    return [share / total[start:end] for share, (start, end) in zip(shares, spans, strict=True)]


def _fade(position: Tensor, start: int, end: int) -> Tensor:
    """0 up to a quarter of the way from `start` to `end`, 1 from three quarters on, smooth between."""
    t = (2 * (position - start) / max(end - start, 1) - 0.5).clamp(0, 1)
    return cast("Tensor", t * t * (3 - 2 * t))
