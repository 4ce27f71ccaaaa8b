"""What the page's own listeners, its files and its queue make of those who use them otherwise than the page does."""

from __future__ import annotations

import inspect
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from abuse_corpus import EVENTS, MESSAGES, PICTURES, RGB, TEXTS, encoded
from abused import GOOD, fault, sent
from visitor import Visitor, file_message

from cgan_demo.ui.door import ADDRESS, GONE, NOT_UPLOADED

TOY = "cgan_demo.ui.latent.plane"  # whose games are trained for seconds
SAMPLE = [*list(PICTURES.values())[:2], {"path": "/etc/passwd"}, file_message("/etc/passwd")]


def listeners(page: gr.Blocks) -> list[int]:
    """Those of the page itself, that run Python."""
    return [
        number
        for number, listener in page.fns.items()
        if listener.fn is not None and listener.api_visibility == "private" and listener.fn.__module__ != TOY
    ]


def value_of(block: Any) -> Any:
    return None if block.stateful else block.get_config().get("value")


def bad_calls(listener: Any, known: set[Any]) -> list[tuple[list[Any], Any]]:
    """(inputs, event) for one listener: messages for its parts, texts and files, and clicks that nobody made.

    Of what is sent to a component that is `known` every ninth is enough.
    """
    good = [value_of(block) for block in listener.inputs]
    kinds = {gr.HTML: MESSAGES, gr.Textbox: TEXTS[::8], gr.Image: SAMPLE, gr.File: [[x] for x in SAMPLE]}
    kinds |= {gr.ImageSlider: [[x, x] for x in SAMPLE[2:]], gr.Dataset: [-1, 10**9, "x", None]}
    calls = [
        ([*good[:number], value, *good[number + 1 :]], None)
        for number, block in enumerate(listener.inputs)
        for value in kinds.get(type(block), [])[:: 9 if block in known else 1]
    ]
    known.update(listener.inputs)
    clicked = [isinstance(p.annotation, str) and "EventData" in p.annotation for p in _parameters(listener.fn)]
    return calls + ([(good, event) for event in EVENTS] if any(clicked) else [])


def _parameters(function: Any) -> list[inspect.Parameter]:
    return list(inspect.signature(function).parameters.values())


def test_private_listeners_answer_bad_messages_and_clicks_in_a_sentence(visitor: Visitor, folder: Path) -> None:
    page, faults, count, known = visitor.page, [], 0, set[Any]()
    for number in listeners(page):  # the first ones open tabs, so that this visitor has sittings
        listener = page.fns[number]
        for inputs, event in bad_calls(listener, known):
            count += 1
            answer, _ = sent(visitor, number, inputs, event)
            wrong = fault(answer, [str(folder)])
            if wrong:
                faults.append(f"{listener.fn.__qualname__} {repr(inputs)[:90]} {event}: {wrong}")
    assert count > 150
    assert not faults, "\n".join(faults)


def test_parts_call_nothing_in_python(visitor: Visitor) -> None:
    """Components can offer functions to the browser; none of the page's does, so there is nothing to be called."""
    for number, block in visitor.page.blocks.items():
        offered = [name for name in dir(type(block)) if getattr(getattr(type(block), name), "_is_server_fn", False)]
        assert offered == [], block
        if isinstance(block, gr.HTML):
            body = {"component_id": number, "session_hash": "s", "data": "/etc/passwd"}
            for name in ("preprocess", "__init__"):
                answer = visitor.http.post("/gradio_api/component_server", json=body | {"fn_name": name})
                assert answer.status_code == 404 and "Traceback" not in answer.text


@pytest.mark.parametrize(
    "place",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=../../../../../../etc/passwd",
        "/gradio_api/file=%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/gradio_api/file=file:///etc/passwd",
        "/gradio_api/file=@APP",
        "/gradio_api/file=@WEIGHTS",
        "/gradio_api/file=\0",
        "/gradio_api/proxy=http://127.0.0.1:9/x",
        "/static/../../../../../../etc/passwd",
        "/assets/..%2f..%2f..%2f..%2fetc/passwd",
        "/custom_component/../../etc/passwd",
        "/theme.css/../../etc/passwd",
        "/monitoring",
        "/gradio_api/run-history/records",
    ],
)
def test_no_file_but_the_pages_own_is_served(visitor: Visitor, place: str) -> None:
    root = Path(__file__).parents[2]
    place = place.replace("@APP", str(root / "app.py")).replace(
        "@WEIGHTS", str(root / "weights/map-to-aerial/README.md")
    )
    answer = visitor.http.get(place.replace("\0", "%00"))
    assert answer.status_code in (400, 401, 403, 404, 405, 422), answer.text[:300]
    assert "root:" not in answer.text and "Traceback" not in answer.text and "import " not in answer.text


