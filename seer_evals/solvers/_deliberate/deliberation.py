"""The steps of a deliberation: propose, design, run, update."""

from inspect_ai.log import transcript
from inspect_ai.model import ChatMessage
from inspect_ai.util import span

from seer_evals.reports import Evidence
from seer_evals.solvers._bench import NoAnswer, as_text, ask, quoted, read_prompt
from seer_evals.solvers._deliberate.experiment import Experimenter, Trial
from seer_evals.solvers._deliberate.forms import Beliefs, Candidate, Design, check_beliefs, check_design, usable
from seer_evals.solvers._deliberate.ledger import Ledger


class Deliberation:
    """One agent's hypotheses in one laboratory."""

    def __init__(self, experimenter: Experimenter, ledger: Ledger, messages: list[ChatMessage]) -> None:
        """Its parts.

        Args:
            experimenter: Runs the experiments; its model also does the thinking.
            ledger: Takes what is believed.
            messages: Those of the sample, which the conversations of the experiments are appended to.
        """
        self._experimenter = experimenter
        self._ledger = ledger
        self._messages = messages
        self._model = experimenter.model
        self._question = experimenter.question.strip()
        self._laboratory = quoted("LABORATORY", experimenter.lab.briefing().strip(), None)

    async def propose(self) -> None:
        """State the hypotheses and how probable they are before anything was seen.

        Raises:
            NoAnswer: No valid ones were stated.
        """
        prompt = read_prompt("deliberate_propose", question=self._question, briefing=self._laboratory)
        async with span("propose"):
            beliefs = await ask(self._model, prompt, Beliefs, check_beliefs)
        self._ledger.add(beliefs.hypotheses)

    async def next_round(self) -> None:
        """Design the experiment that tells the hypotheses apart, run it, and move the probabilities.

        Raises:
            NoAnswer: No valid experiment was designed.
        """
        number = len(self._ledger.rounds)
        async with span(f"round {number}"):
            candidate = await self._design()
            trial = await self._experimenter.run(candidate.text(), self._ledger.text(), number)
            self._keep(trial)
            hypotheses, problem = self._ledger.hypotheses, ""
            try:
                hypotheses = (await self._update(candidate, trial)).hypotheses
            except NoAnswer as failure:
                problem = f"\n\nThe probabilities are those of before, since no valid ones were stated: {failure}"
            self._ledger.add(hypotheses, candidate.text(), trial.outcome + problem)

    async def _design(self) -> Candidate:
        prompt = read_prompt(
            "deliberate_design",
            question=self._question,
            briefing=self._laboratory,
            ledger=self._ledger.text(),
            turns=self._experimenter.turns,
        )
        rivals = self._ledger.hypotheses
        design = await ask(self._model, prompt, Design, lambda answer: check_design(answer, rivals))
        ranked = usable(design, rivals)
        lines = [f"- {each.separates:.2f}: {each.experiment}" for each in ranked]
        transcript().info("Experiments by how well they separate:\n\n" + "\n".join(lines), source="deliberate")
        return ranked[0]

    async def _update(self, candidate: Candidate, trial: Trial) -> Beliefs:
        shown = [f"{each.kind} {each.number}: {each.shows}" for each in trial.evidence]
        prompt = read_prompt(
            "deliberate_update",
            question=self._question,
            ledger=self._ledger.text(),
            experiment=quoted("EXPERIMENT", candidate.text()),
            outcome=quoted("OUTCOME", "\n".join([trial.outcome, *shown])),
            conversation=quoted("CONVERSATION", as_text(trial.messages), 40_000),
        )
        before = self._ledger.hypotheses
        return await ask(self._model, prompt, Beliefs, lambda answer: check_beliefs(answer, before))

    def _keep(self, trial: Trial) -> None:
        """Append the conversation to the sample's, where messages that were cited have other numbers."""
        offset = len(self._messages)
        self._messages.extend(trial.messages)
        self._ledger.evidence += [_moved(each, offset) for each in trial.evidence]


def _moved(evidence: Evidence, offset: int) -> Evidence:
    if evidence.kind == "cell":
        return evidence
    return evidence.model_copy(update={"number": evidence.number + offset})
