"""Run in the laboratory's mount namespace: make an overlay there and attach it in a container's.

Usage: mount_into.py PID FOLDER LOWER PATH
"""

import ctypes
import os
import subprocess
import sys

_OPEN_TREE, _MOVE_MOUNT = 428, 429
_CLONE, _CLOEXEC, _EMPTY_PATH, _NEWNS, _AT_FDCWD = 1, os.O_CLOEXEC, 4, 0x20000, -100


def _call(libc: ctypes.CDLL, what: str, *arguments: object) -> int:
    result = libc.syscall(*arguments) if what != "setns" else libc.setns(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return int(result)


def main(pid: str, folder: str, lower: str, path: str) -> None:
    """Mount `lower` under `folder`, detach a copy of the mount and attach it at `path` in the container."""
    options = f"index=off,redirect_dir=off,lowerdir={lower},upperdir={folder}/upper,workdir={folder}/work"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, f"{folder}/root"], check=True)
    libc = ctypes.CDLL(None, use_errno=True)
    tree = _call(libc, "open_tree", _OPEN_TREE, _AT_FDCWD, f"{folder}/root".encode(), _CLONE | _CLOEXEC)
    root = os.open(f"/proc/{pid}/root", os.O_RDONLY)
    namespace = os.open(f"/proc/{pid}/ns/mnt", os.O_RDONLY)
    subprocess.run(["umount", "-l", f"{folder}/root"], check=True)
    _call(libc, "setns", namespace, _NEWNS)
    os.fchdir(root)
    os.chroot(".")
    os.makedirs(path, exist_ok=True)
    _call(libc, "move_mount", _MOVE_MOUNT, tree, b"", _AT_FDCWD, path.encode(), _EMPTY_PATH)


if __name__ == "__main__":
    main(*sys.argv[1:])
