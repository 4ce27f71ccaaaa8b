"""What the parts of the tab "Age" are sent, as JSON with pictures as data URLs, so that no face becomes a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PIL import Image

from ..uploads import data_url
from .faces import VIEW, Faces, Sitting, is_crop

if TYPE_CHECKING:  # torch is slow to import, and the page is laid out without it
    from ...caae.predictor import FaceCode

SHOWN = 640  # px, of the photo under the two dots
WHOLE = 1280  # px, longer side of the photo around it


def aged(faces: Faces, read: FaceCode, age: float, gender: str, detail: float) -> dict[str, Any]:
    """What is shown of a face at an age, on every step of the slider."""
    picture = faces.aged(read, age, gender, detail)
    return {"url": data_url(picture), "caption": f"At {float(age):.0f}"}


def marker_value(sitting: Sitting) -> str:
    """The photo with its faces, and what to do about them."""
    width, height = sitting.photo.size
    faces = [[p[k] / (width, height)[k] for p in (e.left, e.right) for k in (0, 1)] for e in sitting.faces]
    words = {
        0: "No face was found. Put a dot on each eye.",
        1: "Not quite on the eyes? Drag the dots, or click where they belong.",
    }.get(len(faces), f"{len(faces)} faces: the largest is taken. Click a number for another.")
    return json.dumps({"photo": data_url(sitting.photo, SHOWN), "faces": faces, "words": words})


def face_value(sitting: Sitting) -> dict[str, Any]:
    """The face as it is, the photo around it, and where in it the face is, for the view."""
    from ...data.alignment import crop_transform
    from ...images import to_pil

    assert sitting.read is not None and sitting.eyes is not None
    crop = data_url(to_pil(sitting.read.face), VIEW)
    if is_crop(sitting):
        return {"crop": crop, "photo": ""}
    place = [round(v, 3) for v in crop_transform(sitting.eyes, 1)]
    return {"crop": crop, "photo": data_url(sitting.photo, WHOLE), "size": sitting.photo.size, "place": place}


def strip_value(rows: Sequence[tuple[str, float, list[Image.Image]]], age: float) -> str:
    """Rows of ten pictures for the strip, the first being of the gender that was read; framed at first is `age`."""
    from ...data.ages import BINS, CENTRES, GROUPS

    lines: list[dict[str, Any]] = [
        {"title": title, "gender": gender, "pictures": [data_url(p) for p in pictures]}
        for title, gender, pictures in rows
    ]
    value = {"ages": BINS, "names": GROUPS, "centres": CENTRES, "rows": lines, "gender": rows[0][1], "age": age}
    return json.dumps(value)
