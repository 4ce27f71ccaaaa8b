"""Someone who speaks to a page's server over HTTP as a browser does, but sends whatever they like."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import gradio as gr
import httpx


@dataclass(frozen=True)
class Answer:
    """status: of the HTTP answer that was the last. data: results, or None. error: what the page shows, or None."""

    status: int
    data: list[Any] | None = None
    error: str | None = None


class Visitor:
    """One session with the page at `url`, which is `page`."""

    def __init__(self, page: gr.Blocks, url: str):
        self.page = page
        self.http = httpx.Client(base_url=url.rstrip("/"), timeout=120)
        self.session = uuid.uuid4().hex

    def upload(self, content: bytes, name: str = "picture.png") -> dict[str, Any]:
        """What a picture field sends once the file is there."""
        answer = self.http.post("/gradio_api/upload", files={"files": (name, content)})
        answer.raise_for_status()
        return file_message(answer.json()[0])

    def number(self, api_name: str) -> int:
        """Of a named listener."""
        return next(number for number, listener in self.page.fns.items() if listener.api_name == api_name)

    def join(self, listener: int | str, data: Any, event: Any = None) -> httpx.Response:
        """Put a call in the queue."""
        number = self.number(listener) if isinstance(listener, str) else listener
        body = {"data": data, "fn_index": number, "session_hash": self.session, "event_data": event}
        return self.http.post(
            "/gradio_api/queue/join",
            content=json.dumps(body).encode("utf-8", "surrogatepass"),  # with NaN, as no browser would
            headers={"content-type": "application/json"},
        )

    def call(self, listener: int | str, data: Any, event: Any = None) -> Answer:
        """Call a listener, by its API name or its number, and wait for what comes of it."""
        joined = self.join(listener, data, event)
        if joined.status_code != 200:
            return Answer(joined.status_code, error=joined.text)
        return self.wait()

    def wait(self) -> Answer:
        """The end of the call that was joined."""
        with self.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": self.session}) as lines:
            for line in lines.iter_lines():
                message = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                if message.get("msg") == "process_completed":
                    output = message["output"]
                    return Answer(200, output.get("data"), None if message["success"] else str(output.get("error")))
        return Answer(200, error="the stream ended without an answer")


def file_message(path: Any) -> dict[str, Any]:
    """An uploaded file, as the page's fields send it."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}}
