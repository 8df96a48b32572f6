"""The ledger: what was believed, tried and seen, round by round, in the sample's store and in the transcript."""

from collections.abc import Sequence

from inspect_ai.log import transcript
from inspect_ai.util import Store

from seer_evals.hypotheses import HYPOTHESES_KEY, Hypothesis, Round
from seer_evals.reports import Evidence
from seer_evals.solvers._bench import quoted, shortened

_CELL = 400
"""Characters of a hypothesis in a table."""


class Ledger:
    """The rounds of one deliberation."""

    def __init__(self, store: Store) -> None:
        self.rounds: list[Round] = []
        self.evidence: list[Evidence] = []
        """Where the outcomes can be seen, in their order."""
        self._store = store

    @property
    def last(self) -> Round:
        """What is believed now."""
        return self.rounds[-1]

    @property
    def hypotheses(self) -> Sequence[Hypothesis]:
        """The rivals as they stand now."""
        return self.last.hypotheses

    def add(self, hypotheses: Sequence[Hypothesis], experiment: str = "", outcome: str = "") -> None:
        """Close a round.

        Raises:
            ValueError: The hypotheses are not coherent.
        """
        done = Round(round=len(self.rounds), hypotheses=tuple(hypotheses), experiment=experiment, outcome=outcome)
        before = {each.id: each.probability for each in self.last.hypotheses} if self.rounds else {}
        self.rounds.append(done)
        self._store.set(HYPOTHESES_KEY, [each.model_dump(mode="json") for each in self.rounds])
        transcript().info(_shown(done, before), source="deliberate")

    def text(self) -> str:
        """For a prompt: every experiment with its outcome, and the hypotheses as they stand."""
        past = [_told(each) for each in self.rounds[1:]]
        now = "\n".join(f"- {each.id} ({each.probability:.2f}): {each.hypothesis}" for each in self.hypotheses)
        return quoted("LEDGER", "\n\n".join([*past, f"## The hypotheses now\n{now}"]), 40_000)


def _told(done: Round) -> str:
    """An experiment and what it changed, for a prompt."""
    then = ", ".join(f"{each.id} {each.probability:.2f}" for each in done.hypotheses)
    experiment, outcome = shortened(done.experiment, 2500), shortened(done.outcome, 2500)
    return f"## Experiment {done.round}\n{experiment}\n\nOutcome: {outcome}\n\nThen: {then}"


def _shown(done: Round, before: dict[str, float]) -> str:
    """A round as Markdown, for the log viewer."""
    lines = [f"### Round {done.round}", "", "| | hypothesis | before | now |", "|---|---|---:|---:|"]
    for each in sorted(done.hypotheses, key=lambda each: -each.probability):
        words = shortened(each.hypothesis, _CELL).replace("|", "\\|").replace("\n", " ")
        was = f"{before[each.id]:.2f}" if each.id in before else ""
        lines.append(f"| {each.id} | {words} | {was} | {each.probability:.2f} |")
    if done.experiment:
        lines += ["", "**Experiment.** " + done.experiment, "", "**Outcome.** " + done.outcome]
    return "\n".join(lines)
