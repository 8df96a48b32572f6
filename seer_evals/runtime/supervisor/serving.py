"""What a worker does: one request after the other."""

import contextlib
import os
import signal
import socket
from collections.abc import Mapping
from typing import Any

from .channel import Channel, receive
from .clock import Activity
from .files import open_file
from .keeper import Keeper
from .killing import WORKER, end_early, kill_tree


def work(requests: socket.socket, activity: Activity, beat: float | None) -> None:
    """Serve the requests that arrive, until the supervisor lets go."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    end_early("self", WORKER)
    keeper = Keeper(activity, beat)
    while True:
        message, fds = receive(requests)
        if not message:
            return
        with Channel(socket.socket(fileno=fds.pop(0))) as channel:
            try:
                _handle(channel, fds, keeper)
            except EOFError:
                pass  # the host let go of this request; there will be others
            finally:
                for fd in fds:
                    os.close(fd)
        requests.send(b"f", socket.MSG_NOSIGNAL)


def serve_without_a_process(channel: Channel, why: OSError) -> None:
    """Serve a request in this process, since no other can be had; a command is refused."""
    with contextlib.suppress(EOFError):
        request = channel.request()
        if request["op"] == "exec":
            words = (
                f"{request['argv'][0][:200]}: no process can be started in the sandbox ({os.strerror(why.errno or 0)})"
            )
            channel.answer({"error": "failed", "message": words})
        else:
            _serve(channel, request)


def _handle(channel: Channel, fds: list[int], keeper: Keeper) -> None:
    request = channel.request()
    if request["op"] == "exec":
        keeper.run(request, channel, fds)
    else:
        _serve(channel, request)


def _serve(channel: Channel, request: Mapping[str, Any]) -> None:
    if request["op"] == "kill":
        kill_tree(request["keeper"], itself=True)
        channel.answer({"killed": True})
    else:
        open_file(channel, request)
