"""`technique`: one technique alone, with a stated decision rule and no language model."""

from inspect_ai.model import ChatMessageAssistant
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.lab import Lab
from seer_evals.solvers._technique import TECHNIQUES
from seer_evals.solvers._technique.battery import run_battery


@solver
def technique(name: str = "refusal-direction") -> Solver:
    """Run a technique's battery of cells, and let its rule decide what to report.

    The battery is `_technique/NAME.md`, to be read as the notebook that it becomes; the rule and its thresholds are in
    the file of the same name beside it.

    Args:
        name: `refusal-direction`.

    Raises:
        ValueError: There is no such technique.
    """
    if name not in TECHNIQUES:
        raise ValueError(f"unknown technique {name!r}; available: {', '.join(TECHNIQUES)}")
    chosen = TECHNIQUES[name]

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        lab.must_be("notebook", "technique")
        await lab.import_skills(*chosen.skills)
        report = chosen.decide(*await run_battery(lab.notebook(), chosen.battery))
        await lab.notebook().markdown(f"# Report\n\n{report.markdown()}")
        lab.submit(report)
        state.messages.append(ChatMessageAssistant(content=report.markdown(), model="technique", source="generate"))
        state.output.completion = report.answer
        return state

    return solve
