"""What stands at `/__modal/.bin/modal-sandbox-fs-tools` in a sandbox: one JSON command, errors as JSON on stderr.

The commands and error kinds are those that `modal._utils.sandbox_fs_utils` writes and reads.
"""

import grp
import json
import os
import pwd
import select
import shutil
import stat
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

_READ_LIMIT = 5 << 30
_CHUNK = 1 << 20


class Refused(Exception):
    """An expected failure: its kind goes to the client."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def _write_file(path: str) -> None:
    if os.path.isdir(path):
        raise Refused("IsDirectory", "Path is a directory")
    os.makedirs(os.path.dirname(path) or "/", exist_ok=True)
    with open(path, "wb") as target:
        shutil.copyfileobj(sys.stdin.buffer, target, _CHUNK)


def _read_file(path: str) -> None:
    if os.path.isdir(path):
        raise Refused("IsDirectory", "Path is a directory")
    with open(path, "rb") as source:
        if os.fstat(source.fileno()).st_size > _READ_LIMIT:
            raise Refused("FileTooLarge", "File exceeds the 5 GiB read limit")
        shutil.copyfileobj(source, sys.stdout.buffer, _CHUNK)


def _owner(lookup: Callable[[int], Sequence[Any]], number: int) -> str:
    try:
        return str(lookup(number)[0])
    except KeyError:
        return str(number)


def _entry(path: str) -> dict[str, Any]:
    info = os.lstat(path)
    kinds = {stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink"}
    return {
        "name": os.path.basename(path.rstrip("/")) or "/",
        "path": path,
        "type": kinds.get(stat.S_IFMT(info.st_mode), "file"),
        "size": info.st_size,
        "mode": info.st_mode,
        "permissions": stat.filemode(info.st_mode)[1:],
        "owner": _owner(pwd.getpwuid, info.st_uid),
        "group": _owner(grp.getgrgid, info.st_gid),
        "modified_time": info.st_mtime,
        "symlink_target": os.readlink(path) if stat.S_ISLNK(info.st_mode) else None,
    }


def _list_files(path: str) -> None:
    if os.path.exists(path) and not os.path.isdir(path):
        raise Refused("NotDirectory", "Path is not a directory")
    print(json.dumps([_entry(os.path.join(path, name)) for name in sorted(os.listdir(path))]))


def _stat(path: str) -> None:
    print(json.dumps(_entry(path)))


def _remove(path: str, recursive: bool = False) -> None:
    if not os.path.isdir(path) or os.path.islink(path):
        os.remove(path)
    elif recursive:
        shutil.rmtree(path)
    elif os.listdir(path):
        raise Refused("DirectoryNotEmpty", "Directory is not empty")
    else:
        os.rmdir(path)


def _make_directory(path: str, parents: bool = True) -> None:
    if os.path.exists(path) and not (parents and os.path.isdir(path)):
        raise Refused("PathAlreadyExists", "Path already exists")
    if parents:
        os.makedirs(path, exist_ok=True)
    else:
        os.mkdir(path)


def _seen(path: str, recursive: bool) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for folder, folders, files in os.walk(path) if os.path.isdir(path) else [(os.path.dirname(path), [], [path])]:
        for name in folders + files:
            full = os.path.join(folder, name)
            if os.path.lexists(full):
                info = os.lstat(full)
                found[full] = (info.st_mtime_ns, info.st_size)
        if not recursive:
            break
    return found


def _watch(
    path: str, recursive: bool = False, filter: list[str] | None = None, timeout_secs: float | None = None
) -> None:
    """Compare listings ten times a second; the real program uses inotify."""
    os.stat(path)
    before = _seen(path, recursive)
    end = time.monotonic() + timeout_secs if timeout_secs else None
    while end is None or time.monotonic() < end:
        if select.select([sys.stdin], [], [], 0.1)[0] and not os.read(0, 1024):
            return
        after = _seen(path, recursive)
        kinds = {"Create": after.keys() - before.keys(), "Remove": before.keys() - after.keys()}
        kinds["Modify"] = {p for p in after.keys() & before.keys() if after[p] != before[p]}
        for kind, paths in kinds.items():
            for changed in sorted(paths):
                if filter is None or kind in filter:
                    print(json.dumps({"event_type": kind, "paths": [changed]}), flush=True)
        before = after


_COMMANDS: dict[str, Callable[..., None]] = {
    "WriteFile": _write_file,
    "ReadFile": _read_file,
    "ListFiles": _list_files,
    "Stat": _stat,
    "Remove": _remove,
    "MakeDirectory": _make_directory,
    "Watch": _watch,
}
_KINDS = (
    (FileNotFoundError, "NotFound"),
    (PermissionError, "PermissionDenied"),
    (IsADirectoryError, "IsDirectory"),
    (NotADirectoryError, "NotDirectory"),
    (FileExistsError, "AlreadyExists"),
)


def _kind(error: Exception) -> str:
    if isinstance(error, Refused):
        return error.kind
    return next((kind for type_, kind in _KINDS if isinstance(error, type_)), "Other")


def main() -> None:
    """Run the command in argv[1]; exit status 1 and one JSON line on stderr where it fails."""
    ((name, arguments),) = json.loads(sys.argv[1]).items()
    try:
        _COMMANDS[name](**arguments)
    except (OSError, Refused) as error:
        message = getattr(error, "strerror", None) or str(error)
        sys.stderr.write(json.dumps({"error_kind": _kind(error), "message": message, "detail": repr(error)}))
        sys.exit(1)


if __name__ == "__main__":
    main()
