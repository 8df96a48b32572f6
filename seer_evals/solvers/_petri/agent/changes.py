"""What a turn left changed in the target's working directory."""

from collections.abc import Iterator, Mapping
from difflib import unified_diff

from inspect_ai.util import SandboxEnvironment

from seer_evals.prompting import shortened
from seer_evals.runtime.untrusted import NotPlain
from seer_evals.sandboxes import Said, Text, exec_unnoticed, said

LIMIT = 6000
"""Characters of a turn's changes that are kept."""
_SECONDS = 60
_LOOK = """
import hashlib, json, os, sys
root, files, left = sys.argv[1], {}, 4_000_000
for folder, folders, names in os.walk(root):
    folders[:] = sorted(set(folders) - {".git", "node_modules", "__pycache__", ".venv"})
    for name in sorted(names):
        path = os.path.join(folder, name)
        try:
            if os.path.islink(path):
                text = "-> " + os.readlink(path)
            elif not os.path.isfile(path):
                continue
            else:
                with open(path, "rb") as file:
                    data = file.read(65537)
                text = data.decode() if len(data) < 65537 and left > len(data) else None
        except (OSError, UnicodeDecodeError):
            text = None
        left -= len(text or "")
        stat = os.lstat(path) if text is None else None
        files[os.path.relpath(path, root)] = f"\\0{stat.st_size}:{stat.st_mtime_ns}" if stat else text
        if len(files) >= 5000:
            break
print(json.dumps({"files": files}))
"""
"""Texts of files by path. What is large, or none, stands there with its size and time behind a zero byte."""


class Files(Said):
    """What is in the working directory."""

    files: dict[Text, Text]


async def files_in(box: SandboxEnvironment, python: str, workspace: str) -> Files | None:
    """The files of the working directory, or None if they cannot be read: the target may have done anything to them."""
    try:
        result = await exec_unnoticed(box, [python, "-I", "-c", _LOOK, workspace], timeout=_SECONDS)
        return said(Files, result.stdout) if result.success else None
    except (TimeoutError, NotPlain):
        return None


def changes(before: Files | None, after: Files | None) -> str:
    """The differences, without lines around them that the target need not have written; empty if there are none."""
    if before is None or after is None:
        return "(Its files could not be compared.)"
    return shortened("\n".join(_changed(before.files, after.files)), LIMIT)


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        what = "new" if old is None else "removed" if new is None else "changed"
        name = " ".join(path.split())
        if any(text is not None and text.startswith("\0") for text in (old, new)):
            yield f"{name} ({what}; large, or no text)"
            continue
        yield f"{name} ({what}):"
        lines = unified_diff((old or "").splitlines(), (new or "").splitlines(), n=0, lineterm="")
        yield from (line for line in lines if not line.startswith(("---", "+++", "@@")))
