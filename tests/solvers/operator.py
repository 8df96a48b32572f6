"""An operator at an ACP client: attaches to the running sample and answers every question from a list."""

import json
import socket
import threading
import time
from pathlib import Path
from typing import Any


class Operator(threading.Thread):
    """Answers questions as `inspect acp` would, over the server's own socket."""

    def __init__(self, path: Path, answers: list[dict[str, Any]]) -> None:
        super().__init__(daemon=True)
        self.asked: list[dict[str, Any]] = []
        """The parameters of each question."""
        self._path = path
        self._answers = answers
        self._calls = 0

    def run(self) -> None:
        while not self._path.exists():
            time.sleep(0.05)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self._path))
            self._stream = connection.makefile("rw", encoding="utf-8")
            form = {"elicitation": {"form": {}}}
            self._call("initialize", {"protocolVersion": 1, "clientCapabilities": form})
            while not (there := [each for each in self._call("inspect/list_samples", {})["samples"] if each]):
                time.sleep(0.05)
            self._call("session/load", {"sessionId": there[0]["sessionId"], "cwd": "/", "mcpServers": []})
            while line := self._stream.readline():
                self._answer(json.loads(line))

    def _call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self._calls += 1
        self._send({"id": self._calls, "method": method, "params": params})
        while True:
            message = json.loads(self._stream.readline())
            if message.get("id") == self._calls and "method" not in message:
                assert "result" in message, message
                return message["result"]  # type: ignore[no-any-return]
            self._answer(message)

    def _answer(self, message: dict[str, Any]) -> None:
        if message.get("method") != "elicitation/create":
            return
        self.asked.append(message["params"])
        content = self._answers.pop(0)
        self._send({"id": message["id"], "result": {"action": "accept", "content": content}})

    def _send(self, message: dict[str, Any]) -> None:
        self._stream.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self._stream.flush()
