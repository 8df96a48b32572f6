"""`technique`: one technique alone, with a stated decision rule and no language model."""

from inspect_ai.model import ChatMessageAssistant
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.lab import Lab
from seer_evals.parameters import checked
from seer_evals.solvers._technique import find_technique


@solver
@checked
def technique(name: str = "refusal-direction") -> Solver:
    """Run one technique, and let its rule decide what to report.

    Each technique is a file with its rule and its thresholds, of `_technique/` or of a study's folder. Most have a
    battery beside it, a Markdown file that is to be read as the notebook that it becomes.

    Args:
        name: Of the technique, or the path of its file.

    Raises:
        ValueError: There is no such technique.
    """
    chosen = find_technique(name)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        report = await chosen.investigate(lab)
        lab.submit(report)
        state.messages.append(ChatMessageAssistant(content=report.markdown(), model="technique", source="generate"))
        state.output.completion = report.answer
        return state

    return solve
