"""Asking judges: every model bound to the role, structured answers, validated and asked again."""

import re
from dataclasses import dataclass
from typing import Literal

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageUser,
    GenerateConfig,
    Model,
    ModelOutput,
    ResponseSchema,
)
from inspect_ai.model._model import model_roles
from inspect_ai.util import collect, json_schema
from pydantic import BaseModel, ValidationError

ATTEMPTS = 3
"""Times that a judge may try to give a valid answer."""

HOW_TO_BIND = (
    "no model is bound to the role `judge`; bind one or several with --model-role judge=MODEL[,MODEL…], "
    "also for `inspect score`"
)


class JudgeFailed(RuntimeError):
    """No judge gave a valid answer."""


class AtomVerdict(BaseModel):
    """Whether a report states a fact."""

    reasoning: str
    verdict: Literal["yes", "partly", "no"]


class ClaimVerdict(BaseModel):
    """Whether a claim is true."""

    reasoning: str
    verdict: Literal["true", "false", "neutral"]


@dataclass(frozen=True)
class Question:
    """A prompt, and the form that its answer must have."""

    prompt: str
    answer: type[AtomVerdict] | type[ClaimVerdict]


@dataclass(frozen=True)
class Opinion:
    """One judge's verdict."""

    judge: str
    verdict: str
    reasoning: str


def judges() -> list[Model]:
    """The models bound to the role `judge`: none, one, or a panel. Never the evaluated model by fallback."""
    bound = model_roles().get("judge", [])
    return list(bound) if isinstance(bound, list) else [bound]


async def ask_panel(panel: list[Model], questions: list[Question]) -> list[list[Opinion]]:
    """Put every question to every judge, all at once.

    Returns:
        Per question, the opinion of each judge.

    Raises:
        JudgeFailed: A judge gave no valid answer in `ATTEMPTS` attempts.
    """
    asked = [_ask(judge, question) for question in questions for judge in panel]
    answers = await collect(*asked)
    if failures := [answer for answer in answers if isinstance(answer, str)]:
        raise JudgeFailed("; ".join(dict.fromkeys(failures)))
    opinions = [answer for answer in answers if isinstance(answer, Opinion)]
    return [opinions[i : i + len(panel)] for i in range(0, len(opinions), len(panel))]


async def _ask(judge: Model, question: Question) -> Opinion | str:
    """One judge's opinion, or why there is none."""
    schema = ResponseSchema(name=question.answer.__name__, json_schema=json_schema(question.answer))
    messages: list[ChatMessage] = [ChatMessageUser(content=question.prompt)]
    problem = ""
    for _ in range(ATTEMPTS):
        output = await judge.generate(messages, config=GenerateConfig(response_schema=schema))
        try:
            verdict = question.answer.model_validate_json(_json_in(output))
            return Opinion(str(judge), verdict.verdict, verdict.reasoning)
        except ValidationError as error:
            problem = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            messages += [
                ChatMessageAssistant(content=output.completion or "(empty)"),
                ChatMessageUser(content=f"That is not a valid answer ({problem}). Answer with the JSON object only."),
            ]
    return f"{judge} gave no valid verdict in {ATTEMPTS} attempts: {problem}"


def _json_in(output: ModelOutput) -> str:
    """The JSON object in an answer that may have a fence or a sentence around it."""
    match = re.search(r"\{.*\}", output.completion, re.DOTALL)
    return match.group() if match else output.completion
