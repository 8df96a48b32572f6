"""The system call filter: its program on both machines, and what it refuses from inside."""

import ctypes
import errno
import json
import os
import platform
import re
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from workstation_support import running, sh

from seer_evals.environment import Environment
from seer_evals.sandboxes.workstation import WorkstationSandbox, _probe, _seccomp, _validate
from seer_evals.sandboxes.workstation._plan import Plan, own_environment

ALLOWED, KILLED = "allowed", "killed"
MACHINES = list(_seccomp.AUDIT_ARCH)
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


@pytest.fixture(scope="module")
async def cell() -> AsyncIterator[WorkstationSandbox]:
    async with running() as sandbox:
        yield sandbox


def verdict(machine: str, number: int, *arguments: int, arch: int | None = None) -> int | str:
    """What the filter says to a system call: `seccomp_data` through the program, one instruction after the other."""
    padded = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("=iIQ6Q", number, arch or _seccomp.AUDIT_ARCH[machine], 0, *(a % 2**64 for a in padded))
    program = list(struct.iter_unpack("=HBBI", _seccomp.program(machine)))
    at, value = 0, 0
    while True:
        code, if_true, if_false, operand = program[at]
        at += 1
        if code == 0x20:
            (value,) = struct.unpack_from("=I", data, operand)
        elif code == 0x54:
            value &= operand
        elif code == 0x06:
            return _said(operand)
        else:
            holds = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[code]
            at += if_true if holds else if_false


def _said(result: int) -> int | str:
    return {0x7FFF0000: ALLOWED, 0x80000000: KILLED}.get(result) or result & 0xFFFF


def column(machine: str, numbers: tuple[int, int]) -> int:
    return numbers[MACHINES.index(machine)]


def denied(machine: str) -> Iterator[tuple[str, int]]:
    for name, *numbers, _ in _seccomp.DENIED:
        if (number := numbers[MACHINES.index(machine)]) is not None:
            yield name, int(number)


@pytest.mark.parametrize("machine", MACHINES)
def test_numbers_are_the_kernels_own(machine: str) -> None:
    if not HEADERS[machine].is_file():
        pytest.skip("the kernel's headers are not installed (linux-libc-dev)")
    text = HEADERS[machine].read_text()
    known = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text))
    names = {name: number for name, number in denied(machine) if name in known}
    assert len(names) > 35
    assert names == {name: int(known[name]) for name in names}
    special = {"clone": _seccomp._CLONE, "unshare": _seccomp._UNSHARE, "clone3": _seccomp._CLONE3}
    special |= {"socket": _seccomp._SOCKET, "socketpair": _seccomp._SOCKETPAIR, "prlimit64": _seccomp._PRLIMIT64}
    assert {name: column(machine, both) for name, both in special.items()} == {
        name: int(known[name]) for name in special
    }


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_listed_is_refused_and_the_rest_is_not(machine: str) -> None:
    refused = {number for _, number in denied(machine)} | {column(machine, _seccomp._CLONE3)}
    for number in range(470):
        expected = errno.ENOSYS if number == column(machine, _seccomp._CLONE3) else errno.EPERM
        special = number in {column(machine, _seccomp._SOCKET), column(machine, _seccomp._SOCKETPAIR)}
        if not special:
            assert verdict(machine, number) == (expected if number in refused else ALLOWED), number


@pytest.mark.parametrize("machine", MACHINES)
def test_namespaces_by_every_call_that_makes_them(machine: str) -> None:
    clone, unshare = column(machine, _seccomp._CLONE), column(machine, _seccomp._UNSHARE)
    for bit in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert verdict(machine, clone, bit | 17) == errno.EPERM
        assert verdict(machine, unshare, bit) == errno.EPERM
    assert verdict(machine, unshare, 0x80) == errno.EPERM
    fork, thread, vfork = 0x1200011, 0x3D0F00, 0x4111
    assert {verdict(machine, clone, flags) for flags in (fork, thread, vfork)} == {ALLOWED}
    assert verdict(machine, unshare, 0x400) == ALLOWED


