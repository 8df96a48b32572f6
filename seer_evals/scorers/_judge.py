"""Asking judges: every model bound to the role, structured answers, validated and asked again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageUser, Model, ModelOutput
from inspect_ai.util import LimitExceededError, collect
from pydantic import BaseModel, ValidationError

from seer_evals.inspect_private import PrerequisiteError, model_roles
from seer_evals.prompting import ATTEMPTS, parsed, problems_of, wanted

HOW_TO_BIND = (
    "no model is bound to the role `judge`; bind one or several with --model-role judge=MODEL[,MODEL…], "
    "also for `inspect score`"
)

A = TypeVar("A", bound=BaseModel, covariant=True)


class JudgeFailed(RuntimeError):
    """No judge gave a valid answer."""


@dataclass(frozen=True)
class Question(Generic[A]):
    """A prompt, and the form that its answer must have."""

    prompt: str
    answer: type[A]
    objection: Callable[[BaseModel], str] | None = None
    """What a valid answer still lacks, in words; empty if nothing. It is said to the judge once, and what the judge
    answers then is taken."""


@dataclass(frozen=True)
class Opinion(Generic[A]):
    """One judge's answer."""

    judge: str
    answer: A


@dataclass(frozen=True)
class Failure:
    """Why there is no answer of a judge."""

    judge: str
    kind: Literal["refused", "failed"]
    """`refused` where the judge, or the filter before it, would not answer at all."""
    reason: str

    def __str__(self) -> str:
        return f"{self.judge} {self.reason}"


def judges() -> list[Model]:
    """The models bound to the role `judge`: none, one, or a panel. Never the evaluated model by fallback."""
    bound = model_roles().get("judge", [])
    return list(bound) if isinstance(bound, list) else [bound]


async def ask_panel(panel: Sequence[Model], questions: Sequence[Question[A]]) -> list[list[Opinion[A]]]:
    """Put every question to every judge, all at once.

    Returns:
        Per question, the opinion of each judge.

    Raises:
        JudgeFailed: A judge gave no valid answer in `ATTEMPTS` attempts, or refused.
    """
    answers = await ask_each(panel, questions)
    if failures := [str(one) for each in answers for one in each if isinstance(one, Failure)]:
        raise JudgeFailed("; ".join(dict.fromkeys(failures)))
    return [[one for one in each if isinstance(one, Opinion)] for each in answers]


async def ask_each(panel: Sequence[Model], questions: Sequence[Question[A]]) -> list[list[Opinion[A] | Failure]]:
    """As `ask_panel`, with a failure where a judge gave no valid answer, so that one does not cost the others."""
    answers = await collect(*[_ask(judge, question) for question in questions for judge in panel])
    return [list(answers[i : i + len(panel)]) for i in range(0, len(answers), len(panel))]


async def _ask(judge: Model, question: Question[A]) -> Opinion[A] | Failure:
    messages: list[ChatMessage] = [ChatMessageUser(content=question.prompt)]
    kept: A | None = None
    problem = ""
    for _ in range(ATTEMPTS):
        output = await _generate(judge, question, messages)
        if isinstance(output, Failure):
            return Opinion(str(judge), kept) if kept is not None else output
        try:
            answer = parsed(output, question.answer)
        except ValidationError as error:
            problem = "; ".join(problems_of(error))
            messages += _again(output, f"That is not a valid answer ({problem}). Answer with the JSON object only.")
            continue
        lacking = question.objection(answer) if question.objection and kept is None else ""
        if not lacking:
            return Opinion(str(judge), answer)
        kept = answer
        messages += _again(output, lacking)
    return Opinion(str(judge), kept) if kept is not None else Failure(str(judge), "failed", _nonsense(problem))


async def _generate(judge: Model, question: Question[A], messages: list[ChatMessage]) -> ModelOutput | Failure:
    try:
        output = await judge.generate(messages, config=wanted(question.answer))
    except (LimitExceededError, PrerequisiteError):
        raise
    except Exception as error:
        # Inspect has retried what can be retried: what is left, such as a prompt that is too long, will not pass.
        return Failure(str(judge), "failed", f"could not be asked: {type(error).__name__}: {error}")
    if output.stop_reason == "content_filter":
        return Failure(str(judge), "refused", "refused to judge this")
    if output.stop_reason == "model_length":
        return Failure(str(judge), "failed", "cannot hold this much text: bind a judge with a longer context window")
    return output


def _again(output: ModelOutput, objection: str) -> list[ChatMessage]:
    return [ChatMessageAssistant(content=output.completion or "(empty)"), ChatMessageUser(content=objection)]


def _nonsense(problem: str) -> str:
    return f"gave no valid answer in {ATTEMPTS} attempts: {problem}"
