"""What the tab "Age" computes: photos, ages and numbers in, pictures out; what its parts are sent is in view.py.

Faces are private: an uploaded file is removed as soon as it was read, and what the tab shows travels inside the page
as data URLs, so that no picture of a visitor is written to the disk.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from ...errors import InputError
from ...weights import config_at_hand
from ..components import ModelStore
from ..films import there_and_back
from ..uploads import removing

if TYPE_CHECKING:  # torch is slow to import, and the page is laid out without it
    from ...caae.predictor import Ager, FaceCode
    from ...data.alignment import Eyes

MODEL_ID = "face-aging"
GENDERS: dict[str, float | None] = {"As read": None, "Man": 0.0, "Woman": 1.0}
KEPT = 2048  # px, longer side of a photo held in memory while its page is open, at most
ENOUGH = 2000  # px, of a photo that comes reduced out of its file: half of a camera's 12 megapixels
VIEW = 640  # px, of the face that follows the slider
SMALL = 160  # px, of the strip's pictures
FILM_SIDE = 256  # px
FILM_AGES = tuple(range(3, 78, 2))  # years; the film goes there and back


def changes_photos() -> bool:
    """Whether the weights at hand change a photo, or draw its face anew: as their file says, before torch is loaded."""
    return config_at_hand(MODEL_ID).get("architecture", "ResidualAger") == "ResidualAger"


def own_detail() -> float:
    """The share of a photo's own detail that suits the weights at hand, as `Ager.detail` has it."""
    return 1.0 if changes_photos() else 0.5


@dataclass(frozen=True)
class Sitting:
    """A visitor's photo, the faces found in it, largest first, and the one that was read; None where there is none.

    eyes: of the face that was read.
    """

    photo: Image.Image
    faces: tuple[Eyes, ...]
    read: FaceCode | None
    eyes: Eyes | None = None


def take(path: str | None, folder: str | Path, enough: int | None = None) -> Image.Image:
    """Open an uploaded picture and remove its file, which lies in `folder`; files elsewhere are left alone.

    enough: px that its longer side keeps at least, where it may come reduced; see `images.open_reduced`.

    Raises:
        InputError: no picture, or one that cannot be read; its file is removed all the same.
    """
    from ...images import MAX_SIDE, open_reduced

    with removing([path], folder):
        return open_reduced(path, enough or MAX_SIDE)[0]


