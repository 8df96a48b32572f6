"""Which requests have been started here: a file each, so that none is started twice and each can be found again."""

import os

_UNSTARTED = "-"


def claim(run: str, token: str) -> bool:
    """Note that this process serves the request; False if it has been started, or called off, before."""
    return _write(run, token, str(os.getpid()))


def call_off(run: str, token: str) -> int | None:
    """The process that serves a request; if there is none yet, there will be none."""
    if _write(run, token, _UNSTARTED):
        return None
    with open(_path(run, token)) as note:
        found = note.read()
    return int(found) if found.isdecimal() else None


def _path(run: str, token: str) -> str:
    return os.path.join(run, "requests", token)


def _write(run: str, token: str, content: str) -> bool:
    os.makedirs(os.path.join(run, "requests"), mode=0o700, exist_ok=True)
    # Complete before it has its name: whoever finds it may read it.
    draft = _path(run, f".{token}.{os.getpid()}")
    with open(draft, "w") as note:
        note.write(content)
    try:
        os.link(draft, _path(run, token))
    except FileExistsError:
        return False
    finally:
        os.unlink(draft)
    return True