@pytest.mark.parametrize("machine", MACHINES)
def test_sockets_by_family_type_and_protocol(machine: str) -> None:
    for call in (_seccomp._SOCKET, _seccomp._SOCKETPAIR):
        number = column(machine, call)
        assert {verdict(machine, number, family, 1 | 0o2004000) for family in (1, 2, 10)} == {ALLOWED}
        assert verdict(machine, number, 16, 3, 0) == ALLOWED
        for family in set(range(50)) - set(_seccomp.FAMILIES):
            assert verdict(machine, number, family, 2, 0) == errno.EAFNOSUPPORT
        for family in (2, 10):
            assert verdict(machine, number, family, 3 | 0o2000000, 1) == errno.EPERM
        for protocol in range(1, 23):
            assert verdict(machine, number, 16, 3, protocol) == errno.EAFNOSUPPORT


@pytest.mark.parametrize("machine", MACHINES)
def test_limits_are_ones_own(machine: str) -> None:
    number = column(machine, _seccomp._PRLIMIT64)
    assert verdict(machine, number, 0, 7, 0x7FFD00001000, 0) == ALLOWED
    assert verdict(machine, number, 1, 7, 0, 0x7FFD00001000) == ALLOWED
    assert verdict(machine, number, 1, 7, 0x7FFD00001000, 0) == errno.EPERM
    assert verdict(machine, number, 1, 7, 0x7FFD00000000, 0) == errno.EPERM
    assert verdict(machine, number, 1, 7, 0xFF00000000, 0) == errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_other_calling_conventions_do_not_get_round_it(machine: str) -> None:
    assert verdict(machine, 165, arch=0x40000003) == KILLED
    if machine == "x86_64":
        assert {verdict(machine, 0x40000000 | number) for number in (0, 165, 272, 520)} == {errno.EPERM}


def test_there_is_no_filter_for_other_machines() -> None:
    with pytest.raises(_seccomp.NoFilter, match="riscv64"):
        _seccomp.program("riscv64")


async def test_every_call_of_the_list_fails_inside(cell: WorkstationSandbox) -> None:
    script = (
        "import ctypes, json, sys\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "def tried(number):\n"
        "    ctypes.set_errno(0)\n"
        "    return libc.syscall(number, 0, 0, 0, 0, 0, 0), ctypes.get_errno()\n"
        "print(json.dumps({name: tried(number) for name, number in json.loads(sys.argv[1]).items()}))\n"
    )
    calls = dict(denied(platform.machine()))
    result = await cell.exec(["python", "-c", script, json.dumps(calls)])
    assert json.loads(result.stdout) == {name: [-1, errno.EPERM] for name in calls}


@pytest.mark.parametrize("options", ["-Ur", "-U", "-m", "-p --fork", "-n", "-i", "-u", "-C", "-T", "-Urm --cgroup"])
async def test_no_namespace_is_made_inside(cell: WorkstationSandbox, options: str) -> None:
    assert "DID" not in await sh(cell, f"unshare {options} sh -c 'echo DID'")


async def test_groups_of_the_host_cannot_be_mounted(cell: WorkstationSandbox) -> None:
    """The way out of 21 November: a namespace, the control groups mounted in it, `cgroup.kill` of the host's."""
    for kind, extra in (("cgroup2", ""), ("cgroup", "-o freezer"), ("proc", ""), ("tmpfs", "")):
        script = (
            f"unshare -Ur --cgroup --mount sh -c 'mkdir -p /tmp/c; mount -t {kind} {extra} none /tmp/c && echo DID'"
        )
        assert "DID" not in await sh(cell, script)
    assert await sh(cell, "find / -name 'cgroup.procs' -not -path '/proc/*' 2>/dev/null") == ""


async def test_vsock_packets_and_kernel_crypto_cannot_be_reached(cell: WorkstationSandbox) -> None:
    script = (
        "import socket\n"
        "for family, kind in ((40, 1), (17, 3), (38, 5), (44, 3), (2, 3), (10, 3), (29, 3), (31, 3)):\n"
        "    try: socket.socket(family, kind); print('DID', family)\n"
        "    except OSError: print('no')\n"
    )
    assert (await cell.exec(["python", "-c", script])).stdout == "no\n" * 8


