"""From a file to a frozen object, with every error at its line."""

from difflib import get_close_matches
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from seer_evals.audits._document import Document, read_document
from seer_evals.audits._problem import Unusable
from seer_evals.frozen import Frozen
from seer_evals.problem import Problem

NAME = r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"
"""Ids and tags: lower-case words with hyphens or underscores."""


class Entry(Protocol):
    """What every file describes."""

    @property
    def id(self) -> str:
        """Also the name of its file."""

    @property
    def tags(self) -> tuple[str, ...]:
        """What it can be selected by."""


M = TypeVar("M", bound=Frozen)


def parse(path: Path, kind: type[M], body: str) -> M:
    """Read a file.

    Args:
        path: The file.
        kind: The model; its fields are the keys of the front matter, their descriptions say what to write.
        body: The field that is the text below the front matter.

    Raises:
        Unusable: With all that is wrong.
    """
    document = read_document(path)
    problems = _misplaced(document, kind, body)
    if problems:
        raise Unusable(problems)
    try:
        return kind.model_validate({**document.front, body: document.body})
    except ValidationError as error:
        raise Unusable([_problem(document, kind, body, detail) for detail in _told_once(error)]) from error


def _told_once(error: ValidationError) -> list[ErrorDetails]:
    """Without `too short` where pydantic says so only because an entry is wrong, which it says as well."""
    inside = {detail["loc"][0] for detail in error.errors() if len(detail["loc"]) > 1}
    return [detail for detail in error.errors() if detail["type"] != "too_short" or detail["loc"][0] not in inside]


def _misplaced(document: Document, kind: type[Frozen], body: str) -> list[Problem]:
    """Keys that do not exist, and an id that is not the file's name."""
    keys = [key for key in kind.model_fields if key != body]
    found = []
    for key in document.front:
        if key not in keys:
            close = get_close_matches(key, keys, n=1)
            hint = f"; did you mean `{close[0]}`?" if close else f" (the keys are {', '.join(keys)})"
            found.append(Problem(document.path, f"unknown key `{key}`{hint}", document.line_of(key)))
    name = document.front.get("id")
    if name is not None and name != document.path.stem:
        remedy = f"write `id: {document.path.stem}`, or rename the file"
        message = f"the id {name!r} is not the name of the file; {remedy}"
        found.append(Problem(document.path, message, document.line_of("id")))
    return found


def _problem(document: Document, kind: type[Frozen], body: str, detail: ErrorDetails) -> Problem:
    key = str(detail["loc"][0]) if detail["loc"] else "id"
    wanted = kind.model_fields[key].description
    if key == body:
        return Problem(document.path, f"has no text below the front matter; write {wanted}", document.body_line)
    place = ".".join(map(str, detail["loc"]))
    if detail["type"] == "missing":
        return Problem(document.path, f"`{place}` is missing: {wanted}", document.line_of(key))
    said = detail["msg"].removeprefix("Value error, ")
    return Problem(document.path, f"`{place}` is {detail['input']!r}: {said}; it is {wanted}", document.line_of(key))
