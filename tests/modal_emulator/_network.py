"""The network of the sandboxes: a cable from each to an internet that ends on this machine.

The holder's network namespace is the internet: whatever address a sandbox connects to, the packet is delivered there.
TCP ports 80 and 443 answer, UDP port 53 resolves every name, anything else is refused. What a sandbox may reach is
decided at the far end of its cable, where its root cannot change it. One that may reach nothing has, in addition, no
route (`Closed` has the other ways to be closed).
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import hashlib
import ipaddress
import os
import re
import socket
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

from modal_proto import api_pb2

from ._laboratory import Laboratory

Closed = Literal["no_route", "rejected", "dropped"]
"""How a network that is closed altogether refuses: nothing leads anywhere, the far end says no, or nothing answers."""

_GATEWAY = "169.254.1.1"
_DEFAULT_ROUTE = f"default via {_GATEWAY} dev eth0"
_CLONE_NEWNET = 0x40000000
_T = TypeVar("_T")

GREETING = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nemulated\n"


def in_namespace_of(pid: int, job: Callable[[], _T]) -> _T:
    """Run `job` on a thread in the network namespace of `pid`; sockets that it makes stay in there."""
    results: list[_T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            fd = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.setns(fd, _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns failed")
            os.close(fd)
            results.append(job())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def address_of(name: str) -> str:
    """The address that the emulated internet gives `name`: always the same one in 198.18.0.0/15."""
    number = int.from_bytes(hashlib.sha256(name.lower().rstrip(".").encode()).digest()[:4], "big") % (1 << 17)
    return str(ipaddress.IPv4Address("198.18.0.0") + number)


class _Resolver(asyncio.DatagramProtocol):
    """Answers every question for an A record; other questions get no records."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        end = data.index(b"\0", 12) + 5
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode("ascii", "replace"))
            at += 1 + data[at]
        is_a = data[end - 4 : end - 2] == b"\0\1"
        header = data[:2] + b"\x81\x80" + b"\0\1" + (b"\0\1" if is_a else b"\0\0") + b"\0\0\0\0"
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(address_of(".".join(labels)))
        self._transport.sendto(header + data[12:end] + (record if is_a else b""), addr)  # type: ignore[attr-defined]


class Internet:
    """The servers that answer in the holder's namespace."""

    def __init__(self, laboratory: Laboratory) -> None:
        self._laboratory = laboratory
        self._servers: list[asyncio.AbstractServer] = []
        self._datagrams: list[asyncio.BaseTransport] = []

    async def start(self) -> None:
        """Listen on the ports that every address of this internet has."""
        for port in (80, 443):
            listening = in_namespace_of(self._laboratory.pid, partial(socket.create_server, ("", port)))
            self._servers.append(await asyncio.start_server(self._greet, sock=listening))
        # a datagram must come back from the address it was sent to, so each nameserver has a socket of its own
        for nameserver in nameservers():
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                _Resolver, sock=in_namespace_of(self._laboratory.pid, partial(_bound, nameserver))
            )
            self._datagrams.append(transport)

    @staticmethod
    async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readline()
            writer.write(GREETING)
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def stop(self) -> None:
        """Stop listening."""
        for server in self._servers:
            server.close()
        for transport in self._datagrams:
            transport.close()


def _bound(address: str) -> socket.socket:
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind((address, 53))
    datagrams.setblocking(False)
    return datagrams


def nameservers() -> list[str]:
    """The IPv4 nameservers that a sandbox's `/etc/resolv.conf`, this machine's, names."""
    try:
        return re.findall(r"^nameserver\s+([0-9.]+)\s*$", Path("/etc/resolv.conf").read_text(), re.MULTILINE)
    except FileNotFoundError:
        return []


def allowed(access: api_pb2.NetworkAccess) -> list[str]:
    """The networks that `access` leaves open."""
    kinds = api_pb2.NetworkAccess.NetworkAccessType
    if access.network_access_type == kinds.BLOCKED:
        return []
    if access.network_access_type != kinds.ALLOWLIST:
        return ["0.0.0.0/0"]
    names = [address_of(domain.removeprefix("*.")) + "/32" for domain in access.allowed_domains]
    resolvers = [f"{ns}/32" for ns in nameservers()] if names else []
    return [cidr for cidr in access.allowed_cidrs if ":" not in cidr] + names + resolvers


class Cable:
    """The connection of one sandbox, numbered; `number` also gives its address in 10.0.0.0/8."""

    def __init__(self, laboratory: Laboratory, number: int, access: api_pb2.NetworkAccess) -> None:
        self._laboratory = laboratory
        self._number = number
        self._access = access
        self._pid = 0
        self._name = f"v{number}"
        self._address = str(ipaddress.IPv4Address("10.0.0.0") + number)
        ending = number.to_bytes(4, "big").hex(":")
        self._near, self._far = f"02:00:{ending}", f"06:00:{ending}"
        self._rules: list[str] = []

    @property
    def inside(self) -> str:
        """The lines of `ip` that set up the sandbox's end."""
        return "\n".join(
            (
                "link set eth0 up",
                f"addr add {self._address}/32 dev eth0",
                f"route add {_GATEWAY} dev eth0 scope link",
                f"neigh add {_GATEWAY} lladdr {self._far} dev eth0 nud permanent",
                *([f"route add {_DEFAULT_ROUTE}"] if self._routed(self._access) else []),
            )
        )

    def _routed(self, access: api_pb2.NetworkAccess) -> bool:
        return self._laboratory.closed != "no_route" or bool(allowed(access))

    def plug(self, pid: int) -> None:
        """Lay the cable to the namespace of `pid` and open what is allowed."""
        self._pid = pid
        self._rules = self._wanted(self._access)
        self._laboratory.ip(
            f"link add {self._name} address {self._far} type veth peer name eth0 address {self._near} netns {pid}\n"
            f"link set {self._name} up\nroute add {self._address}/32 dev {self._name} table local\n"
            + "".join(f"rule add {rule}\n" for rule in self._rules)
        )

    def change(self, access: api_pb2.NetworkAccess) -> None:
        """Open and close what the new `access` says."""
        # The route is only how it looks from inside, where root may undo it; what holds are the rules at the far end.
        with contextlib.suppress(RuntimeError):
            verb = "replace" if self._routed(access) else "del"
            self._laboratory.ip(f"route {verb} {_DEFAULT_ROUTE}\n", of=self._pid)
        old, self._rules = self._rules, self._wanted(access)
        self._laboratory.ip("".join(f"rule del {r}\n" for r in old) + "".join(f"rule add {r}\n" for r in self._rules))

    def unplug(self) -> None:
        """Take the rules away; the cable goes with the sandbox."""
        rules, self._rules = self._rules, []
        self._laboratory.ip("".join(f"rule del {rule}\n" for rule in rules))

    def _wanted(self, access: api_pb2.NetworkAccess) -> list[str]:
        first = 1000 + 2 * self._number
        ways: Sequence[str] = allowed(access)
        rules = [f"pref {first} iif {self._name} to {network} lookup local" for network in ways]
        refusal = "blackhole" if self._laboratory.closed == "dropped" else "unreachable"
        return [*rules, f"pref {first + 1} iif {self._name} {refusal}"]
