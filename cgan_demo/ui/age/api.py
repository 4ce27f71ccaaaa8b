"""The capabilities of the tab "Age" as an API. It answers with files, which the page deletes after some hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr
from PIL import Image

from ...errors import InputError
from ..api import offer
from ..components import picture_file
from ..uploads import removing
from .faces import GENDERS, Faces, gender_of, own_detail, take

if TYPE_CHECKING:
    from ...caae.predictor import FaceCode


def endpoints(faces: Faces, uploads: str) -> None:
    """Lay out the hidden components of the endpoints; `uploads` is the folder from which uploads are removed."""

    def read(photo: str | None) -> FaceCode:
        """The one face of an upload."""
        return code_of(take(photo, uploads))

    def code_of(picture: Image.Image) -> FaceCode:
        return faces.ager.encode(faces.ager.crop(picture))

    def age_face(photo: str | None, age: float, gender: str, detail: float, whole: bool = False) -> Image.Image:
        """Show the one face of a photo at an age from 1 to 80 years, alone or in the whole photo."""
        return faces.ager(take(photo, uploads), age, gender_of(gender), detail, whole=whole)

    def age_strip(photo: str | None, gender: str, detail: float) -> list[tuple[Image.Image, str]]:
        """Show the one face of a photo at ten ages, from the youngest to the oldest."""
        from ...data.ages import GROUPS

        pictures = faces.ager.decode_all(read(photo), gender=gender_of(gender), detail=detail)
        return list(zip(pictures, GROUPS, strict=True))

    def mix_faces(
        photo: str | None, other: str | None, share: float, age: float, gender: str, detail: float
    ) -> Image.Image:
        """Show a face between those of two photos, at an age; share 0 is the first one's, 1 the other one's."""
        from ...images import open_image

        with removing([photo, other], uploads):
            if other is None:
                raise InputError("There is no other face yet: give a second photo.")
            pictures = {path: open_image(path) for path in (photo, other)}  # may be one file
        mixed = faces.ager.mix(code_of(pictures[photo]), code_of(pictures[other]), share)
        return faces.ager.decode(mixed, age, gender_of(gender), detail)

    with gr.Group(visible=False):
        photo, other = picture_file(True, label="photo"), picture_file(True, label="other photo")
        age = gr.Slider(1, 80, 60, label="age in years")
        gender = gr.Radio(list(GENDERS), value="As read", label="gender")
        detail, share = gr.Slider(0, 1, own_detail(), label="detail"), gr.Slider(0, 1, 0.5, label="share")
        picture, pictures = gr.Image(label="result", format="png"), gr.Gallery(label="ten ages", format="png")
        whole = gr.Checkbox(False, label="the whole photo")
        whole.optional = True  # type: ignore[attr-defined]
        offer(age_face, [photo, age, gender, detail, whole], picture)
        offer(age_strip, [photo, gender, detail], pictures)
        offer(mix_faces, [photo, other, share, age, gender, detail], picture)
