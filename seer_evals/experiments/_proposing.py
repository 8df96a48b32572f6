"""A text that a model proposes in the place of another, by a task of Inspect's.

So it is logged and priced, and asked for once, whoever begins again.

What is searched with it is `_searching.py`, and not `gepa` (0.1.4), though its adapter could be written: it starts from
one text, where here files are searched as well; it takes a text because of a larger sum on three samples, where a
sample here costs a laboratory and a child process, and the unit is the organism; what it proposes goes straight to be
evaluated, with no place for a wall between; and it resumes from a pickle of its own, beside logs that say the same.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log
from inspect_ai.model import Model, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from pydantic import BaseModel, Field

from seer_evals.experiments._experiment import ExperimentError
from seer_evals.prompting import NoAnswer, ask, placeholders

SKILL = "SKILL.md"
PROPOSAL = "seer:proposal"
"""In the sample's store: the text that was proposed."""
TEXT = 40_000
"""Characters of a text at most."""
_HEADER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


class Proposal(BaseModel):
    """What the model answers."""

    reasons: str
    text: str = Field(min_length=1, max_length=TEXT)


@dataclass(frozen=True)
class Kept:
    """What a new text has to keep of the start's.

    Attributes:
        header: With what it begins: the lines between --- of a `SKILL.md`.
        names: The words in braces, in whose place something is put; None where braces are the text's own.
    """

    header: str = ""
    names: frozenset[str] | None = None

    def __str__(self) -> str:
        if self.header:
            return "Begin with the lines between --- of the text above, unchanged."
        listed = ", ".join(f"{{{name}}}" for name in sorted(self.names or ()))
        return f"Something is put in the place of {listed}: have each where it belongs." if listed else ""

    def check(self, proposal: Proposal) -> None:
        """Refuse what has not kept it.

        Raises:
            ValueError: What is missing, or too much.
        """
        if not proposal.text.strip():
            raise ValueError("text: it is empty")
        if not proposal.text.startswith(self.header):
            raise ValueError("text: it does not begin with the lines between --- as they were")
        has = placeholders(proposal.text)
        if self.names is not None and has != self.names:
            raise ValueError(f"text: it has {sorted(has)} in braces, and is to have {sorted(self.names)}")


def kept_of(file: str, start: str) -> Kept:
    """What is to be kept of a text.

    Args:
        file: Its name: of a `SKILL.md` the header stays, of prompts the words in braces.
        start: The text.
    """
    if file != SKILL:
        return Kept(names=frozenset(placeholders(start)))
    header = _HEADER.match(start)
    return Kept(header=header[0] if header else "")


def propose(model: Model | str, prompt: str, kept: Kept, folder: Path) -> str | None:
    """A text that the model proposes; none if it gave none that fits. It is asked once, whoever begins again.

    Args:
        model: Who is asked.
        prompt: What it is told.
        kept: What its text has to keep.
        folder: For the log.

    Raises:
        ExperimentError: It could not be asked.
    """
    log = _logged(folder)
    if log is None:
        task = Task([Sample(input=prompt, id="proposal")], solver=proposing(kept), name="proposal")
        (log,) = eval(task, model=model, log_dir=str(folder), display="none")
    if log.status != "success":
        said = log.error.message if log.error else log.status
        raise ExperimentError(f"{log.eval.model} could not be asked for a text: {said}; mend it, and say it again")
    return next((str(text) for each in log.samples or [] if (text := each.store.get(PROPOSAL))), None)


@solver
def proposing(kept: Kept) -> Solver:
    """Ask for a proposal; the store has its text if there is one."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        try:
            answer = await ask(get_model(), state.input_text, Proposal, kept.check)
        except NoAnswer as error:
            state.output.completion = str(error)
            return state
        state.store.set(PROPOSAL, answer.text)
        state.output.completion = answer.reasons
        return state

    return solve


def _logged(folder: Path) -> EvalLog | None:
    found = [read_eval_log(each) for each in list_eval_logs(str(folder))] if folder.is_dir() else []
    return next((log for log in found if log.status == "success"), None)
