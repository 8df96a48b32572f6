"""What the reflection model is told: the best text so far, what came of it on the search's organisms, the worst runs.

It never sees what an organism hides: every name is struck out of what it is shown (`Wall.scrubbed`), and organisms are
numbered, since their ids would tell those that a later text is proved on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inspect_ai.log import EvalSample, list_eval_logs, read_eval_log
from inspect_ai.model import ChatMessage, ChatMessageAssistant

from seer_evals.experiments._grounds import Grounds
from seer_evals.experiments._leaks import Wall
from seer_evals.experiments._proposing import Kept
from seer_evals.experiments._results import Arm, organism_of
from seer_evals.prompting import Folder, quoted, shortened, unmarked

HERE = Folder.of(__file__)
WORST = 2
"""Organisms of which the runs are shown."""
RUN, EXPLAINED, EARLIER = 6000, 1200, 3000
"""Characters of a run, of a score's explanation, and of an earlier text."""
_MARKS = r"\[?\s*(?:system|user|assistant|tool)\b|(?:model|score|run)\s*\d*\s*:"


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
