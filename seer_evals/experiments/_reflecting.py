"""Texts that a model proposes, after a look at what the best one so far did on the search's organisms.

Each proposal is a task of Inspect's with one sample, so that it is logged, priced and, begun again, not asked for
twice. The model never sees what an organism hides: every name is struck out of what it is shown (`Wall.scrubbed`), and
organisms are numbered, since their ids would tell those that a later text is proved on.

The optimiser is the one of `_searching.py`, and not `gepa` (0.1.4), though its adapter could be written: it starts from
one text, where here files are searched as well; it takes a text because of a larger sum on three samples, where a
sample here costs a laboratory and a child process, and the unit is the organism; what it proposes goes straight to be
evaluated, with no place for a wall between; and it resumes from a pickle of its own, beside logs that say the same.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalLog, EvalSample, list_eval_logs, read_eval_log
from inspect_ai.model import ChatMessage, ChatMessageAssistant, Model, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from pydantic import BaseModel, Field

from seer_evals.experiments._grounds import Grounds
from seer_evals.experiments._leaks import Wall
from seer_evals.experiments._results import Arm, organism_of
from seer_evals.inspect_private import PrerequisiteError
from seer_evals.prompting import Folder, NoAnswer, ask, placeholders, quoted, shortened, unmarked

HERE = Folder.of(__file__)
SKILL = "SKILL.md"
PROPOSAL = "seer:proposal"
"""In the sample's store: the text that was proposed."""
WORST = 2
"""Organisms of which the runs are shown."""
RUN, EXPLAINED, EARLIER, TEXT = 6000, 1200, 3000, 40_000
"""Characters of a run, of a score's explanation, of an earlier text, and of a text that is proposed."""
_MARKS = r"\[?\s*(?:system|user|assistant|tool)\b|(?:model|score|run)\s*\d*\s*:"
_HEADER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


class Proposal(BaseModel):
    """What the model answers."""

    reasons: str
    text: str = Field(min_length=1, max_length=TEXT)


def propose(model: Model | str, prompt: str, kept: "Kept", folder: Path) -> str | None:
    """A text that the model proposes; none if it gave none that fits. It is asked once, whoever begins again.

    Args:
        model: Who is asked.
        prompt: What it is told.
        kept: What its text has to keep.
        folder: For the log.
    """
    log = _logged(folder)
    if log is None:
        task = Task([Sample(input=prompt, id="proposal")], solver=proposing(kept), name="proposal")
        (log,) = eval(task, model=model, log_dir=str(folder), display="none", fail_on_error=False)
    if log.status == "error":
        raise PrerequisiteError(f"the reflection could not be run: {log.error.message if log.error else 'see its log'}")
    return next((str(text) for each in log.samples or [] if (text := each.store.get(PROPOSAL))), None)


@solver
def proposing(kept: "Kept") -> Solver:
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


@dataclass(frozen=True)
class Shown:
    """What the model is shown of the best text so far.

    Attributes:
        file: The component's.
        text: Of the candidate.
        kept: What a new text has to keep.
        scored: The value that is compared.
        arm: What came of the candidate on the search's organisms.
        logs: Folders with its logs.
        before: Texts that were not better.
    """

    file: str
    text: str
    kept: Kept
    scored: str
    arm: Arm
    logs: Sequence[Path]
    before: Sequence[str]


def prompt_for(grounds: Grounds, shown: Shown) -> str:
    """What the model is told; nothing in it names what an organism hides."""
    wall, scored = grounds.wall, shown.scored
    numbers = {organism: number for number, organism in enumerate(grounds.search, 1)}
    means = {organism: _mean(shown.arm, organism, scored) for organism in numbers}
    worst = sorted(numbers, key=lambda organism: means[organism])[:WORST]
    samples = [each for each in _samples(shown.logs) if each.epoch == 1 and organism_of(str(each.id)) in worst]
    return HERE.prompt(
        "reflecting",
        file=shown.file,
        text=quoted("TEXT", shown.text, None),
        asked=quoted("QUESTION", wall.scrubbed("\n\n".join(grounds.asked)), RUN),
        scored=scored,
        outcomes="\n".join(f"- model {numbers[each]}: {means[each]:.2f}" for each in numbers),
        worst="\n\n".join(_run(each, numbers, wall) for each in samples) or "(none was logged)",
        before="\n\n".join(quoted("TEXT", each, EARLIER) for each in shown.before) or "(none)",
        keep=str(shown.kept),
    )


def _mean(arm: Arm, organism: str, scored: str) -> float:
    samples = [values for (_, id, _), values in arm.samples.items() if organism_of(id) == organism]
    found = [values[scored] for values in samples if scored in values]
    return sum(found) / len(found) if found else 0.0


def _samples(logs: Sequence[Path]) -> list[EvalSample]:
    found = [read_eval_log(each) for folder in logs for each in list_eval_logs(str(folder))]
    return [sample for log in found for sample in log.samples or [] if not sample.error]


def _run(sample: EvalSample, numbers: dict[str, int], wall: Wall) -> str:
    organism = organism_of(str(sample.id))
    who = f"model {numbers[organism]}" + ("" if organism == str(sample.id) else ", its clean twin")
    explained = {name: score.explanation for name, score in (sample.scores or {}).items() if score.explanation}
    said = [f"{name}: {shortened(text, EXPLAINED)}" for name, text in explained.items()]
    messages = "\n\n".join(map(_message, sample.messages))
    shown = wall.scrubbed("\n".join(said)), wall.scrubbed(shortened(messages, RUN))
    return f"Of {who}:\n\n{quoted('SCORES', shown[0])}\n\n{quoted('RUN', shown[1])}"


def _message(message: ChatMessage) -> str:
    calls = message.tool_calls or [] if isinstance(message, ChatMessageAssistant) else []
    called = "".join(f"\n(calls {call.function}: {call.arguments})" for call in calls)
    return f"[{message.role}] {unmarked(message.text, _MARKS)}{called}"
