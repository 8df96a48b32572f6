"""Running one experiment: an investigator with the laboratory, a few turns, and a result to record."""

from dataclasses import dataclass

from inspect_ai.agent import run
from inspect_ai.model import ChatMessage, Model
from inspect_ai.util import turn_limit

from seer_evals.lab import Lab
from seer_evals.reports import Evidence
from seer_evals.solvers._bench import Bench, as_text, investigator, read_prompt, replies, shortened
from seer_evals.solvers._deliberate.outcome import RECORD, Outcome, record_outcome

THERE = "The notebook has these cells from earlier experiments, and its kernel has their variables:\n\n{outline}"
UNRECORDED = "Nothing was recorded: {why}. The last that was done and seen:\n\n{last}"


@dataclass(frozen=True)
class Trial:
    """An experiment that was run."""

    outcome: str
    evidence: tuple[Evidence, ...]
    messages: tuple[ChatMessage, ...]


@dataclass(frozen=True)
class Experimenter:
    """Who runs experiments, and with what."""

    lab: Lab
    model: Model
    question: str
    turns: int
    compaction: float

    async def run(self, experiment: str, ledger: str, number: int) -> Trial:
        """Run an experiment. One that is not finished within its turns has an outcome that says so.

        Args:
            experiment: What to do, and what is predicted.
            ledger: What was done and believed before.
            number: Of the experiment, from 1.
        """
        outcome = Outcome()
        bench = Bench(
            model=self.model,
            tools=self.lab.tools(),
            submit=record_outcome(self.lab, outcome),
            submit_name=RECORD,
            max_turns=self.turns,
            compaction=self.compaction,
            name=f"experiment {number}",
            numbered=self.lab.cites_messages,
        )
        agent = await investigator(bench, self._instructions(ledger))
        asked = f"The experiment:\n\n{experiment}"
        state, limit = await run(agent, asked, [turn_limit(self.turns)], name=bench.name)
        text = outcome.text
        if not text:
            used_up = limit is not None or replies(state.messages) >= self.turns
            why = f"the {self.turns} turns were used up" if used_up else "the agent stopped"
            text = UNRECORDED.format(why=why, last=as_text(state.messages[-4:], 3000))
        return Trial(text, tuple(outcome.evidence), tuple(state.messages))

    def _instructions(self, ledger: str) -> str:
        in_notebook = self.lab.plan.session.name == "notebook"
        cells = in_notebook and self.lab.notebook().document["cells"]
        outline = THERE.format(outline=shortened(self.lab.notebook().outline(), 8000)) if cells else ""
        return read_prompt(
            "deliberate_experiment",
            question=self.question.strip(),
            turns=self.turns,
            ledger=ledger,
            notebook=outline,
            briefing=self.lab.briefing(),
        )
