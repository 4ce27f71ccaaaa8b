"""Picture file -> clean RGB picture, for uploads and for training; pictures <-> tensors; padding and tiling.

Image tensors are NCHW float32, RGB, in [-1, 1].
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from .depths import from_array, to_rgb
from .errors import InputError
from .profiles import to_srgb

if TYPE_CHECKING:  # torch takes a second to import and reading a picture does not need it
    from torch import Tensor

MAX_SIDE = 4096  # px
PHOTO_PIXELS = {"JPEG": 200e6, "MPO": 200e6, "HEIF": 64e6}  # of larger ones that come shrunk, at most
PROGRESSIVE_PIXELS = 64e6  # of a JPEG whose decoder holds all of it in memory
ORIENTATION = 0x0112  # of EXIF
FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "HEIF", "GIF", "BMP", "TIFF", "PPM")  # no EPS: it would start Ghostscript
UNREADABLE = "This file is not a picture that can be read, or it is damaged: save it again as PNG or JPEG."
PHONE = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")  # brands of HEIC files

Source = str | Path | bytes | BinaryIO | Image.Image | np.ndarray
Progress = Callable[[int, int], None]  # called with (tiles done, tiles in all)


def open_image(source: Source | None, max_side: int = MAX_SIDE) -> Image.Image:
    """Any picture that a person may upload or train with, as 8-bit sRGB with its sides in 1..`max_side` px.

    The camera's rotation (EXIF) is applied, a colour profile is too, transparency lies on white, 16-bit and
    floating-point values are scaled rather than clipped, and an animation gives its first frame. A camera's file (JPEG,
    or HEIC where pillow-heif is installed) that is larger comes shrunk to `max_side`. The caller's object is not
    changed.

    Args:
        source: a file's path or bytes, an open file, a PIL picture, or an array (H, W), (H, W, 1), (H, W, 3) or
            (H, W, 4).
        max_side: px a side. The default is for uploads, whose decoding must stay cheap.

    Raises:
        InputError: nothing given, not a picture, damaged, or too large.
    """
    return open_reduced(source, max_side, max_side)[0]


def open_reduced(source: Source | None, enough: int, max_side: int = MAX_SIDE) -> tuple[Image.Image, float]:
    """`open_image`, where a JPEG file may come reduced: its decoder is quicker at a half, a quarter or an eighth.

    Args:
        enough: px that a reduced picture's longer side must have at least.

    Returns: the picture, and how many times as large `open_image` gives it.

    Raises:
        InputError: see `open_image`.
    """
    return _read(source, to_rgb, enough, max_side)


def open_as_is(source: Source | None, max_side: int = MAX_SIDE) -> Image.Image:
    """`open_image`, in the picture's own mode: grey, with transparency or 16 bits where it came so.

    Raises:
        InputError: see `open_image`.
    """
    return _read(source, to_srgb, max_side, max_side)[0]


def upright_size(source: Source, max_side: int = MAX_SIDE) -> tuple[int, int]:
    """Width and height, in px, of a picture as `open_image` turns it, before it is shrunk; no pixel is decoded.

    Raises:
        InputError: not a picture, or too large.
    """
    try:
        with _opened(source, max_side) as image:
            turned = image.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8)
            return (image.height, image.width) if turned else image.size
    except InputError:
        raise
    except Exception as error:  # as in `_read`
        raise InputError(UNREADABLE) from error


def listed(sources: Source | Iterable[Source] | None) -> list[Source]:
    """Several pictures as a list: none where nothing is given, one where one is."""
    if sources is None:
        return []
    one = isinstance(sources, (str, bytes, np.ndarray)) or hasattr(sources, "read")
    return [cast("Source", sources)] if one or not isinstance(sources, Iterable) else list(sources)  # type: ignore


def _read(
    source: Source | None, convert: Callable[[Image.Image], Image.Image], enough: int, max_side: int
) -> tuple[Image.Image, float]:
    """A checked and decoded picture, made upright and converted, and by how much it was reduced; see `open_reduced`."""
    if source is None:
        raise InputError("There is no picture yet: upload one first.")
    try:
        with _opened(source, max_side) as image:
            whole = image.size
            reduced = _reduce(image, enough, max_side) if image is not source else 1  # the caller's stays as it is
            image.load()
            picture = convert(_upright(_fitting(image, whole, max_side)))
            times = max(1.0, reduced * _share(max(whole), max_side))
            return picture.copy() if picture is image else picture, times
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"There is no file {source!s}: check the path.") from error
    except Exception as error:  # decoders fed with damaged bytes raise almost anything
        raise InputError(UNREADABLE) from error


@contextmanager
def _opened(source: Source, max_side: int) -> Iterator[Image.Image]:
    """The picture, checked before any pixel is decoded, so that a decompression bomb never unfolds."""
    if isinstance(source, np.ndarray):
        _check_size((source.shape[1], source.shape[0]) if source.ndim > 1 else (1, 1), max_side)
        yield from_array(source)
        return
    if isinstance(source, Image.Image):
        data = _own_file(source, max_side)
        if data is None:
            _check(source, max_side)
            yield source
            return
        source = data
    with _stream(source) as stream:
        image = _decoder(stream)
        _check(image, max_side)
        yield image


def _own_file(picture: Image.Image, max_side: int) -> bytes | None:
    """The file of a large photo that was opened and not decoded yet, so that it can be decoded smaller."""
    stream = getattr(picture, "fp", None)
    if picture.format not in PHOTO_PIXELS or max(picture.size) <= max_side or stream is None or not picture.tile:  # type: ignore[attr-defined]
        return None
    place = stream.tell()
    stream.seek(0)
    data = stream.read()
    stream.seek(place)
    return cast("bytes", data)


@contextmanager
def _stream(source: str | Path | bytes | BinaryIO) -> Iterator[BinaryIO]:
    if isinstance(source, (str, Path)):
        with open(source, "rb") as file:
            yield file
    else:
        yield io.BytesIO(source if isinstance(source, bytes) else source.read())


def _decoder(stream: BinaryIO) -> Image.Image:
    """What `Image.open` does, of our formats alone and without its limit of pixels, in place of which is `_check`."""
    Image.init()
    prefix = stream.read(16)
    of_a_phone = prefix[4:8] == b"ftyp" and prefix[8:12] in PHONE
    if of_a_phone:
        with suppress(ImportError):  # an extra
            import pillow_heif

            pillow_heif.register_heif_opener()
    for name in FORMATS:
        make, accepts = Image.OPEN.get(name, (None, None))
        if make is None or (accepts is not None and accepts(prefix) is not True):
            continue
        stream.seek(0)
        with suppress(SyntaxError, IndexError, TypeError, struct.error):  # as a plugin says that it is not its format
            return make(stream, "")
    if of_a_phone:
        raise InputError("This is a HEIC picture, which cannot be read here: save it as JPEG.")
    raise UnidentifiedImageError


def _check(image: Image.Image, max_side: int) -> None:
    """Raises InputError: the picture is larger than allowed, and not a camera's that comes shrunk."""
    pixels = image.width * image.height
    most = PHOTO_PIXELS.get(image.format or "", 0)
    if image.info.get("progressive"):
        most = min(most, PROGRESSIVE_PIXELS)
    if max(image.size) <= max_side or pixels > most:
        _check_size(image.size, max_side)


