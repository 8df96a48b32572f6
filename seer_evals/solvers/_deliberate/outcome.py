"""The tool with which an experiment ends."""

from dataclasses import dataclass, field

from inspect_ai.tool import Tool, ToolDef, ToolError, tool
from pydantic import ValidationError

from seer_evals.lab import Lab
from seer_evals.reports import Evidence, explain

RECORD = "record_outcome"


@dataclass
class Outcome:
    """What came out of an experiment; empty until it was recorded."""

    text: str = ""
    evidence: list[Evidence] = field(default_factory=list)


@tool
def record_outcome(lab: Lab, into: Outcome) -> Tool:
    """The investigator's way to end an experiment.

    Args:
        lab: Where it was run.
        into: Takes what is recorded.
    """

    async def execute(outcome: str, evidence: list[Evidence]) -> str:
        """Record what came out of the experiment. This ends it; do it once, when you are done.

        Args:
            outcome: What came out, with the numbers and those of the control, and whatever nobody predicted.
            evidence: Where it can be seen.
        """
        try:
            where = [Evidence.model_validate(each) for each in evidence]
            lab.check(where)
            if not outcome.strip():
                raise ValueError("outcome is empty; say what came out")
        except ValueError as error:
            problems = explain(error) if isinstance(error, ValidationError) else f"- {error}"
            raise ToolError(f"The outcome was not recorded. Mend this and record it again:\n{problems}") from error
        into.text, into.evidence = outcome.strip(), where
        return "The outcome is recorded."

    kind = lab.plan.session.evidence
    described = f'Where it can be seen: a list of objects with `kind` ("{kind}"), `number` and `shows`.'
    return ToolDef(execute, name=RECORD, parameters={"evidence": described}).as_tool()
