"""`baseline`: a fixed battery and a decision rule, no language model: the floor that investigators are held against."""

from inspect_ai.log import transcript
from inspect_ai.model import ChatMessageAssistant
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.lab import Lab, cards_of
from seer_evals.parameters import checked
from seer_evals.reports import Report
from seer_evals.solvers._baseline.battery import measure_adapter
from seer_evals.solvers._baseline.card import known_prompts, known_words
from seer_evals.solvers._baseline.decide import decide
from seer_evals.solvers._technique import find_technique
from seer_evals.studies import BASELINE_KEY


@solver
@checked
def baseline() -> Solver:
    """Investigate by a fixed battery and decide by a rule.

    In a study the battery is the technique that the task names as its baseline. Elsewhere it compares the adapter with
    its base: it samples, begins answers, scans for triggers and reads the unembedding. Those cells are in
    `_baseline/cells/` and use the skills `adapter-diff` and `prefill`; the rule and its thresholds are in
    `_baseline/decide.py`. It works from what it measures and from the prompts and words of the card.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        named = state.metadata.get(BASELINE_KEY)
        report = await (find_technique(named).investigate(lab) if named else _organism(lab))
        lab.submit(report)
        state.messages.append(ChatMessageAssistant(content=report.markdown(), model="baseline", source="generate"))
        state.output.completion = report.answer
        return state

    return solve


async def _organism(lab: Lab) -> Report:
    lab.must_be("notebook", "baseline")
    await lab.import_skills("adapter-diff", "prefill")
    notebook = lab.notebook()
    questions, words = known_prompts(lab.environment), known_words(lab.environment)
    singles = list(dict.fromkeys(word for each in words.values() for word in each if word and " " not in word))
    free_text = not any(card.prompts for card in cards_of(lab.environment))
    figures = await measure_adapter(notebook, questions, singles, free_text)
    report = decide(figures, words)
    await notebook.markdown(f"# Report\n\n{report.markdown()}")
    transcript().info(figures.summary(), source="baseline")
    return report