def _check_size(size: tuple[int, int], max_side: int) -> None:
    if min(size) < 1:
        raise InputError("The picture is empty: choose one with at least one pixel.")
    if max(size) > max_side:
        raise InputError(
            f"The picture is {size[0]} x {size[1]} pixels: crop or resize it to at most {max_side} pixels a side."
        )


def _reduce(image: Image.Image, enough: int, max_side: int) -> int:
    """Have a JPEG that is not decoded yet decoded at a size that is enough; how many times as large it was."""
    whole = max(image.size)
    times = _divisor(whole, enough, max_side)
    if times > 1:
        image.draft(None, (max(1, image.width // times), max(1, image.height // times)))  # elsewhere it does nothing
    return round(whole / max(image.size))


def _divisor(whole: int, enough: int, max_side: int) -> int:
    """1, 2, 4 or 8, by which a JPEG's decoder divides its longer side.

    Where it has to become smaller, three quarters of the size allowed are enough: decoding more would take four times
    as long.
    """
    enough = min(enough, max_side if whole <= max_side else 3 * max_side // 4)
    return next(times for times in (8, 4, 2, 1) if whole // times >= enough or times == 1)


def _share(whole: int, max_side: int) -> float:
    """What `open_image` leaves of the longer side of a JPEG."""
    return min(1 / _divisor(whole, max_side, max_side), max_side / whole)


def _fitting(image: Image.Image, whole: tuple[int, int], max_side: int) -> Image.Image:
    """The picture, which is of `whole` px or was reduced from them, shrunk where it is still too large."""
    if max(image.size) <= max_side:
        return image
    width, height = (max(1, round(side * max_side / max(whole))) for side in whole)
    smaller = image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0)
    smaller.format = image.format
    return smaller


def is_upright(image: Image.Image) -> bool:
    """Whether the camera was held upright, as far as the picture's metadata say."""
    return image.getexif().get(ORIENTATION, 1) == 1


def _upright(image: Image.Image) -> Image.Image:
    try:
        return image if is_upright(image) else ImageOps.exif_transpose(image)  # which copies, always
    except Exception:  # damaged metadata beside sound pixels: there is no rotation to apply
        return image


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


def from_pixels(pixels: np.ndarray) -> Tensor:
    """uint8 (..., H, W, 3) -> float32 (..., 3, H, W) in [-1, 1], which `to_pixels` undoes."""
    import torch

    return torch.from_numpy(np.array(pixels)).movedim(-1, -3).float() / 127.5 - 1


def batches(pixels: np.ndarray, size: int = 16) -> Iterator[Tensor]:
    """`from_pixels` of many pictures (n, H, W, 3), `size` at a time."""
    return (from_pixels(pixels[start : start + size]) for start in range(0, len(pixels), size))


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
