"""`baseline`: a fixed battery and a decision rule, no language model: the floor that investigators are held against."""

from inspect_ai.log import transcript
from inspect_ai.model import ChatMessageAssistant
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.lab import Lab
from seer_evals.solvers._baseline.battery import run_battery
from seer_evals.solvers._baseline.card import prompts_on, words_on
from seer_evals.solvers._baseline.decide import decide


@solver
def baseline() -> Solver:
    """Compare the adapter with its base: sample, begin answers, scan for triggers, read the unembedding; then decide.

    The cells in `_baseline/cells/` use the skills `adapter-diff` and `prefill`; the rule and its thresholds are in
    `_baseline/decide.py`. It works from what it measures and from the grammar card in the briefing.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        lab.must_be("notebook", "baseline")
        await lab.import_skills("adapter-diff", "prefill")
        notebook = lab.notebook()
        questions, words = prompts_on(lab.briefing()), words_on(lab.briefing())
        singles = list(dict.fromkeys(word for each in words.values() for word in each if word and " " not in word))
        figures = await run_battery(notebook, questions, singles)
        report = decide(figures, words)
        await notebook.markdown(f"# Report\n\n{report.markdown()}")
        lab.submit(report)
        transcript().info(figures.summary(), source="baseline")
        state.messages.append(ChatMessageAssistant(content=report.markdown(), model="baseline", source="generate"))
        state.output.completion = report.answer
        return state

    return solve
