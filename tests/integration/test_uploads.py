"""Every upload is a file of its own, which goes when it was used, or when it is clear that it will not be."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from abused import GOOD, PHOTO, Writes, sent
from gradio import processing_utils, route_utils
from visitor import Visitor, file_message

from cgan_demo.ui.door import GONE
from cgan_demo.ui.uploads import HASH, removing

AGED = [30, "Man", 0.5]


@pytest.fixture
def other(served: tuple[gr.Blocks, str, Writes]) -> Visitor:
    return Visitor(*served[:2])


def place(message: dict[str, Any]) -> Path:
    return Path(message["path"])


def test_who_uploads_the_same_picture_still_has_it_when_another_has_used_it(visitor: Visitor, other: Visitor) -> None:
    """Gradio alone would give both one path. If this fails, see `gradio_patches.keep_apart`: Gradio looks elsewhere."""
    mine, theirs = visitor.upload(PHOTO), other.upload(PHOTO)
    assert place(mine) != place(theirs) and place(mine).read_bytes() == place(theirs).read_bytes() == PHOTO
    assert visitor.call("age_face", [mine, *AGED]).data
    assert not place(mine).parent.exists() and place(theirs).exists()
    assert other.call("age_face", [theirs, *AGED]).data
    assert not place(theirs).parent.exists()
    assert visitor.call("age_face", [mine, *AGED]).error == GONE


def test_several_files_of_one_upload_are_kept_apart(visitor: Visitor) -> None:
    files = [("files", ("a.png", PHOTO)), ("files", ("a.png", PHOTO))]
    paths = visitor.http.post("/gradio_api/upload", files=files).json()
    assert len(set(paths)) == 2
    answer = visitor.call("mix_faces", [*map(file_message, paths), 0.5, *AGED])
    assert answer.data and not any(Path(path).exists() for path in paths)


def test_data_urls_of_assistants_are_kept_apart(visitor: Visitor, folder: Path) -> None:
    """MCP's tools are given pictures as such, and Gradio puts them in a file by this function."""
    url = "data:image/png;base64," + base64.b64encode(PHOTO).decode()
    cache = str(folder / "gradio")
    first, second = (processing_utils.save_base64_to_cache(url, cache_dir=cache) for _ in range(2))
    assert first != second and Path(first).read_bytes() == Path(second).read_bytes() == PHOTO
    assert visitor.call("age_face", [file_message(first), *AGED]).data
    assert not Path(first).exists() and Path(second).exists()


def test_results_are_not_removed_with_uploads(visitor: Visitor) -> None:
    """They lie under a hash, and who makes the same again has the same file."""
    results = [answer["path"] for _ in range(2) if (answer := visitor.call("latent_faces", [0, 1]).data[0])]  # type: ignore[index]
    assert results[0] == results[1] and HASH.fullmatch(Path(results[0]).parent.name)
    assert visitor.call("age_face", [file_message(results[0]), *AGED]).data
    assert Path(results[0]).exists()


def test_uploads_that_nobody_used_are_cleaned_away_while_others_arrive(visitor: Visitor) -> None:
    """If this fails, see `gradio_patches.keep_cleaning`: Gradio looks elsewhere."""

    class Disturbed(set[str]):
        turns = 0

        def __iter__(self) -> Iterator[str]:
            self.turns += 1
            for file in super().__iter__():
                if self.turns < 3:
                    raise RuntimeError("Set changed size during iteration")
                yield file

    left = place(visitor.upload(PHOTO))
    noted = Disturbed({str(left)})
    page = SimpleNamespace(blocks={}, temp_file_sets=[noted])
    route_utils.delete_files_created_by_app(page, 3600)  # type: ignore[arg-type]
    assert left.exists() and noted.turns == 3
    route_utils.delete_files_created_by_app(page, None)  # type: ignore[arg-type]
    assert not left.exists() and not set.__len__(noted)


def test_gradio_notes_nothing_of_what_is_gone(visitor: Visitor) -> None:
    before = sum(map(len, visitor.page.temp_file_sets))
    for _ in range(2):
        answer, (path,) = sent(visitor, "age_strip", GOOD["age_strip"])
        assert answer.data and not any(str(path) in noted for noted in visitor.page.temp_file_sets)
    assert sum(map(len, visitor.page.temp_file_sets)) - before <= 20  # the strip's pictures


@pytest.mark.parametrize("below", ["", "/.", "/x/.."])
def test_the_uploads_folder_itself_is_no_upload(visitor: Visitor, folder: Path, below: str) -> None:
    mine = visitor.upload(PHOTO)
    named = file_message(str(folder / "gradio") + below)
    for call, values in (("age_face", [named, *AGED]), ("super_resolution", [mine, [named], 1, 0.5])):
        assert visitor.call(call, values).error == GONE
    assert (folder / "gradio").is_dir() and not place(mine).exists()
    with removing([str(folder / "gradio") + below], folder / "gradio"):
        pass
    assert (folder / "gradio").is_dir()


def test_what_an_event_names_is_refused_and_the_uploads_go(visitor: Visitor) -> None:
    mine = visitor.upload(PHOTO)
    assert visitor.call("age_face", [mine, *AGED], {"path": "/etc/passwd"}).error
    assert not place(mine).exists()


@pytest.fixture
def closed(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """No call is taken from the line until it is set."""
    opened, taken = threading.Event(), visitor.page._queue.get_events
    monkeypatch.setattr(visitor.page._queue, "get_events", lambda: taken() if opened.is_set() else None)
    yield opened
    opened.set()


def test_uploads_of_a_cancelled_call_go_and_others_stay(
    visitor: Visitor, other: Visitor, closed: threading.Event
) -> None:
    mine, theirs = visitor.upload(PHOTO), other.upload(PHOTO)
    event = visitor.join("age_face", [mine, *AGED]).json()["event_id"]
    assert other.join("age_face", [theirs, *AGED]).status_code == 200
    wish = {"session_hash": visitor.session, "fn_index": visitor.number("age_face"), "event_id": event}
    assert visitor.http.post("/gradio_api/cancel", json=wish).status_code == 200
    assert not place(mine).exists() and place(theirs).exists()
    closed.set()
    assert other.wait().data and not place(theirs).exists()


def test_uploads_go_with_who_leaves_while_waiting(visitor: Visitor, other: Visitor, closed: threading.Event) -> None:
    mine = visitor.upload(PHOTO)
    assert visitor.join("age_face", [mine, *AGED]).status_code == 200
    with visitor.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": visitor.session}) as lines:
        next(lines.iter_lines())  # the place in the line; then the connection is closed
    for _ in range(600):
        if not place(mine).exists():
            break
        closed.wait(0.1)
    assert not place(mine).exists() and len(visitor.page._queue) == 0
    closed.set()
    assert other.call("latent_faces", [0, 1]).data
