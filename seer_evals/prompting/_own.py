"""Prompts of this package, and a user's own in their place: `-S prompts=FOLDER`."""

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar, cast

from seer_evals import by_path
from seer_evals.prompting._fill import fill, placeholders

P = ParamSpec("P")
R = TypeVar("R", bound=Callable[..., Any])

PARAMETER = "prompts"
_own: ContextVar[Mapping[str, str]] = ContextVar("own prompts", default=MappingProxyType({}))
"""What the harness or scorer that runs at the moment was given, by name: inherited by all that it starts."""


def read(folder: Path, name: str, /, **parts: object) -> str:
    """The prompt `NAME.md` of a folder of this package, or the user's own of that name, filled.

    Raises:
        ValueError: A placeholder has no value, or a value no placeholder.
    """
    text = _own.get().get(name) or (folder / f"{name}.md").read_text(encoding="utf-8")
    return fill(text, **parts)


def prompted(folder: Path) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Give a harness or scorer the parameter `prompts`: a folder whose files stand in for those of the same names.

    It stands below `@checked`.

    Args:
        folder: That of this package from which its prompts are read.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def made(*args: P.args, **kwargs: P.kwargs) -> R:
            given: Any = kwargs.pop(PARAMETER, "")
            own = own_prompts(str(given), folder) if given else {}
            with _in_place(own):
                return _running(function(*args, **kwargs), own)

        signature = inspect.signature(function)
        mine = inspect.Parameter(PARAMETER, inspect.Parameter.KEYWORD_ONLY, default="", annotation=str)
        made.__dict__["__signature__"] = signature.replace(parameters=[*signature.parameters.values(), mine])
        made.__annotations__ = {**function.__annotations__, PARAMETER: str}
        return made

    return decorate


def _running(work: R, own: Mapping[str, str]) -> R:
    """The same harness or scorer, which runs with these prompts."""
    if not own:
        return work

    @functools.wraps(work)
    async def run(*args: Any, **kwargs: Any) -> Any:
        with _in_place(own):
            return await work(*args, **kwargs)

    return cast(R, run)


@contextmanager
def _in_place(own: Mapping[str, str]) -> Iterator[None]:
    # Not reset where none is given: a harness that runs inside of another keeps that one's.
    token = _own.set({**_own.get(), **own})
    try:
        yield
    finally:
        _own.reset(token)


def own_prompts(name: str, folder: Path) -> dict[str, str]:
    """A user's prompts by name, read and held against those whose place they take.

    Args:
        name: Of the user's folder.
        folder: That of this package.

    Raises:
        ValueError: Something is wrong with them; the message lists everything.
    """
    path = by_path.given(name, Path.is_dir)
    if path is None:
        raise ValueError(f"prompts: there is no folder {name}")
    files = sorted(path.glob("*.md"))
    ours = {each.stem for each in folder.glob("*.md")}
    if problems := [each for file in files if file.stem in ours for each in prompt_problems(file, folder)]:
        raise ValueError("prompts: " + "; ".join(problems))
    if not (mine := [file for file in files if file.stem in ours]):
        raise ValueError(f"prompts: no file of {path} has the name of a prompt; `seer prompt new NAME` copies one")
    return {file.stem: file.read_text(encoding="utf-8") for file in mine}


def prompt_problems(file: Path, folder: Path) -> Iterator[str]:
    """What keeps a file from standing in for the prompt of its name: it must say what that one does, no less, no more.

    Args:
        file: The user's.
        folder: Of this package, with a prompt of that name.
    """
    text = file.read_text(encoding="utf-8")
    if not text.strip():
        yield f"{file.name} is empty; write a prompt, or remove it"
        return
    wanted, has = (placeholders(each) for each in ((folder / file.name).read_text(encoding="utf-8"), text))
    for name in sorted(wanted - has):
        yield f"{file.name} has no {{{name}}}: say where it goes"
    for name in sorted(has - wanted):
        known = ", ".join(f"{{{each}}}" for each in sorted(wanted)) or "none"
        yield f"{file.name} has {{{name}}}, which nothing fills; there are: {known}"
