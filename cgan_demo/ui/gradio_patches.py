"""All that reaches into Gradio where it offers no way, tested with the versions that pyproject.toml allows.

What each patch relies on is checked, in words, in tests/unit/test_gradio_patches.py. parts/imageslider.js is one of
them: it gives Gradio's comparison of two pictures words, and keys that move its line.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio import processing_utils, route_utils
from gradio.context import LocalContext
from gradio.queueing import Event, Queue
from gradio.state_holder import SessionState, StateHolder

BUSY = "The page is busy: {} calls are waiting already. Try again in a minute."
AFTER_CLOSING = 600  # s that states stay when the connection ended: a phone may only have been laid aside
AGAIN = 20  # times that a cleaning is begun which uploads disturb; the next one is an hour later


class Patched(gr.Blocks):
    """Blocks with our line and sessions, each upload of which is a file of its own."""

    def queue(self, *args: Any, **kwargs: Any) -> Patched:
        super().queue(*args, **kwargs)
        self._queue.__class__ = Line  # Gradio makes it itself, and asks for no class
        keep_apart()
        keep_cleaning()
        return self

    @property
    def state_holder(self) -> StateHolder:
        return self._sessions

    @state_holder.setter
    def state_holder(self, sessions: StateHolder) -> None:
        sessions.__class__ = Sessions  # Gradio asks for no class here either
        self._sessions = sessions


class Line(Queue):
    """Gradio's queue, which says in a sentence that it is full, removes uploads of who left it, keeps no statistics.

    The sentence comes with status 503, for which browsers and gradio_client have sentences of their own.
    """

    async def push(self, *args: Any, **kwargs: Any) -> Any:
        taken, told, kind = await super().push(*args, **kwargs)
        return taken, BUSY.format(self.max_size) if kind == "queue_full" else told, kind

    async def remove_from_queue(self, event_id: str) -> None:
        """A call that waited is cancelled."""
        waiting = self._waiting()
        await super().remove_from_queue(event_id)
        self._forget(waiting)

    async def clean_events(self, **whose: Any) -> None:
        """Whoever waited has left."""
        waiting = self._waiting()
        await super().clean_events(**whose)
        self._forget(waiting)

    def _waiting(self) -> list[Event]:
        return [event for line in self.event_queue_per_concurrency_id.values() for event in line.queue]

    def _forget(self, waited: list[Event]) -> None:
        """Remove the uploads of those calls that will not be made."""
        from .uploads import forget  # which needs this file

        for event in waited:
            if event._id not in self.event_ids_to_events and event.data is not None:
                forget(event.fn.inputs, event.data.data)

    def compute_analytics_summary(self, records: Any) -> dict[str, Any]:
        """Nothing: nobody is shown it, and Gradio would make it of the last 10,000 calls after each call."""
        return {}


class Session(SessionState):
    """Gradio's session without its second copy of the page and of everything that was shown or sent.

    Gradio keeps that copy, half a megabyte at first, for links that reopen a page as it was, and writes it to the disk
    for whoever asks for such a link. This page has none.
    """

    def __init__(self, blocks: Any):
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks={}))  # type: ignore[arg-type]
        self.STATE_TTL_WHEN_CLOSED = AFTER_CLOSING  # Gradio's is an hour

    def _update_config(self, key: int) -> None:
        """Nothing; and so below."""

    def _update_value_in_config(self, key: int, value: Any) -> None: ...

    @property
    def components(self) -> Iterator[dict[str, Any]]:
        return iter(())


class Sessions(StateHolder):
    """Those of all visitors, of whom the one who was away longest is forgotten first."""

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = Session(self.blocks)
        return super().__getitem__(session_id)


class OwnFolder:
    """In place of the hash of an upload's bytes, by which Gradio would name its folder."""

    def __init__(self) -> None:
        self._name = uuid.uuid4().hex

    def update(self, data: bytes) -> None:
        """Nothing: the bytes do not count."""

    def hexdigest(self) -> str:
        return self._name


class Upload(route_utils.GradioUploadFile):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sha = OwnFolder()  # type: ignore[assignment]


def keep_apart() -> None:
    """From now on every upload is a file of its own, and so is a data URL that an assistant sends.

    Gradio stores a file under a hash of its bytes. Two visitors who upload the same bytes would share one file, and who
    reads it first would remove it under the other's eyes. It looks both up by these names.
    """
    route_utils.GradioUploadFile = Upload  # type: ignore[misc]
    processing_utils.save_base64_to_cache = _save_apart  # type: ignore[assignment]


def _save_apart(
    encoded: str, cache_dir: str, file_name: str | None = None, save: Any = processing_utils.save_base64_to_cache
) -> str:
    return str(save(encoded, str(Path(cache_dir) / uuid.uuid4().hex), file_name))


def keep_cleaning() -> None:
    """From now on Gradio's hourly cleaning, which takes uploads that nobody used, outlives an upload in its midst.

    It walks sets to which uploads add; one that came meanwhile would end it with an error, and it would not run again.
    """
    route_utils.delete_files_created_by_app = _cleaned  # type: ignore[assignment]


def _cleaned(blocks: Any, age: int | None, clean: Any = route_utils.delete_files_created_by_app) -> None:
    for _ in range(AGAIN):
        with suppress(RuntimeError):  # set changed size during iteration
            return clean(blocks, age)


def unnoted(path: str) -> None:
    """Gradio forgets a file that it would remove later."""
    page = LocalContext.blocks.get(None)
    for noted in page.temp_file_sets if page else ():
        noted.discard(path)


def paths_of(component: Any, read: Callable[[Any], Any]) -> Any:
    """The component, whose functions receive what `read` takes from its payload, or None of an empty one.

    Gradio would open and convert the uploaded files itself.
    """
    component.preprocess = lambda payload: None if payload is None else read(payload)
    return component


def sent_with(event: Any) -> Any:
    """What the page sent with an event, beside the values of components; None without an event."""
    return getattr(event, "_data", None)
