"""What a cell can do to the machine around it, before and now: `python -m benchmarks.attacks COMMIT`.

Each attack is a script that runs in a sandbox of each checkout and says DID where it got through; none does harm where
it succeeds (a fork bomb that stops at 3,000, a mounted control group that is only listed). Tests in `tests/sandboxes`
hold what this table shows.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks._report import machine
from benchmarks.against import ROOT, checked_out

SYSCALL = """
import ctypes, platform
number = dict(keyctl=(250, 219), add_key=(248, 217), io_uring_setup=(425, 425), bpf=(321, 280),
    perf_event_open=(298, 241), userfaultfd=(323, 282), memfd_secret=(447, 447), open_by_handle_at=(304, 265),
    fanotify_init=(300, 262), process_vm_writev=(311, 271), syslog=(103, 116), name_to_handle_at=(303, 264))
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    ctypes.set_errno(0)
    libc.syscall(number[name][platform.machine() == "aarch64"], *arguments)
    if ctypes.get_errno() != 1:  # EPERM; any other error is the call's own, so it was let in
        print("DID")
"""
SHELL: dict[str, dict[str, str]] = {
    "namespaces": {
        f"unshare {flags}": f"unshare {flags} sh -c 'echo DID'"
        for flags in ("-U", "-Ur", "-Urm", "-Urn", "-Urp --fork", "-Uri", "-Uru", "-UrC")
    },
    "the host's control groups": {
        f"mount {kind} {options}": "unshare -Ur --cgroup --mount sh -c 'mkdir -p /tmp/c; "
        f"mount -t {kind} {options} none /tmp/c && ls /tmp/c/cgroup.procs && echo DID'"
        for kind, options in (("cgroup2", ""), ("cgroup", "-o freezer"), ("cgroup", "-o pids"), ("cgroup", "-o memory"))
    },
    "limits of the supervisor": {
        f"prlimit {what}": f"prlimit --pid 1 --{what} && echo DID"
        for what in ("nofile=40", "as=2000000000", "nproc=900")
    },
    "memory as files": {
        "7 GiB in /dev/shm": "fallocate -l 7G /dev/shm/x && echo DID; rm -f /dev/shm/x",
        "2 GiB in /run": "fallocate -l 2G /run/x && echo DID; rm -f /run/x",
    },
    "disk": {
        f"40 GiB in {place}": f"fallocate -l 40G {place}/x && echo DID; rm -f {place}/x"
        for place in ("/workspace", "/tmp", "/etc", "/root")
    },
    "names of the host": {
        "checkout in the mount table": "grep -q site-packages /proc/self/mountinfo && echo DID",
        "this package among the installed": "ls /opt/site* | grep -qi seer_evals && echo DID",
    },
}
PYTHON: dict[str, dict[str, str]] = {
    "keyrings": {
        "read the user's keyring": f"{SYSCALL}call('keyctl', 11, -4, None, 0)",
        "read the session's keyring": f"{SYSCALL}call('keyctl', 11, -3, None, 0)",
        "leave a key to other samples": f"{SYSCALL}call('add_key', b'user', b'attack', b'x', 1, -4)",
    },
    "doors into the kernel": {
        name: f"{SYSCALL}call({name!r}, 0, 0, 0, 0, 0)"
        for name in (
            *("io_uring_setup", "userfaultfd", "memfd_secret", "open_by_handle_at", "name_to_handle_at"),
            *("process_vm_writev",),
        )
    },
    "sockets": {
        f"family {family}": f"import socket\ntry: socket.socket({family}, {kind}); print('DID')\nexcept OSError: pass"
        for family, kind in ((40, 1), (38, 5), (44, 3), (29, 3))
    },
    "processes": {
        "3,000 at once": (
            "import os, time\nfor n in range(3000):\n    if not os.fork(): time.sleep(20); os._exit(0)\nprint('DID')"
        ),
    },
    "memory": {
        "9 GiB of it": "kept = [bytearray(1 << 30) for _ in range(9)]\nprint('DID')",
        "9 GiB without a name": (
            "import os\nfd = os.memfd_create('x')\nos.posix_fallocate(fd, 0, 9 << 30)\nprint('DID')"
        ),
    },
}
WORKER = """
import asyncio, json, sys
from seer_evals.environment import Environment
from seer_evals.sandboxes.workstation import WorkstationSandbox as Workstation

async def attack(command):
    sandboxes = await Workstation.sample_init("attack", Environment(), {})
    try:
        return "DID" in (await sandboxes["default"].exec(command, timeout=60)).stdout
    except Exception:
        return False
    finally:
        await Workstation.sample_cleanup("attack", Environment(), sandboxes, False)

async def main():
    await Workstation.task_init("startup", Environment())
    print(json.dumps([await attack(command) for command in json.load(sys.stdin)]))
    await Workstation.task_cleanup("shutdown", Environment(), True)

asyncio.run(main())
"""


def commands() -> list[tuple[str, str, list[str]]]:
    """Kind, name and command of every attack."""
    shell = [(kind, name, ["sh", "-c", text]) for kind, each in SHELL.items() for name, text in each.items()]
    return shell + [
        (kind, name, ["python", "-c", text]) for kind, each in PYTHON.items() for name, text in each.items()
    ]


def got_through(checkout: Path) -> list[bool]:
    """Which attacks succeed there."""
    asked = json.dumps([command for _, _, command in commands()])
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    done = subprocess.run(
        [sys.executable, "-c", WORKER], cwd=checkout, env=environment, input=asked, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    return [bool(each) for each in json.loads(done.stdout.splitlines()[-1])]


def main(commit: str) -> None:
    """Attack both and print what got through."""
    with checked_out(commit) as earlier:
        outcomes = list(zip(commands(), got_through(earlier), got_through(ROOT), strict=True))
    print(f"| attack | tried | got through at {commit} | now |\n|---|---|---|---|")
    for kind in dict.fromkeys(kind for (kind, _, _), _, _ in outcomes):
        of_kind = [(before, now) for (each, _, _), before, now in outcomes if each == kind]
        print(f"| {kind} | {len(of_kind)} | {sum(b for b, _ in of_kind)} | {sum(n for _, n in of_kind)} |")
    print(f"| all | {len(outcomes)} | {sum(b for _, b, _ in outcomes)} | {sum(n for *_, n in outcomes)} |")
    for (kind, name, _), _, now in outcomes:
        if now:
            print(f"\nstill gets through: {kind}: {name}")
    print(f"\n{machine()}")


if __name__ == "__main__":
    main(sys.argv[1])
