"""A Python file as a module, wherever it lies: studies, like skills and harnesses, need not be part of this package."""

import hashlib
import importlib.util
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

PACKAGE = Path(__file__).resolve().parent


def load(path: Path) -> ModuleType:
    """The module that a file is: one of this package under its own name, any other under a name made of its path.

    Two files of the same name in different folders are two modules, which `sys.path` would not make of them.

    Raises:
        FileNotFoundError: There is no such file.
    """
    path = path.resolve()
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}")
    if path.is_relative_to(PACKAGE):
        return import_module(".".join((PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts)))
    name = f"{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]


def named(path: Path) -> str:
    """What logs call a file: its path below this package, or, for any other, from the root."""
    path = path.resolve()
    return path.relative_to(PACKAGE).as_posix() if path.is_relative_to(PACKAGE) else str(path)


def found(name: str) -> Path:
    """The file that `named` has named."""
    return PACKAGE / name


def given(name: str, fits: Callable[[Path], bool] = Path.exists) -> Path | None:
    """The file or folder that a user has named, made absolute; None if none of that name fits.

    Inspect goes to the task's folder while it makes a task; the user meant the one that they are in.
    """
    path = Path(name).expanduser()
    places = (Path(os.environ.get("PWD", ".")) / path, path)
    return next((place.resolve() for place in places if fits(place)), None)
