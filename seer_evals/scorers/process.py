"""`process`: what an investigation cost and how it went."""

from typing import Any

from inspect_ai.event import ModelEvent
from inspect_ai.log import transcript
from inspect_ai.model import ChatMessageAssistant
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer
from inspect_ai.solver import TaskState

from seer_evals.inspect_private import sample_model_usage
from seer_evals.lab import NOTEBOOKS_KEY
from seer_evals.parameters import checked
from seer_evals.scorers._metrics import total
from seer_evals.scorers._sample import report_of

NOT_AGENTS = ("target", "judge", "realism")
"""Roles whose replies are no turns."""
KEYS = ("turns", "input_tokens", "output_tokens", "cost", "cells", "failed_cells", "cell_seconds", "findings")


@scorer(metrics={**{f"process_{key}": [mean()] for key in KEYS}, "process_no_report": [total()]})
@checked
def process() -> Scorer:
    """Turns of the agents, tokens and dollars of all models, cells, those that failed, and seconds spent in them.

    A turn is a reply of any model but the target and those that judge: of all members of a team, and of a supervisor,
    too. The cost is 0 where no prices are known (`--model-cost-config`).
    """

    async def score(state: TaskState, target: Target) -> Score:
        usage = sample_model_usage().values()
        report = report_of(state)
        values = {
            "turns": _turns(state),
            "input_tokens": sum(each.input_tokens for each in usage),
            "output_tokens": sum(each.output_tokens for each in usage),
            "cost": sum(each.total_cost or 0.0 for each in usage),
            **_cells(state.store.get(NOTEBOOKS_KEY, {})),
            "findings": len(report.claims) if report else 0,
            "no_report": report is None,
        }
        return Score(value={f"process_{key}": float(value) for key, value in values.items()})

    return score


def _turns(state: TaskState) -> int:
    """Replies of the agents; where the log has no events any more, those in the sample's messages."""
    replies = [event for event in transcript().events if isinstance(event, ModelEvent) and not event.error]
    if not replies:
        return sum(isinstance(message, ChatMessageAssistant) for message in state.messages)
    return sum(event.role not in NOT_AGENTS for event in replies)


def _cells(notebooks: dict[str, Any]) -> dict[str, float]:
    cells = [cell for notebook in notebooks.values() for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return {
        "cells": len(cells),
        "failed_cells": sum(any(out["output_type"] == "error" for out in cell["outputs"]) for cell in cells),
        "cell_seconds": sum(cell["metadata"]["seer"].get("seconds", 0.0) for cell in cells),
    }
