"""A skill's example, run in a laboratory as an agent would have it before it."""

import tempfile
from contextlib import nullcontext
from dataclasses import dataclass

from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.log import EvalLog
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.checks.laboratory import untrained
from seer_evals.environment import Environment, ModelSpec
from seer_evals.lab import Lab, close_lab, lab_sample, open_lab, plan_lab
from seer_evals.lab.notebook.rendering import output_text
from seer_evals.lab.skills import example_of, find_skills

NOTED = "seer:example"
"""Store key of what became of the example: its status and its output."""


@dataclass(frozen=True)
class Ran:
    """What became of an example."""

    status: str
    """`ok`, or as a cell's: `error`, `timeout`, `dead`."""
    output: str


def run_example(skill: str, organism: str = "") -> Ran:
    """Run the example of a skill in a notebook, with `model` and `tokenizer` loaded.

    Args:
        skill: Name, or path of its folder.
        organism: Id of the model, which is built if need be; by default one that has learnt nothing.

    Raises:
        ValueError: The skill or the organism is unknown, or the laboratory cannot be opened, for want of something
            that the skill needs.
    """
    (found,) = find_skills([skill])
    form = "library" if found.functions else "skill"
    plan = plan_lab(skills=skill, deliver=form)
    with nullcontext(ModelSpec(organism=organism)) if organism else untrained() as model:
        environment = Environment(models=(model,), packages=plan.packages)
        plan.must_fit(environment)
        task = Task(
            [lab_sample("?", environment, id="example")],
            setup=open_lab(skills=skill, deliver=form),
            solver=_running(example_of(found)),
            cleanup=close_lab,
        )
        with tempfile.TemporaryDirectory(prefix="seer-skill-") as logs:
            (log,) = run_eval(task, model="none", score=False, display="none", log_dir=logs)
            return _ran(log)


@solver
def _running(code: str) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        result = await Lab.of(state).notebook().run(code)
        state.store.set(NOTED, [result.status, output_text(result.outputs)])
        return state

    return solve


def _ran(log: EvalLog) -> Ran:
    sample = next(iter(log.samples or []), None)
    if sample is None or NOTED not in sample.store:
        error = log.error or (sample.error if sample else None)
        raise ValueError(f"the laboratory could not be opened: {error.message if error else log.status}")
    return Ran(*sample.store[NOTED])