@dataclass(frozen=True)
class Faces:
    """The tab's model calls."""

    models: ModelStore

    @property
    def ager(self) -> Ager:
        return self.models(MODEL_ID)  # type: ignore[return-value]

    def sit(self, photo: Image.Image, eyes: Eyes | None = None) -> Sitting:
        """Find the faces of a photo, unless it is said where the eyes are, and read the largest."""
        faces = (eyes,) if eyes is not None else tuple(self.ager.find(photo))
        scale = min(1, KEPT / max(photo.size))
        if scale < 1:
            size = round(photo.width * scale), round(photo.height * scale)
            shares = size[0] / photo.width, size[1] / photo.height
            photo, faces = photo.resize(size, Image.Resampling.LANCZOS), tuple(e.scaled(*shares) for e in faces)
        read = self.ager.encode(self.ager.crop(photo, faces[0])) if faces else None
        return Sitting(photo, faces, read, faces[0] if faces else None)

    def corrected(self, sitting: Sitting, message: str | None) -> Sitting:
        """Read the face again from where the page says that its eyes are: JSON {"eyes": [x, y, x, y]}, in shares."""
        from ...data.alignment import Eyes

        (lx, ly), (rx, ry) = sorted(_points(message))  # whichever dot was put on which eye
        width, height = sitting.photo.size
        eyes = Eyes((lx * width, ly * height), (rx * width, ry * height))
        return replace(sitting, read=self.ager.encode(self.ager.crop(sitting.photo, eyes)), eyes=eyes)

    def aged(self, read: FaceCode, age: float, gender: str, detail: float) -> Image.Image:
        """The face on every step of the slider."""
        return self.ager.decode(read, float(age), gender_of(gender), float(detail), VIEW)

    def full(self, sitting: Sitting, age: float, gender: str, detail: float, whole: bool) -> Image.Image:
        """The face of a sitting at an age, in its own resolution; with `whole` in the photo, where that shows more."""
        assert sitting.read is not None and sitting.eyes is not None
        aged = self.ager.decode(sitting.read, float(age), gender_of(gender), float(detail))
        if not whole or is_crop(sitting):
            return aged
        return self.ager.in_photo(sitting.photo, sitting.eyes, sitting.read, aged)

    def row(self, read: FaceCode, gender: float, detail: float) -> list[Image.Image]:
        """A face at all ten ages."""
        pictures = self.ager.decode_all(read, gender=gender, detail=float(detail), side=2 * SMALL)
        return [picture.resize((SMALL, SMALL), Image.Resampling.LANCZOS) for picture in pictures]

    def rows(self, read: FaceCode, detail: float) -> list[tuple[str, float, list[Image.Image]]]:
        """(title, gender, ten pictures), the gender that was read first."""
        order = sorted((0.0, 1.0), key=lambda gender: abs(gender - read.gender))
        return [(("as a man", "as a woman")[int(g)], g, self.row(read, g, detail)) for g in order]

    def sheet(self, read: FaceCode, detail: float) -> Image.Image:
        """The rows as one picture, with the ages written under them."""
        from ...data.ages import GROUPS

        rows, line = self.rows(read, detail), 26
        sheet = Image.new("RGB", (SMALL * len(GROUPS), (SMALL + line) * len(rows)), "white")
        pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(16)
        for y, (title, _, pictures) in enumerate(rows):
            for x, (years, picture) in enumerate(zip(GROUPS, pictures, strict=True)):
                sheet.paste(picture, (SMALL * x, (SMALL + line) * y))
                words = f"{years} {title}" if x == 0 else years
                pen.text((SMALL * (x + 0.5), (SMALL + line) * (y + 1) - 4), words, "black", font, anchor="ms")
        return sheet

    def film(self, read: FaceCode, gender: str, detail: float) -> bytes:
        """A GIF from the youngest to the oldest of `FILM_AGES` and back, without end."""
        ages = [float(a) for a in FILM_AGES]
        frames = self.ager.decode_all(read, ages, gender_of(gender), float(detail), FILM_SIDE)
        return there_and_back(frames, FILM_SIDE, rest=600, step=60)


def gender_of(name: str | None) -> float | None:
    """The number of a choice, None for as read.

    Raises:
        InputError: no such choice.
    """
    if name not in GENDERS:
        raise InputError(f"There is no choice {name!r}: take {', '.join(GENDERS)}.")
    return GENDERS[name]


def _points(message: str | None) -> list[tuple[float, float]]:
    """The two points of a message of the page, each in shares of the photo's sides.

    Raises:
        InputError: it is no such message.
    """
    try:
        numbers = [float(v) for v in json.loads(message or "")["eyes"]]
        if len(numbers) != 4 or not all(0 <= v <= 1 for v in numbers):
            raise ValueError
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise InputError("Put one dot on each eye, inside the photo.") from error
    return [(numbers[0], numbers[1]), (numbers[2], numbers[3])]


def is_crop(sitting: Sitting) -> bool:
    """Whether the photo is the face's own square, around which there is nothing."""
    from ...data.alignment import LEFT_EYE, RIGHT_EYE

    width, height = sitting.photo.size
    if sitting.eyes is None or width != height:
        return sitting.eyes is None
    ends = zip((*sitting.eyes.left, *sitting.eyes.right), (*LEFT_EYE, *RIGHT_EYE), strict=True)
    return all(abs(at - share * width) < 0.01 * width for at, share in ends)
