"""The last step before a sandbox: a program that takes its place under the ceilings and becomes `bwrap`.

    python -I -S _enter.py PLAN COMMAND …

PLAN is a `Plan` of `_plan.py` as JSON. What it says has to be done by the process itself, between fork and exec, and
not in the evaluator, which has threads. Standard library only.
"""

import ctypes
import json
import os
import resource
import sys
from typing import Any

_KEYCTL = {"x86_64": 250, "aarch64": 219}
_KEYCTL_JOIN_SESSION_KEYRING = 1
_CLONE_NEWNS, _CLONE_NEWUSER = 0x20000, 0x10000000
_MS_RDONLY, _MS_REC, _MS_PRIVATE = 0x1, 0x4000, 0x40000
_LIBC = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Do what the plan says and become the command."""
    plan: dict[str, Any] = json.loads(sys.argv[1])
    for group in plan["groups"]:
        with open(f"{group}/cgroup.procs", "w") as processes:
            processes.write("0")
    _leave_the_keyring()
    if plan["users"]:
        _own_users()
    if plan["overlays"] or plan["image"]:
        _own_mounts()
    for names, target in plan["overlays"]:
        # From within, by relative names: the table of mounts, which the sandbox can read, tells them.
        os.chdir(plan["layers"])
        _mount("overlay", target, "overlay", _MS_RDONLY, "lowerdir=" + ":".join(names))
    if plan["image"]:
        _mount_disk(plan["image"], plan["disk"])
    os.chdir("/")
    if plan["file_size"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (plan["file_size"], plan["file_size"]))
    command = sys.argv[2:]
    if plan["filter"]:
        descriptor = os.open(plan["filter"], os.O_RDONLY)
        os.set_inheritable(descriptor, True)
        command = [str(descriptor) if part == "{filter}" else part for part in command]
    os.execve(command[0], command, plan["env"])


def _leave_the_keyring() -> None:
    """Have an empty session keyring instead of the user's, where the kernel has keyrings."""
    if number := _KEYCTL.get(os.uname().machine):
        _LIBC.syscall(number, _KEYCTL_JOIN_SESSION_KEYRING, None)


def _own_users() -> None:
    """Be root of a user namespace that has as many users as the host has set aside for this one (subuid(5))."""
    import subprocess

    outside, user, group = os.getpid(), os.getuid(), os.getgid()
    begin, begun = os.pipe()
    mapper = os.fork()
    if mapper == 0:
        # Only a program of the host may write the map, and only from outside.
        os.close(begun)
        os.read(begin, 1)
        ids = {"newuidmap": ("/etc/subuid", user), "newgidmap": ("/etc/subgid", group)}
        for program, (table, own) in ids.items():
            first, count = _set_aside(table)
            numbers = map(str, (outside, 0, own, 1, 1, first, count))
            if subprocess.run([program, *numbers], env={"PATH": "/usr/bin:/bin"}).returncode:
                os._exit(1)
        os._exit(0)
    os.close(begin)
    _checked(_LIBC.unshare(_CLONE_NEWUSER), "unshare")
    os.close(begun)
    _, status = os.waitpid(mapper, 0)
    if status:
        raise OSError("the users of the sandbox could not be mapped")
    os.setgid(0)
    os.setuid(0)
    os.setgroups([])


def _set_aside(table: str) -> tuple[int, int]:
    """The first of the numbers that belong to this user, and how many there are."""
    import pwd

    mine = {str(os.getuid()), pwd.getpwuid(os.getuid()).pw_name}
    with open(table) as lines:
        for line in lines:
            owner, first, count = line.strip().split(":")
            if owner in mine:
                return int(first), int(count)
    raise OSError(f"{table} sets no numbers aside for this user")


def _own_mounts() -> None:
    """Have a namespace whose mounts nobody else sees, and which end with the sandbox."""
    _checked(_LIBC.unshare(_CLONE_NEWNS), "unshare")
    _mount(None, "/", None, _MS_REC | _MS_PRIVATE, None)


def _mount_disk(image: str, target: str) -> None:
    import subprocess

    # `noinit_itable`: or the kernel writes empty tables in the background, to a disk that is soon gone.
    options = "loop,noatime,nosuid,nodev,noinit_itable"
    done = subprocess.run(["/bin/mount", "-t", "ext4", "-o", options, image, target], capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"cannot mount the sandbox's disk: {done.stderr.strip()}")


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None) -> None:
    what, where, type_, options = (None if text is None else text.encode() for text in (source, target, kind, data))
    _checked(_LIBC.mount(what, where, type_, ctypes.c_ulong(flags), options), f"mount {target}")


def _checked(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


if __name__ == "__main__":
    main()
