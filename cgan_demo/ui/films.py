"""Pictures that move."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence

from PIL import Image

REST, STEP = 700, 70  # ms: at both ends, and between
SAMPLED = 6  # of the pictures, from which the palette is made


def there_and_back(frames: Sequence[Image.Image], side: int, rest: int = REST, step: int = STEP) -> bytes:
    """A GIF of square pictures, enlarged or shrunk to `side` px: from the first to the last and back, without end.

    rest, step: ms that it stays at both ends, and between.
    """
    inked = _inked(frames, side)
    waits = [rest if i in (0, len(inked) - 1) else step for i in range(len(inked))]
    return _gif(inked + inked[-2:0:-1], waits + waits[-2:0:-1])


def around(frames: Sequence[Image.Image], side: int) -> bytes:
    """A GIF of square pictures that goes round: the last is followed by the first."""
    inked = _inked(frames, side)
    return _gif(inked, [STEP] * len(inked))


def film_value(gif: bytes, caption: str, name: str) -> str:
    """A GIF for the part "picture", which offers it as the file `name`.gif."""
    url = f"data:image/gif;base64,{base64.b64encode(gif).decode('ascii')}"
    return json.dumps({"url": url, "caption": caption, "name": f"{name}.gif", "save": "Download the animation"})


def _inked(frames: Sequence[Image.Image], side: int) -> list[Image.Image]:
    """All in one palette, which is quicker than one for each, and the picture does not flicker."""
    small = [frame.resize((side, side), Image.Resampling.LANCZOS) for frame in frames]
    some = small[:: max(1, len(small) // SAMPLED)]
    sheet = Image.new("RGB", (side, side * len(some)))
    for i, frame in enumerate(some):
        sheet.paste(frame, (0, side * i))
    palette = sheet.quantize(256)
    return [frame.quantize(palette=palette) for frame in small]


def _gif(inked: Sequence[Image.Image], waits: list[int]) -> bytes:
    buffer = io.BytesIO()
    inked[0].save(buffer, "GIF", save_all=True, append_images=inked[1:], duration=waits, loop=0)
    return buffer.getvalue()
