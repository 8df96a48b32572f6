"""The code of a quotation: random to whoever wrote the text, and the same for the same text, as caches need."""

import functools
import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path


def code_of(label: str, text: str) -> str:
    """32 hexadecimal digits that nobody can put into the text who does not have this machine's key."""
    return hmac.new(_key(), f"{label}\n{text}".encode("utf-8", "surrogatepass"), "sha256").hexdigest()[:32]


@functools.cache
def _key() -> bytes:
    """Random; kept where built models are, so that another process has the same. One of its own where that fails."""
    folder = Path(os.environ.get("SEER_CACHE") or Path.home() / ".cache" / "seer_evals")
    kept = folder / "quotations.key"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _offer(kept, folder)
        return kept.read_bytes()
    except OSError:
        return secrets.token_bytes(32)


def _offer(kept: Path, folder: Path) -> None:
    """Put a key there, whole or not at all, unless there is one."""
    if kept.exists():
        return
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(secrets.token_bytes(32))
        file.flush()
        with suppress(FileExistsError):
            os.link(file.name, kept)
