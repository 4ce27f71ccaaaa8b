"""A small Hub on loopback: the routes that downloading a file and publishing a model use, and ways to fail."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """What the server holds and how it behaves; tests change it between requests."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}  # repository -> path -> content
        self.status = 200  # any other is the answer to everything
        self.delay = 0.0  # seconds before each answer
        self.requests: list[str] = []
        self.endpoint = ""


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def _refused(self) -> bool:
            hub.requests.append(f"{self.command} {self.path}")
            time.sleep(hub.delay)
            if hub.status != 200:
                self._answer(hub.status)
            return hub.status != 200

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            """/{owner}/{name}/resolve/{revision}/{path}"""
            if self._refused():
                return
            repo, _, rest = unquote(urlsplit(self.path).path).lstrip("/").partition("/resolve/")
            path = rest.partition("/")[2]
            if repo not in hub.files:
                return self._answer(404, headers={"X-Error-Code": "RepoNotFound"})
            if path not in hub.files[repo]:
                return self._answer(404, headers={"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
            body = hub.files[repo][path]
            etag = hashlib.sha256(body).hexdigest()
            self._answer(200, body, {"X-Repo-Commit": COMMIT, "ETag": f'"{etag}"'})

        def do_POST(self) -> None:
            body = self._body()
            if self._refused():
                return
            parts = urlsplit(self.path).path.strip("/").split("/")
            if parts == ["api", "repos", "create"]:
                repo = json.loads(body)
                name = f"{repo.get('organization', 'me')}/{repo['name']}"
                hub.files.setdefault(name, {})
                return self._json({"url": f"{hub.endpoint}/{name}"})
            if parts == ["api", "validate-yaml"]:
                return self._json({"errors": [], "warnings": []})
            repo_id = "/".join(parts[2:4])
            if parts[4] == "preupload":
                files = [
                    {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False}
                    for file in json.loads(body)["files"]
                ]
                return self._json({"files": files})
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    hub.files[repo_id][line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            self._json({"commitUrl": f"{hub.endpoint}/{repo_id}/commit/{COMMIT}", "commitOid": COMMIT})

        def _json(self, value: Any) -> None:
            self._answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

    return Handler


@contextmanager
def serve() -> Iterator[Hub]:
    """A running Hub, without repositories, until the block ends."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    server.daemon_threads = True
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
