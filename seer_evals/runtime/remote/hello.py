"""What a new sandbox is like, as seen from inside, before anything else runs in it."""

import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterable

_SECONDS = 2.0
_NVIDIA_SMI = ("/usr/bin/nvidia-smi", "/usr/local/bin/nvidia-smi", "/usr/local/nvidia/bin/nvidia-smi")


def main() -> None:
    """Renew the lease in argv[1]; print, as JSON, which of the addresses after it were reached, and the GPUs."""
    with open(sys.argv[1], "w") as lease:
        lease.write("\n")
    print(json.dumps({"reached": reached(sys.argv[2:]), "gpus": gpus()}))


def reached(addresses: Iterable[str]) -> list[str]:
    """The addresses that take a connection, asked all at once."""
    pending = {_connecting(address): address for address in addresses}
    found, deadline = [], time.monotonic() + _SECONDS
    while pending and (left := deadline - time.monotonic()) > 0:
        for connection in select.select([], list(pending), [], left)[1]:
            address = pending.pop(connection)
            if _has_a_peer(connection):
                found.append(address)
    return found


def _has_a_peer(connection: socket.socket) -> bool:
    # SO_ERROR does not tell: where there is no route, `connect` has failed at once, and the socket is writable with 0.
    try:
        connection.getpeername()
    except OSError:
        return False
    return True


def _connecting(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    connection = socket.socket()
    connection.setblocking(False)
    connection.connect_ex((host, int(port)))
    return connection


def gpus() -> list[str]:
    """Names and drivers of the GPUs that answer."""
    program = next((path for path in _NVIDIA_SMI if os.path.exists(path)), None)
    if program is None:
        return []
    query = [program, "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        listed = subprocess.run(query, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line.strip() for line in listed.stdout.splitlines() if line.strip()] if listed.returncode == 0 else []
