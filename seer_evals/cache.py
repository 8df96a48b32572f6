"""Where built models live on disk: whole entries under content keys, each built once."""

import ast
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from seer_evals.children import REPRODUCIBLE

PACKAGE = Path(__file__).parent / "organisms"
LIBRARIES = ("torch", "transformers", "peft", "tokenizers")


def cache_dir() -> Path:
    """`$SEER_CACHE`, or `~/.cache/seer_evals`."""
    return Path(os.environ.get("SEER_CACHE") or Path.home() / ".cache" / "seer_evals")


def content_key(*parts: str, code: Iterable[str]) -> str:
    """Key of what `parts`, source files, library versions and processor settings decide.

    Args:
        parts: Any texts.
        code: The files whose code or data decide, by name within `organisms/` or, of others, by their whole path.
    """
    settings = (f"{name}={value}" for name, value in REPRODUCIBLE.items())
    return _digest(*parts, *map(_file_hash, code), *_library_versions(), *settings)


def recipe_key(*parts: str, code: Iterable[str]) -> str:
    """Key of what is asked for, whichever libraries and processor make it; arguments as for `content_key`."""
    return _digest(*parts, *map(_file_hash, code))


def _digest(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()[:24]


@cache
def _library_versions() -> tuple[str, ...]:
    try:
        return tuple(f"{name} {version(name)}" for name in LIBRARIES)
    except PackageNotFoundError as error:
        raise RuntimeError(
            f"built organisms need {error.name}, which is not installed: pip install 'seer_evals[local]'"
        ) from error


@cache
def _file_hash(name: str) -> str:
    text = (PACKAGE / name).read_text(encoding="utf-8")
    return hashlib.sha256((_doing(text) if name.endswith(".py") else text).encode()).hexdigest()


def _doing(source: str) -> str:
    """What a file does: no comment or docstring and no place that something is imported from makes another model."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            body[:] = [each for each in body if _does(each)] or [ast.Pass()]
    return ast.unparse(tree)


def _does(statement: ast.stmt) -> bool:
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return not (is_text or isinstance(statement, ast.Import | ast.ImportFrom))


def entry_path(kind: str, key: str) -> Path:
    """Where the entry is, or would be."""
    return cache_dir() / kind / key


def cached(kind: str, key: str, build: Callable[[Path], None]) -> Path:
    """The entry, made by `build(directory)` if there is none yet.

    The directory is filled beside its final place, flushed to disk and renamed into it, so an entry is whole or absent.
    Processes that ask for the same entry wait for the one that builds it. What a killed build left is swept up by
    the next.
    """
    final = entry_path(kind, key)
    if final.is_dir():
        return final
    final.parent.mkdir(parents=True, exist_ok=True)
    with _lock(final.parent / f".{key}.lock"):
        if final.is_dir():
            return final
        for leftover in final.parent.glob(f".{key}.part-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        part = Path(tempfile.mkdtemp(prefix=f".{key}.part-", dir=final.parent))
        try:
            build(part)
            # A temporary directory is for its owner alone, and a sandbox reads this one as somebody else.
            part.chmod(0o755)
            # Before the name: after a power cut an entry with its name and without its bytes would be taken for whole.
            _flush(part)
            part.rename(final)
            _sync(final.parent)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    return final


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _flush(directory: Path) -> None:
    for path in (*directory.rglob("*"), directory):
        _sync(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
