"""A hub on loopback that the real `huggingface_hub` fetches from: repositories of tiny files at a commit."""

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

NAME = "hub.example"
PORT = 8765


@dataclass
class Hub:
    """What it holds, and what it was asked for."""

    repositories: dict[tuple[str, str], dict[str, bytes]] = field(default_factory=dict)
    """By repository and commit, the files."""
    contents: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """By repository, files that have no commit yet."""
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and path."""
    tokens: set[str] = field(default_factory=set)
    hang_up: Callable[[str], bool] = lambda path: False
    """Whether to close the connection in the middle of the file of that path."""
    private: str = ""
    """The token without which nothing is handed out."""

    def asked_for(self, name: str) -> int:
        """How often a file was handed out."""
        return sum(method == "GET" and path.endswith(f"/{name}") for method, path in self.requests)


@contextmanager
def serving(hub: Hub, listening: socket.socket) -> Iterator[None]:
    """Answer on a socket that listens."""

    class Handler(_Handler):
        pass

    Handler.hub = hub
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = urlsplit(self.path).path
        self.hub.requests.append((self.command, path))
        self.hub.tokens.add((self.headers.get("Authorization") or "").removeprefix("Bearer "))
        if self.hub.private and self.hub.private not in (self.headers.get("Authorization") or ""):
            return self._send(401, b"", {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access to it is restricted"})
        for (name, commit), files in self.hub.repositories.items():
            if path in (f"/api/models/{name}/revision/{commit}", f"/api/models/{name}"):
                siblings = [{"rfilename": file} for file in files]
                return self._json({"id": name, "modelId": name, "sha": commit, "siblings": siblings, "private": False})
            if path.startswith(f"/api/models/{name}/tree/{commit}"):
                return self._json([_entry(file, data) for file, data in files.items()])
            file = path.removeprefix(f"/{name}/resolve/{commit}/")
            if file in files:
                return self._file(path, commit, files[file])
        self._send(404, b"", {"X-Error-Code": "EntryNotFound"})

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _file(self, path: str, commit: str, data: bytes) -> None:
        headers = {"ETag": f'"{_oid(data)}"', "X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
        status = 206 if start else 200
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        if self.command == "GET" and self.hub.hang_up(path):
            return self._break_off(data[start:], headers)
        self._send(status, data[start:], headers)

    def _break_off(self, data: bytes, headers: dict[str, str]) -> None:
        self._start(200, len(data), headers)
        self.wfile.write(data[: len(data) // 2])
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self._start(status, len(data), headers)
        if self.command == "GET":
            self.wfile.write(data)

    def _start(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()


def _oid(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


def _entry(name: str, data: bytes) -> dict[str, object]:
    return {"type": "file", "oid": _oid(data), "size": len(data), "path": name}