async def test_keys_of_the_host_cannot_be_read(cell: WorkstationSandbox) -> None:
    add = (
        "import ctypes; libc = ctypes.CDLL(None)\n"
        "print(libc.syscall({number}, b'user', b'lab-test', b'host-secret', 11, {ring}))"
    )
    number = {"x86_64": 248, "aarch64": 217}[platform.machine()]
    for ring in (-3, -4):  # the session's and the user's
        subprocess.run(["python3", "-c", add.format(number=number, ring=ring)], check=True, capture_output=True)
    assert "host-secret" not in await sh(cell, "keyctl show @u; keyctl print %user:lab-test; cat /proc/keys")
    look = (
        "import ctypes; libc = ctypes.CDLL(None, use_errno=True)\n"
        "found = [libc.syscall(250, 0, ring, 0) for ring in (-3, -4, -5)]\n"
        "text = ctypes.create_string_buffer(4096)\n"
        "found += [libc.syscall(250, 11, ring, text, 4096) for ring in (-3, -4)]\n"
        "print(found, text.raw.strip(bytes(1)))\n"
    )
    if platform.machine() == "x86_64":
        assert (await cell.exec(["python", "-c", look])).stdout == "[-1, -1, -1, -1, -1] b''\n"


def test_the_launcher_leaves_the_hosts_session_keyring() -> None:
    """Its own part, which the filter hides: without a filter, what is begun by it does not find our key."""
    add_key, keyctl = {"x86_64": (248, 250), "aarch64": (217, 219)}[platform.machine()]
    name = f"lab-{os.getpid()}".encode()
    libc = ctypes.CDLL(None)
    if libc.syscall(add_key, b"user", name, b"x", 1, -3) < 0:
        pytest.skip("this kernel has no keyrings")
    look = f"import ctypes; print(ctypes.CDLL(None).syscall({keyctl}, 10, -3, b'user', {name!r}, 0))"
    inside = Plan(env=own_environment()).command([sys.executable, "-c", look])
    found = [
        int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for command in ((sys.executable, "-c", look), inside)
    ]
    assert found[0] > 0 > found[1]


@pytest.mark.slow
async def test_what_people_do_in_notebooks_goes_on_working(cell: WorkstationSandbox) -> None:
    script = (
        "import multiprocessing as m, os, socket, subprocess, tempfile, threading, time\n"
        "import torch\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "def square(x): return x * x\n"
        "if __name__ == '__main__':\n"
        "    for way in ('fork', 'spawn', 'forkserver'):\n"
        "        with m.get_context(way).Pool(2) as pool: assert pool.map(square, [1, 2]) == [1, 4]\n"
        "    loader = torch.utils.data.DataLoader(torch.arange(8), batch_size=4, num_workers=1)\n"
        "    assert sum(int(batch.sum()) for batch in loader) == 28\n"
        "    assert subprocess.run('echo $((1+1))', shell=True, capture_output=True).stdout == b'2\\n'\n"
        "    t = threading.Thread(target=time.sleep, args=(0.01,)); t.start(); t.join()\n"
        "    a = socket.create_server(('127.0.0.1', 0)); socket.create_connection(a.getsockname())\n"
        "    socket.getaddrinfo('localhost', 80); socket.if_nameindex(); os.cpu_count(); os.sched_getaffinity(0)\n"
        "    tempfile.TemporaryFile().write(b'x'); os.memfd_create('x'); os.eventfd(0)\n"
        "    print('worked')\n"
    )
    await cell.write_file("/tmp/notebook.py", script)
    result = await cell.exec(["python", "/tmp/notebook.py"], timeout=120)
    assert result.stdout == "worked\n", result.stderr


async def test_setting_another_users_identity_works(cell: WorkstationSandbox) -> None:
    if _probe.mode() in ("root", "users"):
        assert (await cell.exec(["id", "-un"], user="nobody")).stdout == "nobody\n"


async def test_the_supervisors_limits_cannot_be_taken_away(cell: WorkstationSandbox) -> None:
    said = await sh(
        cell,
        "for what in nofile=4 nproc=1 as=1000 cpu=1 fsize=1; do prlimit --pid 1 --$what; prlimit --pid $PPID --$what; "
        "done",
    )
    assert said.count("not permitted") == 10
    assert (await cell.exec(["echo", "alive"])).stdout == "alive\n"


def test_without_a_filter_isolation_is_incomplete_and_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from seer_evals.inspect_private import PrerequisiteError

    monkeypatch.setattr(_probe, "no_filter", lambda: "the kernel refuses the filter")
    isolation = _probe.isolation("blocked")
    assert not isolation.complete and "system calls" in isolation.missing[0]
    with pytest.raises(PrerequisiteError, match="system calls: the kernel refuses the filter"):
        _validate.validate(Environment(require_isolation=True))
