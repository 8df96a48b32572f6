"""A language model as the supervisor."""

from inspect_ai.model import Model

from seer_evals.solvers._bench import NoAnswer, ask, quoted, read_prompt
from seer_evals.solvers._supervisor.checkpoint import Checkpoint, Remark, Review, Supervisor, Verdict


def model_supervisor(model: Model) -> Supervisor:
    """A supervisor that is asked anew at each checkpoint, with what was said before."""

    async def decide(checkpoint: Checkpoint) -> Verdict:
        form: type[Remark] | type[Review] = Remark if checkpoint.report is None else Review
        try:
            answer: Remark | Review = await ask(model, prompt_for(checkpoint), form)
        except NoAnswer as failure:
            return Verdict(checkpoint.silent, problem=str(failure))
        said = "" if answer.decision == checkpoint.silent else answer.message.strip()
        return Verdict(answer.decision, said, answer.assessment)

    return decide


def prompt_for(checkpoint: Checkpoint) -> str:
    """What the model is asked."""
    parts = {
        "question": checkpoint.question.strip(),
        "briefing": quoted("LABORATORY", checkpoint.briefing.strip(), None),
        "conversation": quoted("CONVERSATION", checkpoint.conversation, 40_000),
        "turn": checkpoint.turn,
        "max_turns": checkpoint.max_turns,
        "before": "; ".join(f"“{said}”" for said in checkpoint.before) or "nothing",
    }
    if checkpoint.report is None:
        return read_prompt("supervisor_checkpoint", trigger=quoted("NOTICED", checkpoint.trigger, 2000), **parts)
    report = quoted("REPORT", checkpoint.report.markdown())
    return read_prompt(
        "supervisor_report",
        report=report,
        cited=quoted("CITED", checkpoint.cited, 40_000),
        trigger=quoted("NOTICED", checkpoint.trigger, 2000),
        returns_left=checkpoint.returns_left,
        **parts,
    )
