"""The names of sandboxes, on record before Modal is asked for them and until they are known to be gone."""

import json
import os
import secrets
import socket
import time
from dataclasses import asdict, dataclass

from . import _settings


@dataclass(frozen=True)
class Entry:
    """One sandbox that may exist."""

    app: str
    name: str
    host: str
    pid: int
    created: float

    @property
    def owned(self) -> bool:
        """Whether the process that asked for it may still need it."""
        if self.host != socket.gethostname():
            return True
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True


def open_entry(app: str, label: str) -> Entry:
    """Choose the name of a new sandbox and put it on record."""
    name = f"lab-{label[:40]}-{secrets.token_hex(6)}"
    entry = Entry(app, name, socket.gethostname(), os.getpid(), time.time())
    draft = _settings.notes("sandboxes") / f".{name}"
    draft.write_text(json.dumps(asdict(entry)))
    draft.replace(draft.with_name(f"{name}.json"))
    return entry


def close_entry(entry: Entry) -> None:
    """Strike out a sandbox that is gone."""
    (_settings.notes("sandboxes") / f"{entry.name}.json").unlink(missing_ok=True)


def entries() -> list[Entry]:
    """All that are on record on this machine."""
    found = []
    for path in sorted(_settings.notes("sandboxes").glob("lab-*.json")):
        try:
            found.append(Entry(**json.loads(path.read_text())))
        except (OSError, ValueError, TypeError):
            continue
    return found
