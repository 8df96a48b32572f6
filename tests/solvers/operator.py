"""An operator at an ACP client: attaches to the running sample, says something, and answers questions from a list."""

import json
import socket
import threading
import time
from pathlib import Path
from typing import Any


class Operator(threading.Thread):
    """Does what `inspect acp` would, over the server's own socket."""

    def __init__(self, path: Path, answers: list[dict[str, Any]], says: str = "") -> None:
        super().__init__(daemon=True)
        self.asked: list[dict[str, Any]] = []
        """The parameters of each question."""
        self.path = path
        self._answers = answers
        self._says = says
        self._calls = 0

    def run(self) -> None:
        while not self.path.exists():
            time.sleep(0.05)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.path))
            self._stream = connection.makefile("rw", encoding="utf-8")
            form = {"elicitation": {"form": {}}}
            self._call("initialize", {"protocolVersion": 1, "clientCapabilities": form})
            while not (there := [each for each in self._samples() if each["interactive"] or not self._says]):
                time.sleep(0.05)
            session = there[0]["sessionId"]
            self._call("session/load", {"sessionId": session, "cwd": "/", "mcpServers": []})
            if self._says:
                self._call("session/prompt", {"sessionId": session, "prompt": [{"type": "text", "text": self._says}]})
            while line := self._stream.readline():
                self._answer(json.loads(line))

    def _samples(self) -> list[dict[str, Any]]:
        """Those that run; before its agent begins, one can be watched and not be spoken to."""
        return [each for each in self._call("inspect/list_samples", {})["samples"] if each]

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
