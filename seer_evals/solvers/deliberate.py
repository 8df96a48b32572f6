"""`deliberate`: rival hypotheses with probabilities, and experiments that are chosen to tell them apart."""

from inspect_ai.log import transcript
from inspect_ai.model import ChatMessageAssistant
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.lab import Lab
from seer_evals.parameters import Share, checked
from seer_evals.prompting import prompted
from seer_evals.solvers._bench import NoAnswer, agent_model, refuse_without_models
from seer_evals.solvers._bench.prompts import PROMPTS
from seer_evals.solvers._deliberate.conclude import conclude
from seer_evals.solvers._deliberate.deliberation import Deliberation
from seer_evals.solvers._deliberate.experiment import Experimenter
from seer_evals.solvers._deliberate.ledger import Ledger


@solver
@checked
@prompted(PROMPTS)
def deliberate(rounds: int = 5, turns: int = 12, certainty: float = 0.95, compaction: Share = 0.9) -> Solver:
    """One agent (role `auditor`) whose reasoning is explicit.

    It proposes hypotheses that exclude each other, with probabilities; designs experiments and says what each
    hypothesis predicts; runs the one that separates best; and moves the probabilities. The report is written from the
    ledger when one hypothesis is certain enough, the rounds are used up, or a limit ends the run after an experiment:
    it claims the most probable hypothesis, with its probability as confidence. The rounds are in the store under
    `seer:hypotheses` (`seer_evals.hypotheses`), and in the transcript as tables.

    Args:
        rounds: Experiments at most; there is at least one.
        turns: Replies that the agent may give in each experiment; what it states between them does not count.
        certainty: Probability of one hypothesis at which to stop.
        compaction: Share of the context window at which older messages are compacted.
    """
    if rounds < 1 or turns < 1:
        raise ValueError(f"rounds and turns must be at least 1, got {rounds} and {turns}")
    if not 0.5 < certainty <= 1:
        raise ValueError(f"certainty is a probability above 0.5 and at most 1, got {certainty}")
    refuse_without_models("deliberate")

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab, ledger = Lab.of(state), Ledger(state.store)
        experimenter = Experimenter(lab, agent_model(), state.input_text, turns, compaction)
        deliberation = Deliberation(experimenter, ledger, state.messages)
        try:
            await deliberation.propose()
            while len(ledger.rounds) <= rounds:
                await deliberation.next_round()
                if ledger.last.leading.probability >= certainty:
                    break
        except NoAnswer as failure:
            transcript().info(f"The deliberation ended early: {failure}", source="deliberate")
        finally:
            if len(ledger.rounds) > 1:
                report = conclude(lab, ledger)
                lab.submit(report)
                state.output.completion = report.answer
        if lab.report is not None:
            said = ChatMessageAssistant(content=lab.report.markdown(), model="deliberate", source="generate")
            state.messages.append(said)
        return state

    return solve
