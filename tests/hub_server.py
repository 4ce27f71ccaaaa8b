"""A small Hub on loopback: the routes that downloading a file and publishing a model use, and ways to fail."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

Files = dict[str, bytes]  # path -> content


def commit_of(files: Files) -> str:
    """The id of a commit with these files."""
    digest = hashlib.sha1()
    for path in sorted(files):
        digest.update(path.encode() + hashlib.sha1(files[path]).digest())
    return digest.hexdigest()


class Hub:
    """What the server holds and how it behaves; tests change it between requests."""

    def __init__(self) -> None:
        self.files: dict[str, Files] = {}  # of each repository, what its branch main has
        self.tags: dict[str, dict[str, Files]] = {}  # of each repository, what its tags have
        self.status = 200  # any other is the answer to everything
        self.delay = 0.0  # seconds before each answer
        self.cut: int | None = None  # bytes of a file after which the connection ends
        self.cut_reached = threading.Event()
        self.go_on = threading.Event()  # before a connection is cut, this is waited for
        self.go_on.set()
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
            if self.command == "HEAD":
                return
            if hub.cut is None or len(body) <= hub.cut:
                self.wfile.write(body)
                return
            self.wfile.write(body[: hub.cut])
            hub.cut_reached.set()
            hub.go_on.wait()
            self.close_connection = True

        def _refused(self) -> bool:
            hub.requests.append(f"{self.command} {self.path}")
            time.sleep(hub.delay)
            status = hub.status  # read once: with the answer the test goes on, and may change it
            if status != 200:
                self._answer(status)
            return status != 200

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            """/{owner}/{name}/resolve/{revision}/{path} and /api/models/{owner}/{name}/refs"""
            if self._refused():
                return
            address = unquote(urlsplit(self.path).path).lstrip("/")
            if address.startswith("api/models/"):
                return self._refs(address.removeprefix("api/models/").removesuffix("/refs"))
            repo, _, rest = address.partition("/resolve/")
            revision, _, path = rest.partition("/")
            if repo not in hub.files:
                return self._answer(404, headers={"X-Error-Code": "RepoNotFound"})
            files = hub.files[repo] if revision == "main" else hub.tags.get(repo, {}).get(revision)
            if files is None:
                return self._answer(404, headers={"X-Error-Code": "RevisionNotFound"})
            commit = {"X-Repo-Commit": commit_of(files)}
            if path not in files:
                return self._answer(404, headers={"X-Error-Code": "EntryNotFound", **commit})
            self._answer(200, files[path], {"ETag": f'"{hashlib.sha256(files[path]).hexdigest()}"', **commit})

        def _refs(self, repo: str) -> None:
            if repo not in hub.files:
                return self._answer(404, headers={"X-Error-Code": "RepoNotFound"})
            refs = {"main": hub.files[repo], **hub.tags.get(repo, {})}
            named = [
                {"name": name, "ref": f"refs/{name}", "targetCommit": commit_of(files)} for name, files in refs.items()
            ]
            self._json({"branches": named[:1], "tags": named[1:], "converts": []})

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
            if parts[4] == "tag":
                tags, tag = hub.tags.setdefault(repo_id, {}), json.loads(body)["tag"]
                if tag in tags or parts[5] != commit_of(hub.files[repo_id]):
                    return self._answer(409)
                tags[tag] = dict(hub.files[repo_id])
                return self._json({})
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    hub.files[repo_id][line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            commit = commit_of(hub.files[repo_id])
            self._json({"commitUrl": f"{hub.endpoint}/{repo_id}/commit/{commit}", "commitOid": commit})

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


class _Server(ThreadingHTTPServer):
    """Ends its connections with itself: clients keep them, and would take its answers for those of who has its port."""

    def __init__(self, *given: Any) -> None:
        self.connections: set[socket.socket] = set()
        super().__init__(*given)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self.connections):
            with suppress(OSError):  # the client has left
                connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def serve(port: int = 0) -> Iterator[Hub]:
    """A running Hub, without repositories, until the block ends; at any free port."""
    hub = Hub()
    server = _Server(("127.0.0.1", port), _handler(hub))
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
