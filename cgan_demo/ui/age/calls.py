"""What the events of the tab "Age" do: what its components hold in, what they show next out."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr
from PIL import Image

from ...errors import InputError
from ..components import selected
from ..parts import UNREADABLE, sent_number
from ..uploads import data_url, download
from . import view
from .faces import ENOUGH, GENDERS, Faces, Sitting, take

if TYPE_CHECKING:  # torch is slow to import, and the page is laid out without it
    from ...caae.predictor import FaceCode

CHILD = 6  # years


@dataclass(frozen=True)
class Calls:
    """A new face gives new values of state, emptied upload, marker, view and strip.

    pictures: examples, which are aligned already. uploads: the folder from which uploads are removed.
    """

    faces: Faces
    pictures: list[Image.Image]
    uploads: str

    def open(self, age: float, gender: str, detail: float) -> tuple[Any, ...]:
        return self._opened(self._example(0), age, gender, detail) if self.pictures else (gr.skip(),) * 5

    def choose(self, age: float, gender: str, detail: float, event: gr.EventData) -> tuple[Any, ...]:
        return self._opened(self._example(selected(event, len(self.pictures))), age, gender, detail)

    def upload(self, path: str | None, age: float, gender: str, detail: float) -> tuple[Any, ...]:
        if path is None:  # the field was emptied, which opening the webcam does, too
            return (gr.skip(),) * 5
        return self._opened(self.faces.sit(take(path, self.uploads, ENOUGH)), age, gender, detail)

    def correct(
        self, sitting: Sitting | None, message: str, age: float, gender: str, detail: float
    ) -> tuple[Any, Any, Any]:
        """New values of state, view and strip."""
        if sitting is None:
            raise InputError("Choose a photo first.")
        sitting = self.faces.corrected(sitting, message)
        return sitting, *self._pictures(sitting, age, gender, detail)

    def step(self, sitting: Sitting | None, age: float, gender: str, detail: float) -> Any:
        if sitting is None or sitting.read is None:
            return gr.skip()
        return json.dumps(view.aged(self.faces, sitting.read, age, gender, detail))

    def strip(self, sitting: Sitting | None, age: float, detail: float) -> Any:
        if sitting is None or sitting.read is None:
            return gr.skip()
        return view.strip_value(self.faces.rows(sitting.read, detail), age)

    def picked(self, message: str | None) -> tuple[float, str]:
        """Age and gender of a picture of the strip that was clicked."""
        from ...data.ages import OLDEST, YOUNGEST

        chosen = sent_number(message, "gender", 0, 1)
        names = [name for name, gender in GENDERS.items() if gender == chosen]
        if not names:
            raise InputError(UNREADABLE)
        return sent_number(message, "age", YOUNGEST, OLDEST), names[0]

    def save(self, sitting: Sitting | None, age: float, gender: str, detail: float, shown: str) -> str:
        """What the view shows, in the photo's own resolution; `shown` is "photo" or "face"."""
        _read(sitting)
        assert sitting is not None
        picture = self.faces.full(sitting, age, gender, detail, shown == "photo")
        return download(f"{'photo' if shown == 'photo' else 'face'}-at-{float(age):.0f}.jpg", data_url(picture))

    def save_strip(self, sitting: Sitting | None, detail: float) -> str:
        return download("face-at-all-ages.jpg", data_url(self.faces.sheet(_read(sitting), detail)))

    def save_film(self, sitting: Sitting | None, gender: str, detail: float) -> str:
        film = base64.b64encode(self.faces.film(_read(sitting), gender, detail)).decode("ascii")
        return download("face-ageing.gif", f"data:image/gif;base64,{film}")

    # ---- mixed with another face

    def other(self, path: str | None, *given: Any) -> tuple[Any, Any, Any]:
        """New values of the other face, of the emptied upload and of the mixed picture."""
        if path is None:
            return (gr.skip(),) * 3
        other = self.faces.sit(take(path, self.uploads, ENOUGH))
        if other.read is None:
            raise InputError("No face was found in the other photo: choose one of a face from the front.")
        return other.read, None, self.mix(other.read, *given)

    def choose_other(
        self, sitting: Sitting | None, share: float, age: float, gender: str, detail: float, event: gr.EventData
    ) -> tuple[Any, Any]:
        read = self._example(selected(event, len(self.pictures))).read
        return read, self.mix(read, sitting, share, age, gender, detail)

    def mix(self, other: Any, sitting: Sitting | None, share: float, age: float, gender: str, detail: float) -> Any:
        if other is None or sitting is None or sitting.read is None:
            return gr.skip()
        mixed = self.faces.ager.mix(sitting.read, other, float(share))
        return json.dumps(view.aged(self.faces, mixed, age, gender, detail))

    def child(self, other: Any, sitting: Sitting | None, share: float, gender: str, detail: float) -> Any:
        if other is None:
            raise InputError("There is no other face yet: choose a second photo, or click one of the faces beside it.")
        mixed = self.faces.ager.mix(_read(sitting), other, float(share))
        shown = view.aged(self.faces, mixed, CHILD, gender, detail)
        return json.dumps({**shown, "caption": f"Their child at {CHILD}"})

    def _example(self, index: int) -> Sitting:
        from ...data.alignment import LEFT_EYE, RIGHT_EYE, Eyes

        picture = self.pictures[index]
        return self.faces.sit(picture, Eyes(LEFT_EYE, RIGHT_EYE).scaled(*picture.size))

    def _opened(self, sitting: Sitting, age: float, gender: str, detail: float) -> tuple[Any, ...]:
        return sitting, None, view.marker_value(sitting), *self._pictures(sitting, age, gender, detail)

    def _pictures(self, sitting: Sitting, age: float, gender: str, detail: float) -> tuple[Any, Any]:
        """New values of view and strip."""
        if sitting.read is None:
            words = "No face was found in this photo: put a dot on each eye, or choose another photo."
            return json.dumps({"words": words}), gr.skip()
        shown = {**view.aged(self.faces, sitting.read, age, gender, detail), **view.face_value(sitting)}
        return json.dumps(shown), self.strip(sitting, age, detail)


def _read(sitting: Sitting | None) -> FaceCode:
    if sitting is None or sitting.read is None:
        raise InputError("There is no face yet: choose a photo, or click one of the faces.")
    return sitting.read
