"""Answers of a given form: validated, and asked for again with what was wrong."""

import json
from collections.abc import Callable
from typing import TypeVar

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageUser,
    GenerateConfig,
    Model,
    ModelOutput,
    ResponseSchema,
)
from inspect_ai.util import json_schema
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from seer_evals.prompting._json import json_values
from seer_evals.prompting._reasoning import split_reasoning

ATTEMPTS = 3
"""Times that a model may try to give a valid answer."""

AGAIN = "That answer cannot be used:\n{problems}\n\nAnswer again, with the JSON object only."

_SEVERAL = PydanticCustomError("several_answers", "there are several JSON objects, which differ; give one")

Answer = TypeVar("Answer", bound=BaseModel)


class NoAnswer(RuntimeError):
    """A model gave no valid answer; the message says what was wrong with the last one."""


async def ask(
    model: Model,
    prompt: str,
    form: type[Answer],
    check: Callable[[Answer], None] | None = None,
    attempts: int = ATTEMPTS,
) -> Answer:
    """A model's answer to a prompt, in a form.

    Args:
        model: Whom to ask.
        prompt: The question. It should say that a JSON object is wanted: not every provider enforces the form.
        form: The pydantic model that the answer must be an instance of.
        check: Raises ValueError for an answer that has the form and is wrong all the same.
        attempts: How often to ask before giving up.

    Raises:
        NoAnswer: No attempt gave a valid answer.
    """
    messages: list[ChatMessage] = [ChatMessageUser(content=prompt)]
    problems = ""
    for _ in range(attempts):
        output = await model.generate(messages, config=wanted(form))
        try:
            answer = parsed(output, form)
            if check is not None:
                check(answer)
            return answer
        except ValueError as error:
            problems = "\n".join(f"- {problem}" for problem in problems_of(error))
            messages += [
                ChatMessageAssistant(content=output.completion or "(empty)"),
                ChatMessageUser(content=AGAIN.format(problems=problems)),
            ]
    said = f" (it stopped because of {output.stop_reason})" if output.stop_reason != "stop" else ""
    raise NoAnswer(
        f"{model} gave no valid answer in {attempts} attempts{said}; the last had these problems:\n{problems}"
    )


def wanted(form: type[BaseModel]) -> GenerateConfig:
    """Asks the provider for the form; not every one enforces it."""
    return GenerateConfig(response_schema=ResponseSchema(name=form.__name__, json_schema=json_schema(form)))


def parsed(output: ModelOutput, form: type[Answer]) -> Answer:
    """The answer in an output, which may have reasoning, a fence or prose with braces around its JSON object.

    Raises:
        ValidationError: There is none of the form, or there are several that differ.
    """
    _, text = split_reasoning(output.completion)
    written = [_written(found.value) for found in json_values(text, only_objects=True)]
    answers: list[Answer] = []
    problems: list[ValidationError] = []
    # What is wrong with the longest is told, since short ones are rather examples.
    for each in sorted(written, key=len, reverse=True) or [text]:
        try:
            answer = form.model_validate_json(each)
        except ValidationError as error:
            problems.append(error)
        else:
            answers += [answer] if answer not in answers else []
    if len(answers) > 1:
        raise ValidationError.from_exception_data(form.__name__, [{"type": _SEVERAL, "input": text}])
    if not answers:
        raise problems[0]
    return answers[0]


def _written(value: object) -> str:
    try:
        return json.dumps(value)
    except RecursionError:  # Python reads deeper nesting than it writes
        return ""


def problems_of(error: ValueError) -> list[str]:
    """What is wrong with an answer, each problem with the path of its field."""
    if not isinstance(error, ValidationError):
        return [str(error)]
    return [
        f"{'.'.join(map(str, each['loc'])) or 'the answer'}: {each['msg'].removeprefix('Value error, ')}"
        for each in error.errors()
    ]
