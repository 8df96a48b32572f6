"""The place in which all sandboxes of one emulator live, and with which they all end.

One process holds a mount, a pid and a network namespace. Layers, volumes and mounts are on a tmpfs that only exists
in there, and so do the sandboxes' processes. When the emulator goes, for whatever reason, the holder reads the end of
its stdin and exits, and the kernel takes away every process, mount and network interface.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ._processes import children
from ._volume_commits import SYNC

if TYPE_CHECKING:
    from ._network import Closed

TOOLS = ("bash", "unshare", "nsenter", "mount", "pivot_root", "ip")
PYTHON = "/opt/python-of-the-tests"
"""Where the base image has the environment of packages that the emulator runs in: its own place may be hidden."""
HIDDEN = ("tmp", "var/tmp", "run")
"""Folders of this machine that are empty in the base image."""

_HOLD = """
set -e
mount -t tmpfs -o mode=711 emulator "$STATE"
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
for name in ip_early_demux tcp_early_demux icmp_ratelimit; do echo 0 > /proc/sys/net/ipv4/$name; done
# every address is this machine's, but what a sandbox may reach is asked before that
ip rule add pref 32000 lookup local
ip rule del pref 0
ip route add local default dev lo table local
echo ready
cat > /dev/null
"""


def why_no_namespaces() -> str | None:
    """Why sandboxes cannot be namespaces with an overlay root here, or None where they can."""
    if os.geteuid() != 0:
        return "needs root for mount namespaces and overlayfs"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    return f"needs {', '.join(missing)}" if missing else None


class Laboratory:
    """The holder of the namespaces, and the folders in it."""

    def __init__(self, state: Path, closed: "Closed" = "no_route") -> None:
        self.state = state
        self.closed = closed
        self._popen: subprocess.Popen[bytes] | None = None
        self.pid = 0
        self._count = 0

    @property
    def root(self) -> Path:
        """The state folder as this process reaches it."""
        return Path(f"/proc/{self.pid}/root{self.state}")

    def start(self) -> None:
        """Start the holder and lay out the state folder.

        Raises:
            RuntimeError: the namespaces could not be made.
        """
        self.state.mkdir(parents=True, exist_ok=True)
        argv = ["unshare", "-m", "-p", "-n", "-f", "--kill-child", "/bin/sh", "-c", _HOLD]
        self._popen = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "STATE": str(self.state)},
            start_new_session=True,
        )
        assert self._popen.stdout is not None and self._popen.stderr is not None
        if self._popen.stdout.readline() != b"ready\n":
            raise RuntimeError(f"no namespaces for the emulator: {self._popen.stderr.read().decode()}")
        (self.pid,) = children(self._popen.pid)
        for name in ("layers", "sandboxes", "volumes", "mounts", "blobs"):
            (self.root / name).mkdir()
        self._make_base()

    def stop(self) -> None:
        """End the holder, and with it everything that lives in its namespaces."""
        if self._popen is None:
            return
        self._popen.communicate()
        self._popen = None
        self.state.rmdir()

    def _make_base(self) -> None:
        """The layer over this machine's own root: hidden folders, and the file system tool that Modal puts there."""
        base = self.root / "layers" / "base"
        for name in HIDDEN:
            (base / name).mkdir(parents=True)
            os.setxattr(base / name, "trusted.overlay.opaque", b"y")
            (base / name).chmod(0o1777)
        (base / "mnt").mkdir()
        write_program(base / "usr" / "bin" / "sync", SYNC)
        shutil.copy(Path(__file__).with_name("init.sh"), self.root / "init")
        write_fs_tools(base / "__modal" / ".bin")

    def new_layer(self) -> str:
        """The name of a new, empty layer."""
        name = self._next("l")
        (self.root / "layers" / name).mkdir()
        return name

    def layer(self, name: str) -> Path:
        """Where a layer's files are."""
        return self.root / "layers" / name

    def _next(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def enter(self, *namespaces: str) -> list[str]:
        """The argv prefix with which a command runs in the holder's namespaces: `-m`, `-p`, `-n`."""
        return ["nsenter", "-t", str(self.pid), *namespaces, "--"]

    def ip(self, commands: str, of: int | None = None) -> None:
        """Run lines of `ip` in the network between the sandboxes, or in that of the process `of`.

        Raises:
            RuntimeError: a line failed.
        """
        enter = ["nsenter", "-t", str(of or self.pid), "-n", "--"]
        done = subprocess.run([*enter, "ip", "-batch", "-"], input=commands.encode(), capture_output=True)
        if done.returncode:
            raise RuntimeError(f"ip failed: {done.stderr.decode()} in\n{commands}")


def write_fs_tools(folder: Path) -> None:
    """Put `modal-sandbox-fs-tools` into `folder`, run by this machine's own Python."""
    write_program(folder / "modal-sandbox-fs-tools", Path(__file__).with_name("fs_tools.py").read_text())


def write_program(path: Path, source: str) -> None:
    """Write a Python program that this machine's own interpreter runs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{os.path.realpath(sys.executable)} -IS\n{source}")
    path.chmod(0o755)


def merged(*environments: Mapping[str, str]) -> dict[str, str]:
    """Several environments in one, the later winning."""
    return {key: value for environment in environments for key, value in environment.items()}
