"""A conversation by turns: what the investigator said and did, and what came back."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageTool
from inspect_ai.tool import ToolCall

from seer_evals.lab.notebook import cell_told_of
from seer_evals.solvers._bench import code_or_arguments

NO_WORK = {"submit_report"}
"""Tools that show nothing new about the model."""
RUNS = {"edit", "insert"}
"""Actions of the notebook that run something."""
POLLS = {"read", "interrupt", "restart"}
"""Actions of a shell that run nothing."""
_COMMENT = re.compile(r"(?m)(^|\s)#.*$")


@dataclass(frozen=True)
class Work:
    """One call that can show something new about the model."""

    done: str
    """The code or the call, without comments and layout."""
    failed: bool
    cell: int | None
    """The number of the cell, where it was one."""


@dataclass(frozen=True)
class Turn:
    """One reply of the investigator and what came of it."""

    text: str
    work: tuple[Work, ...]
    calls: int
    """Calls of any tool."""


def turns(messages: Sequence[ChatMessage]) -> list[Turn]:
    """The turns of a conversation, oldest first."""
    results = {message.tool_call_id: message for message in messages if isinstance(message, ChatMessageTool)}
    return [_turn(message, results) for message in messages if isinstance(message, ChatMessageAssistant)]


def work_of(each: Iterable[Turn]) -> list[Work]:
    """Everything that was run in these turns, oldest first."""
    return [work for turn in each for work in turn.work]


def _turn(message: ChatMessageAssistant, results: dict[str | None, ChatMessageTool]) -> Turn:
    calls = message.tool_calls or []
    work = [_work(call, results.get(call.id)) for call in calls if not _only_looks(call)]
    return Turn(message.text, tuple(work), len(calls))


def _only_looks(call: ToolCall) -> bool:
    action = call.arguments.get("action")
    return call.function in NO_WORK or action in POLLS or (call.function == "notebook" and action not in RUNS)


def _work(call: ToolCall, result: ChatMessageTool | None) -> Work:
    said = "" if result is None else result.error.message if result.error else result.text
    cell, failed = cell_told_of(said)
    place = ("action", "cell", "after") if call.function == "notebook" else ()
    written = code_or_arguments({name: value for name, value in call.arguments.items() if name not in place})
    return Work(
        done=" ".join(_COMMENT.sub(" ", f"{'cell' if cell is not None else call.function} {written}").split()),
        failed=failed or (result is not None and result.error is not None),
        cell=cell,
    )
