"""Paths of this machine in messages: as short as they are still true, since logs and issues are read elsewhere."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

_CACHES = ("SEER_CACHE", "HF_HOME", "XDG_CACHE_HOME")


def short_paths(text: str) -> str:
    """The text with paths below a cache, the user's directory or their home as a shell there would take them."""
    for place, short in _places():
        text = short.join(re.split(rf"(?<![\w./~-]){re.escape(place)}/", text))
    return text


def _places() -> Iterator[tuple[str, str]]:
    """Directories and what stands for them, the particular ones first."""
    for name in _CACHES:
        if os.environ.get(name):
            yield os.environ[name].rstrip("/"), f"${name}/"
    # Inspect goes to the task's folder while it makes the task; the user is where their shell is.
    if here := os.environ.get("PWD", "").rstrip("/"):
        yield here, ""
    yield str(Path.home()).rstrip("/") or "/nobody", "~/"
