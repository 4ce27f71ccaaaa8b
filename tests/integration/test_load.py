"""A page with more visitors than it can serve at once, on fake models; `benchmarks/load.py` does it with true ones."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from abused import GOOD
from fakes import cataloged
from fakes import load as fake_load
from gradio.utils import get_upload_folder
from gradio_client import Client
from visitor import Visitor

from cgan_demo.ui.components import MODEL_QUEUE
from cgan_demo.ui.gradio_patches import BUSY, Session
from cgan_demo.ui.page import LONGEST_LINE, SESSIONS, build_page, launch_options

KEPT, LINE = 3, 4  # sessions that are kept, and calls that can wait, so that few fill this page
CALL = ("paint_to_aerial", GOOD["paint_to_aerial"])


class Gate:
    """Aerials are painted once it is open. reached: released by each call that waits for it."""

    def __init__(self) -> None:
        self.open, self.reached = threading.Event(), threading.Semaphore(0)
        self.open.set()

    def load(self, model_id: str) -> Callable[..., Any]:
        real = fake_load(model_id)

        def predictor(*args: Any, **kwargs: Any) -> Any:
            self.reached.release()
            assert self.open.wait(60)
            return real(*args, **kwargs)

        return predictor if model_id == "map-to-aerial" else real


@pytest.fixture(scope="module")
def gate() -> Gate:
    return Gate()


@pytest.fixture(scope="module")
def served(gate: Gate) -> Iterator[tuple[gr.Blocks, str]]:
    with cataloged():
        page = build_page(load=gate.load)
    options = launch_options() | {"state_session_capacity": KEPT}
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, **options)
    yield page, url
    page.close()


def test_who_finds_the_line_full_is_told_so_and_all_others_are_served(
    gate: Gate, served: tuple[gr.Blocks, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, queue = MODEL_QUEUE["concurrency_limit"], served[0]._queue
    assert queue.max_size == LONGEST_LINE
    monkeypatch.setattr(queue, "max_size", LINE)
    others, late = [Visitor(*served) for _ in range(at_once + LINE)], Visitor(*served)
    client = Client(served[1], verbose=False)
    gate.open.clear()
    try:
        for number, other in enumerate(others):
            assert other.join(*CALL).status_code == 200
            if number < at_once:
                assert gate.reached.acquire(timeout=60)  # it has left the line
        assert len(queue) == LINE
        refused = late.join(*CALL)
        assert refused.status_code == 503 and refused.json() == {"detail": BUSY.format(LINE)}
        with pytest.raises(Exception, match="Queue is full! Please try again"):  # as gradio_client says it
            client.predict(api_name="/latent_faces")
    finally:
        gate.open.set()
    assert all(other.wait().data for other in others)
    assert late.call(*CALL).data


def test_sessions_are_forgotten_once_there_are_many(served: tuple[gr.Blocks, str]) -> None:
    """Each has a copy of the page's values; Gradio would keep ten thousand, some gigabytes."""
    visitors = [Visitor(*served) for _ in range(KEPT + 2)]
    for visitor in [*visitors, visitors[0]]:  # who was forgotten is served all the same
        assert visitor.call("text_to_flower", ["a red flower", 1, 0]).data
    assert len(served[0].app.state_holder.session_data) == KEPT
    assert launch_options()["state_session_capacity"] == SESSIONS <= 1000


def test_sessions_hold_states_and_no_second_copy_of_the_page(served: tuple[gr.Blocks, str]) -> None:
    visitor = Visitor(*served)
    assert visitor.call(*CALL).data
    session = served[0].state_holder[visitor.session]
    assert isinstance(session, Session) and len(served[0].blocks) > 100
    held = [config for config in session.config_values.values() if config.get("props", {}).get("value") is not None]
    assert held == [] and CALL[1][0] not in repr(session.config_values)
    link = visitor.http.get("/gradio_api/deep_link", params={"session_hash": visitor.session}).json()
    written = Path(get_upload_folder()) / "deep_links" / link / "state.json"
    assert link and written.read_text() == "[]"


@pytest.mark.parametrize(("minutes", "closed", "kept"), [(9, True, True), (11, True, False), (300, False, True)])
def test_what_a_closed_page_held_is_forgotten_soon(
    served: tuple[gr.Blocks, str], minutes: int, closed: bool, kept: bool
) -> None:
    visitor = Visitor(*served)
    assert visitor.call(*CALL).data
    session = served[0].state_holder[visitor.session]
    key = next(i for i, block in served[0].blocks.items() if isinstance(block, gr.State))
    session[key] = "a photo"
    session._state_ttl[key] = (session._state_ttl[key][0], datetime.now() - timedelta(minutes=minutes))
    session.is_closed = closed
    served[0].state_holder.delete_all_expired_state()
    assert (key in session.state_data) == kept


def test_no_statistics_are_made_of_calls(served: tuple[gr.Blocks, str]) -> None:
    assert Visitor(*served).call("latent_faces", [0, 1]).data
    assert served[0]._queue.compute_analytics_summary([]) == {}
    assert served[0]._queue.cached_event_analytics_summary == {"functions": {}}
