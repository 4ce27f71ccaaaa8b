"""Whatever is sent to the page's API gives a result or one sentence; the server lives on and keeps nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from abuse_corpus import CHOICES, FILE_NAMES, NUMBERS, PATHS, PICTURES, SWITCHES, TEXTS
from abused import GOOD, PHOTO, SMALL, fault, sent
from PIL import Image
from visitor import Visitor, file_message

REMOVING = ("age_face", "age_strip", "mix_faces", "super_resolution")  # their tabs say that files are removed
KINDS: dict[type, list[Any]] = {
    gr.Image: [*PICTURES.values(), *PATHS],
    gr.File: [
        [SMALL, PICTURES["cut.png"]],
        [PICTURES["empty.png"]],
        [SMALL] * 6,
        *([path] for path in PATHS[::3]),
        *PATHS[1::3],
    ],
    gr.Slider: NUMBERS,
    gr.Number: NUMBERS,
    gr.Textbox: TEXTS,
    gr.Radio: CHOICES,
    gr.Checkbox: SWITCHES,
}
WHOLE = ("age_face", "super_resolution")  # are sent all of them; each other endpoint every fifth, from another one on


def test_the_corpus_has_all_endpoints_and_is_large(visitor: Visitor) -> None:
    named = visitor.http.get("/gradio_api/info").json()["named_endpoints"]
    assert set(GOOD) == {name.removeprefix("/") for name in named}
    assert len(PICTURES) + len(PATHS) + len(TEXTS) + len(NUMBERS) + len(CHOICES) + len(SWITCHES) >= 60


@pytest.mark.parametrize("name", GOOD)
def test_bad_input_gives_a_result_or_a_sentence(visitor: Visitor, name: str, folder: Path) -> None:
    place, step = (0, 1) if name in WHOLE else (list(GOOD).index(name) % 5, 5)
    faults, seen = [], set[type]()
    for number, field in enumerate(visitor.page.fns[visitor.number(name)].inputs):
        again = 1 if type(field) not in seen else 7  # another field of the same kind
        seen.add(type(field))
        for value in KINDS[type(field)][place :: step * again]:
            inputs = [*GOOD[name][:number], value, *GOOD[name][number + 1 :]]
            answer, uploaded = sent(visitor, name, inputs)
            wrong = fault(answer, [str(folder)])
            if wrong is None and name in REMOVING and any(path.exists() for path in uploaded):
                wrong = "an upload was kept"
            if wrong:
                faults.append(f"{field.label} = {repr(value)[:80]}: {wrong}")
    for inputs in ([], [0] * 9, {"image": 1}, None):  # no such call
        answer = visitor.call(name, inputs)
        faults += [f"{inputs}: {answer}"] if answer.status == 200 and fault(answer, [str(folder)]) else []
    assert not faults, "\n".join(faults)
    good, _ = sent(visitor, name, GOOD[name])
    assert good.data, good.error


def test_the_pages_own_pictures_are_not_removed(visitor: Visitor) -> None:
    own = [path for block in visitor.page.blocks.values() for path in block.keep_in_cache]
    faces = [path for path in own if Image.open(path).size == (128, 128)]
    answers = [visitor.call("age_face", [file_message(path), 30, "Man", 0.5]) for path in faces]
    assert answers and all(answer.data for answer in answers)
    assert all(Path(path).exists() for path in own)


@pytest.mark.parametrize("name", FILE_NAMES)
def test_a_files_name_leads_nowhere_else(visitor: Visitor, folder: Path, name: str) -> None:
    message = visitor.upload(PHOTO, name)
    assert Path(message["path"]).resolve().is_relative_to(folder)
    assert fault(visitor.call("photo_to_edges", [message]), [str(folder)]) is None
