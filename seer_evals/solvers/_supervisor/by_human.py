"""A person as the supervisor, asked through Inspect's own channels: an ACP client, or the full-screen display."""

from typing import TYPE_CHECKING

import anyio
from inspect_ai.util import request_input, suspend_working_limit
from pydantic import ValidationError

from seer_evals import inspect_private
from seer_evals.plain_text import shown
from seer_evals.refusal import Refusal
from seer_evals.solvers._bench import shortened
from seer_evals.solvers._supervisor.checkpoint import (
    AT_REPORT,
    ONGOING,
    Checkpoint,
    Decision,
    Remark,
    Review,
    Supervisor,
    Verdict,
)

if TYPE_CHECKING:
    from acp.schema import ElicitationSchema

SHOWN = 8_000
"""Characters of the conversation that the operator is shown; they can see all of it in the viewer."""


def human_supervisor(patience: float) -> Supervisor:
    """A person who is asked at each checkpoint, and not asked again once nobody has come.

    Args:
        patience: Seconds that the investigation waits for an answer. They do not count as working time.
    """
    absent = ""

    async def decide(checkpoint: Checkpoint) -> Verdict:
        nonlocal absent
        if not absent:
            with suspend_working_limit(), anyio.move_on_after(patience):
                return await _ask(checkpoint)
            absent = f"no operator answered within {patience:g} seconds; the investigation goes on unsupervised"
        return Verdict(checkpoint.silent, problem=absent)

    return decide


def must_reach_somebody() -> None:
    """See that there is a channel on which an operator can be asked without holding up everything else.

    Raises:
        Refusal: There is none; the message says how to open one.
    """
    screen = inspect_private.active_task_screen.get(None)
    if inspect_private.acp_server_accepting_clients() or isinstance(screen, inspect_private.TextualTaskScreen):
        return
    raise Refusal(
        "who=human needs a way to reach the operator: add --acp-server and answer with `inspect acp`, or run in a "
        "terminal with the full-screen display (--display full)"
    )


async def _ask(checkpoint: Checkpoint) -> Verdict:
    result = await request_input(message=_words(checkpoint), schema=_schema(checkpoint))
    if result.outcome != "accepted" or result.content is None:
        return Verdict(checkpoint.silent, problem=f"the operator {result.outcome} the question")
    form: type[Remark] | type[Review] = Remark if checkpoint.report is None else Review
    try:
        answer = form.model_validate({"assessment": "", **result.content})
    except ValidationError as error:
        return Verdict(checkpoint.silent, problem=f"the operator's answer cannot be used: {error.errors()[0]['msg']}")
    decision: Decision = answer.decision
    return Verdict(decision, "" if decision == checkpoint.silent else answer.message.strip())


def _words(checkpoint: Checkpoint) -> str:
    """What the operator reads."""
    report = f"\n\nThe report:\n\n{checkpoint.report.markdown()}" if checkpoint.report else ""
    return shown(
        f"Turn {checkpoint.turn} of {checkpoint.max_turns}: {checkpoint.trigger}.{report}\n\n"
        f"Since you were last asked:\n\n{shortened(checkpoint.conversation, SHOWN)}"
    )


def _schema(checkpoint: Checkpoint) -> "ElicitationSchema":
    from acp.schema import ElicitationSchema

    return ElicitationSchema.model_validate(
        {
            "type": "object",
            "properties": {
                "decision": {
                    "type": "string",
                    "title": "Decision",
                    "enum": list(ONGOING if checkpoint.report is None else AT_REPORT),
                    "default": checkpoint.silent,
                },
                "message": {
                    "type": "string",
                    "title": "What you say to the investigator",
                    "description": f"Needed unless you choose {checkpoint.silent}.",
                },
            },
            "required": ["decision"],
        }
    )
