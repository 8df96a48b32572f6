"""Prepared images that outlive the process: which one belongs to which content."""

import hashlib
import importlib.metadata
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from seer_evals.environment import Environment
from seer_evals.sandboxes._requirements import PYTHON

from . import _settings
from ._image import RUNTIME, requirements

TTL = 30 * 24 * 3600
"""Seconds that Modal keeps a snapshot."""
_SPARE = 24 * 3600
_FORMAT = "1"


@dataclass(frozen=True)
class Prepared:
    """An image that samples start from."""

    image_id: str
    python: str
    """The interpreter that was found in it."""
    made: float


def key(environment: Environment) -> str:
    """What decides the content of a prepared image: the environment, the runtime, and whose account it is."""
    digest = hashlib.sha256()
    for part in (*_account(), _FORMAT, *_recipe(environment), *_contents(environment)):
        digest.update(str(part).encode() + b"\0")
    return digest.hexdigest()[:24]


def _account() -> Iterator[Any]:
    from modal.config import config

    for name in ("server_url", "token_id", "environment"):
        yield config.get(name)


def _recipe(environment: Environment) -> Iterator[Any]:
    names = ("image", "dockerfile", "python", "system_packages", "repos", "files", "env")
    yield environment.model_dump_json(include=set(names))
    yield environment.python or PYTHON, requirements(environment)
    yield importlib.metadata.version("inspect_ai")


def _contents(environment: Environment) -> Iterator[Any]:
    sources = [Path(file.source).expanduser() for file in environment.files]
    if environment.dockerfile:
        sources.append(Path(environment.dockerfile).expanduser().parent)
    for source in (RUNTIME, *sources):
        for path in [source] if source.is_file() else sorted(source.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(source)
                yield hashlib.sha256(path.read_bytes()).hexdigest()


def known(content: str) -> Prepared | None:
    """The prepared image of a content, if there is one that Modal still keeps."""
    try:
        prepared = Prepared(**json.loads(_note(content).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return prepared if time.time() - prepared.made < TTL - _SPARE else None


def remember(content: str, prepared: Prepared) -> None:
    """Put a prepared image on record."""
    draft = _note(content).with_suffix(".new")
    draft.write_text(json.dumps(asdict(prepared)))
    draft.replace(_note(content))


def forget(content: str) -> None:
    """Strike a prepared image out."""
    _note(content).unlink(missing_ok=True)


def _note(content: str) -> Path:
    return _settings.notes("snapshots") / f"{content}.json"
