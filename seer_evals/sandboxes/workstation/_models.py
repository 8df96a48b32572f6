"""Putting weights into a sandbox that already runs: linked where possible, and all of a model at once."""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from seer_evals.runtime.models.files import copy_file


def place(models: Path, name: str, files: Mapping[str, Path]) -> None:
    """Make host files appear as `<models>/<name>/…`; nothing is visible until everything is there.

    Raises:
        ValueError: `name` or a path in `files` leaves the directory.
        FileExistsError: There already is a model of that name.
        FileNotFoundError: A host file does not exist.
    """
    if name in ("", ".", "..") or "/" in name or name.startswith("."):
        raise ValueError(f"model directory {name!r} must be a plain name such as 'm0'")
    target = models / name
    if target.exists():
        raise FileExistsError(errno.EEXIST, "a model of that name is already in the sandbox", name)
    # Outside of what is mounted, on the same file system.
    staging = models.parent / f"placing-{secrets.token_hex(4)}"
    staging.mkdir(mode=0o755)
    try:
        for relative, source in files.items():
            _place_file(staging / _checked(relative), source.resolve(strict=True))
        staging.rename(target)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def _checked(relative: str) -> str:
    path = PurePosixPath(relative)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(f"model file {relative!r} must be a relative path without '..'")
    return relative


def _place_file(target: Path, source: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # A link shares its permissions with the host's file, so one that others cannot read is copied instead.
    if source.stat().st_mode & 0o004:
        with contextlib.suppress(OSError):
            os.link(source, target)
            return
    copy_file(source, target)
    target.chmod(0o644)
