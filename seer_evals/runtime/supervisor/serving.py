"""What a worker does: one request after the other."""

import os
import signal
import socket

from .channel import Channel, receive
from .clock import Activity
from .files import open_file
from .keeper import Keeper
from .killing import kill_tree


def work(requests: socket.socket, activity: Activity, beat: float | None) -> None:
    """Serve the requests that arrive, until the supervisor lets go."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    keeper = Keeper(activity, beat)
    while True:
        message, fds = receive(requests)
        if not message:
            return
        with Channel(socket.socket(fileno=fds.pop(0))) as channel:
            try:
                _handle(channel, fds, keeper)
            except EOFError:
                pass
            finally:
                for fd in fds:
                    os.close(fd)
        requests.send(b"f", socket.MSG_NOSIGNAL)


def _handle(channel: Channel, fds: list[int], keeper: Keeper) -> None:
    request = channel.request()
    operation = request["op"]
    if operation == "exec":
        keeper.run(request, channel, fds)
    elif operation == "kill":
        kill_tree(request["keeper"], itself=True)
        channel.answer({"killed": True})
    else:
        open_file(channel, request)