def test_addresses_are_not_fetched(visitor: Visitor) -> None:
    asked: list[str] = []

    class Teller(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(encoded(RGB))

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Teller) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/picture.png"
        given = file_message(address)
        for message in (given, given | {"url": address}, {"path": address}, file_message("http://169.254.169.254/x")):
            assert visitor.call("photo_to_edges", [message]).error == ADDRESS
            assert visitor.call("super_resolution", [message, [message], 1, 0]).error == ADDRESS
        uploaded = visitor.upload(encoded(RGB)) | {"url": address}
        assert visitor.call("photo_to_edges", [uploaded]).data  # the file counts, not the address beside it
        visitor.http.get(f"/gradio_api/file={address}")
        server.shutdown()
    assert asked == []


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """That nobody uploaded."""
    path = tmp_path / "picture.png"
    path.write_bytes(encoded(RGB))
    return path


def test_only_uploads_are_read(picture: Path, visitor: Visitor, folder: Path) -> None:
    for message in (file_message(str(picture)), {"path": str(picture)}, {"path": str(picture), "meta": {}}):
        assert visitor.call("photo_to_edges", [message]).error == NOT_UPLOADED
    inside = folder / "gradio" / "link.png"
    inside.symlink_to(picture)
    assert visitor.call("photo_to_edges", [file_message(str(inside))]).error == NOT_UPLOADED
    assert visitor.call("photo_to_edges", [file_message(str(folder / "gradio"))]).error == GONE
    gone = visitor.upload(encoded(RGB, "BMP"))
    Path(gone["path"]).unlink()
    assert visitor.call("age_face", [gone, 30, "Man", 0]).error == GONE


def test_too_large_an_upload_is_refused(visitor: Visitor) -> None:
    answer = visitor.http.post("/gradio_api/upload", files={"files": ("large.png", bytes((32 << 20) + 1))})
    assert answer.status_code == 413 and "maximum allowed size" in answer.text


def test_the_queue_cannot_be_passed_by(visitor: Visitor) -> None:
    for name in ("latent_faces", "predict"):
        body = {"data": [0, 1], "fn_index": visitor.number("latent_faces")}
        assert visitor.http.post(f"/gradio_api/run/{name}", json=body).status_code == 404


def test_cancelled_left_and_reloaded_runs_leave_a_page_that_answers(visitor: Visitor) -> None:
    """While games are being trained: cancelled, from another session too, left without reading, and begun anew."""
    play = next(n for n, listener in visitor.page.fns.items() if getattr(listener.fn, "__name__", "") == "play")
    good = [value_of(block) for block in visitor.page.fns[play].inputs]
    others = [Visitor(visitor.page, str(visitor.http.base_url)) for _ in range(3)]
    for other in others:
        event = other.join(play, good).json()["event_id"]
        with other.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": other.session}) as lines:
            for line in lines.iter_lines():  # until it runs
                if "process_generating" in line:
                    break
            wish = {"session_hash": other.session, "fn_index": play, "event_id": event}
            strange = {"session_hash": "nobody", "fn_index": -7, "event_id": "none"}
            if other is others[0]:
                for body in (strange, wish, wish):
                    assert other.http.post("/gradio_api/cancel", json=body).status_code == 200
            elif other is others[1]:
                other.http.post("/gradio_api/reset", json=wish)
        # Leaving the block closes the connection in the middle of the run.
    others[2].session = Visitor(visitor.page, "http://reload").session  # the page was loaded again
    assert sent(others[2], "latent_faces", GOOD["latent_faces"])[0].data
    waiting = [Visitor(visitor.page, str(visitor.http.base_url)) for _ in range(4)]
    for other in waiting:
        assert other.join("latent_faces", [0, 1]).status_code == 200
        other.http.close()  # who left while waiting
    assert sent(visitor, "age_face", GOOD["age_face"])[0].data
    assert sent(visitor, "text_to_bird", GOOD["text_to_bird"])[0].data


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"data": 5}', b'{"data": [], "fn_index": "x"}', b'{"data": [], "fn_index": 99999}']
    + [b'{"data": [1' + b"0" * 5000 + b'], "fn_index": 0, "session_hash": "s"}', b"[" * 30_000, b"\xff\xfe\x00"]
    + [json.dumps({"data": [], "fn_index": None, "session_hash": "s"}).encode()],
)
def test_no_call_at_all_is_refused(visitor: Visitor, body: bytes) -> None:
    answer = visitor.http.post("/gradio_api/queue/join", content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code <= 500 and "Traceback" not in answer.text and "File " not in answer.text
    assert visitor.http.get("/config").status_code == 200


def test_what_is_optional_can_be_left_out_and_nothing_else(visitor: Visitor) -> None:
    photo = GOOD["age_face"]
    assert sent(visitor, "age_face", [*photo, True])[0].data
    assert sent(visitor, "age_face", photo[:4])[0].data
    assert sent(visitor, "age_face", photo[:3])[0].error
