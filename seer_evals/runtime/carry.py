"""Carry one request from stdin to a unix socket and its response to stdout: the smallest program that can.

It is started for every call, as `python -I -S carry.py <socket>`, so it imports nothing but builtin modules and
`_socket`. Exit status: 0 with the response on stdout; 3 when nobody answers at the socket, with the reason on stderr.
"""

import sys
from _socket import AF_UNIX, SHUT_WR, SOCK_STREAM
from _socket import socket as Socket
from posix import read, write

NOBODY = 3
CHUNK = 1 << 20


def everything(fd: int) -> bytes:
    """Read a file descriptor to its end."""
    parts = []
    while part := read(fd, CHUNK):
        parts.append(part)
    return b"".join(parts)


def exchange(path: str, request: bytes) -> bytes:
    """Send one line, say that no more will come, and read the answer to its end.

    Raises:
        OSError: Nobody listens at `path`, or the connection broke.
    """
    connection = Socket(AF_UNIX, SOCK_STREAM, 0)
    connection.connect(path)
    connection.sendall(request.rstrip(b"\n") + b"\n")
    connection.shutdown(SHUT_WR)
    parts = []
    while part := connection.recv(CHUNK):
        parts.append(part)
    if not parts:
        raise OSError("the connection was closed without an answer")
    return b"".join(parts)


def main() -> int:
    """Run the exchange that argv and stdin describe."""
    try:
        response = memoryview(exchange(sys.argv[1], everything(0)))
    except OSError as error:
        write(2, f"no answer at {sys.argv[1]}: {error}\n".encode())
        return NOBODY
    while response:
        response = response[write(1, response) :]
    return 0


if __name__ == "__main__":
    sys.exit(main())
