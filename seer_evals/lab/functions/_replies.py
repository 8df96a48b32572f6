"""What a function answers, wherever it runs: checked before anybody here believes it."""

from collections.abc import Mapping
from typing import Annotated, Any

from inspect_ai.model import ContentImage, ContentText
from inspect_ai.tool import ToolResult
from pydantic import Field

from seer_evals.runtime.pictures import problem_of
from seer_evals.runtime.untrusted import NotPlain
from seer_evals.sandboxes import Said, Text, Word, checked

MAX_TEXT = 256 * 2**10
"""Characters of an answer; an honest one has a tenth of that."""
MAX_MESSAGE = 8_000
MAX_IMAGES = 16


class Failure(Said):
    """The error of a call, as its caller may see it."""

    type: Word
    message: Annotated[Text, Field(max_length=MAX_MESSAGE)]

    def __str__(self) -> str:
        return f"{self.type}: {self.message}"


class Shown(Said):
    """What `rendering.render` made of a value, for a tool's call."""

    text: Annotated[Text, Field(max_length=MAX_TEXT)]
    images: Annotated[list[str], Field(max_length=MAX_IMAGES)]


class _Failed(Said):
    error: Failure


def failure_in(fields: Mapping[str, Any]) -> Failure | None:
    """The error that an answer is, or None if it is a value.

    Raises:
        NotPlain: It is an error that says nothing.
    """
    return checked(_Failed, dict(fields)).error if "error" in fields else None


def value_in(fields: Mapping[str, Any]) -> Any:
    """The encoded value of an answer.

    Raises:
        NotPlain: It has none.
    """
    if "value" not in fields:
        raise NotPlain("value: Field required")
    return fields["value"]


def tool_result(fields: Mapping[str, Any]) -> ToolResult:
    """The text and pictures of an answer, as a tool's result; a picture that cannot be shown is named instead.

    Raises:
        NotPlain: It has none.
    """
    shown = checked(Shown, dict(fields))
    problems = [problem_of("image/png", image) for image in shown.images]
    notes = [f"[A picture {problem}, so it is not shown.]" for problem in problems if problem]
    text = "\n".join([*([shown.text] if shown.text or not shown.images else []), *notes])
    images = [image for image, problem in zip(shown.images, problems, strict=True) if not problem]
    if not images:
        return text
    contents = [ContentText(text=text)] if text else []
    return [*contents, *(ContentImage(image=f"data:image/png;base64,{image}") for image in images)]
