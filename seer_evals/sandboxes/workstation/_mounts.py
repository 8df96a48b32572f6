"""What an isolated sandbox sees: the arguments that describe its namespaces and file system to bubblewrap."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seer_evals import runtime
from seer_evals.sandboxes._base import Layout

from . import _etc
from ._python import VENV, Mount

LAYOUT = Layout(
    python=f"{VENV}/bin/python",
    runtime="/lab/runtime",
    run="/lab/run",
    models="/models",
    workspace="/workspace",
)
CAPABILITIES = (
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_SETFCAP",
    "CAP_NET_BIND_SERVICE",
    "CAP_SYS_CHROOT",
    "CAP_AUDIT_WRITE",
)
"""What root may do inside: Docker's selection without raw sockets and device nodes."""

WRITABLE = {
    "etc": "/etc",
    "tmp": "/tmp",
    "vartmp": "/var/tmp",
    "root": "/root",
    "home": "/home",
    "workspace": LAYOUT.workspace,
    "run": LAYOUT.run,
}
"""Directory of the sandbox's state -> where it is writable inside."""

_RUN_BYTES = 64 * 1024**2
_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_PROC_FILES = (
    "sysrq-trigger",
    "kcore",
    "keys",
    "key-users",
    "timer_list",
    "sched_debug",
    "latency_stats",
    "kallsyms",
    "kmsg",
)
_PROC_DIRECTORIES = ("acpi", "scsi", "asound", "fs")


@dataclass(frozen=True)
class View:
    """What differs from one sandbox to the next."""

    state: Path
    files: Path
    """Directory of what it may write: a part of `state`, or a file system mounted there."""
    template: Path
    python: tuple[Mount, ...]
    venv: Path
    venv_writable: bool
    own_users: bool
    """There are users besides root, who has few capabilities; or there is one, mapped by bubblewrap, who has none."""
    network: bool
    gpu: bool
    shared_memory: int
    """Bytes of /dev/shm, which counts as memory."""
    filtered: bool
    """A system call filter comes as the descriptor `{filter}`."""


def arguments(view: View) -> list[str]:
    """The arguments for `bwrap` up to the command."""
    return [*_namespaces(view), *_file_system(view), "--remount-ro", "/", "--chdir", LAYOUT.workspace]


def _namespaces(view: View) -> Iterator[str]:
    if view.filtered:
        yield from ("--seccomp", "{filter}")
    yield from ("--die-with-parent", "--as-pid-1", "--new-session")
    yield from ("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--hostname", "lab")
    if not view.network:
        yield "--unshare-net"
    yield from ("--cap-drop", "ALL")
    if view.own_users:
        for capability in CAPABILITIES:
            yield from ("--cap-add", capability)
    else:
        yield from ("--unshare-user", "--uid", "0", "--gid", "0")


def _file_system(view: View) -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for name in _SYSTEM:
        path = Path("/") / name
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    yield from _hidden(view)
    for directory in ("/opt", "/lab", "/var", "/sys", "/sys/devices"):
        yield from ("--perms", "0755", "--dir", directory)
    yield from _kernel(view)
    # Memory in the form of files: without a size, half of the machine's.
    yield from ("--size", str(_RUN_BYTES), "--tmpfs", "/run", "--symlink", "/run", "/var/run")
    for name, target in WRITABLE.items():
        yield from ("--bind", str(view.files / name), target)
    yield from ("--ro-bind", str(view.template / "shared"), _etc.SHARED)
    yield from ("--ro-bind", str(view.state / "models"), LAYOUT.models)
    yield from ("--ro-bind", str(view.template / "runtime"), LAYOUT.runtime)
    yield from ("--bind" if view.venv_writable else "--ro-bind", str(view.venv), VENV)
    for mount in view.python:
        yield from ("--ro-bind", str(mount.source), mount.target)


def _hidden(view: View) -> Iterator[str]:
    """Cover what must not be seen and happens to lie in a directory of the system, as in an image with /usr/src/app."""
    package = Path(runtime.__file__).resolve().parents[1]
    places = [view.state.parent, Path.home(), Path.cwd()]
    # An installed package lies among others that are wanted, and is covered there.
    if not package.parent.name.endswith("-packages"):
        places.append(package.parent)
    for place in dict.fromkeys(path.resolve() for path in places):
        if place.is_relative_to("/usr") and len(place.parts) > 2 and place.is_dir():
            yield from ("--tmpfs", str(place))


def _kernel(view: View) -> Iterator[str]:
    # Real root may write settings of the kernel through any mount of /proc that is not read-only.
    yield from ("--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys")
    for name in _PROC_FILES:
        if Path("/proc", name).exists():
            yield from ("--ro-bind", "/dev/null", f"/proc/{name}")
    for name in _PROC_DIRECTORIES:
        if Path("/proc", name).is_dir():
            yield from ("--tmpfs", f"/proc/{name}", "--remount-ro", f"/proc/{name}")
    yield from ("--dev", "/dev", "--perms", "1777", "--size", str(view.shared_memory), "--tmpfs", "/dev/shm")
    if view.gpu:
        # What drivers look for, without the control groups and the rest of what is mounted below /sys/fs.
        yield from ("--ro-bind", "/sys", "/sys", "--tmpfs", "/sys/fs", "--remount-ro", "/sys/fs")
        for device in sorted(name for name in os.listdir("/dev") if name.startswith("nvidia")):
            yield from ("--dev-bind", f"/dev/{device}", f"/dev/{device}")
    else:
        yield from ("--ro-bind-try", "/sys/devices/system", "/sys/devices/system")
    yield from ("--remount-ro", "/dev")
