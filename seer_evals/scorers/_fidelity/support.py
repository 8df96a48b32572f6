"""Is a reported figure to be seen where its author says, and did a model have a part in it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inspect_ai.model import ChatMessageAssistant, ChatMessageTool
from inspect_ai.solver import TaskState

from seer_evals.lab import ENVIRONMENT_KEY, NOTEBOOKS_KEY
from seer_evals.lab.notebook import cell_by_number, output_text
from seer_evals.reports import Figure
from seer_evals.scorers._fidelity.literals import printed_by
from seer_evals.scorers._fidelity.numbers import shown_in
from seer_evals.scorers._fidelity.record import Record, number_of
from seer_evals.studies import AskedFigure, Ran

AROUND = 2
"""Messages on either side of a cited one: an agent that cannot see their numbers miscounts."""
WHERE = {
    "": "",
    "all": " on all tokens",
    "front": " at the front of the prompt",
    "generated": " on generated tokens as well",
}
LOADER = "lab_models"
"""What loads the models in a shell."""


@dataclass(frozen=True)
class Support:
    """Whether a figure counts, and why it does not."""

    figure: str
    problem: str = ""
    """Empty if nothing is wrong with it."""

    @property
    def holds(self) -> bool:
        """It counts."""
        return not self.problem


@dataclass(frozen=True)
class Work:
    """What a sample's agent did."""

    notebooks: Mapping[str, Any]
    messages: Sequence[Any]
    record: Record
    asking: frozenset[str]
    """Modules whose functions ask a model."""

    @staticmethod
    def of(state: TaskState) -> "Work":
        """The work of a sample."""
        scoped = state.metadata.get(ENVIRONMENT_KEY, {}).get("scoped", ())
        asking = frozenset(str(each["name"]) for each in scoped)
        return Work(state.store.get(NOTEBOOKS_KEY, {}), state.messages, Record.of(state), asking)

    @property
    def has_cells(self) -> bool:
        """A code cell was run."""
        return any(cell["cell_type"] == "code" for notebook in self.notebooks.values() for cell in notebook["cells"])


def support(work: Work, figure: Figure, asked: AskedFigure) -> Support:
    """Look a figure up where its author says that it is."""
    if not work.has_cells:
        return Support(figure.name, _in_messages(work, figure) or _not_run(asked, work.record))
    return Support(figure.name, _in_cell(work, figure, asked))


def _not_run(asked: AskedFigure, record: Record) -> str:
    lacking = [each for each in asked.ran if record.has(each) is False]
    return f"nobody ran what it takes: {in_words(lacking[0])}" if lacking else ""


def in_words(wanted: Ran) -> str:
    """What was asked to be run."""
    who = f"`{wanted.model}`" if wanted.model else "a model"
    adapter = f" with the adapter {wanted.adapter}" if wanted.adapter else ""
    edit = {None: "", True: " with an edit", False: " without an edit"}[wanted.edited]
    edit = " with a random direction" if wanted.random else edit
    where = WHERE[wanted.positions]
    what = f" on `{wanted.of}`" if wanted.of else ""
    return f"{who}{what}{adapter}{edit}{where}"


def _in_cell(work: Work, figure: Figure, asked: AskedFigure) -> str:
    if figure.cell is None:
        return "it names no cell whose output shows it"
    found = next(
        (
            (name, cell)
            for name, each in work.notebooks.items()
            if (cell := cell_by_number(each, figure.cell)) is not None
        ),
        None,
    )
    if found is None:
        return f"there is no cell {figure.cell}"
    name, cell = found
    if cell["cell_type"] != "code":
        return f"cell {figure.cell} is text, and text measures nothing"
    if not _is_shown(figure.value, output_text(cell["outputs"])):
        return f"the output of cell {figure.cell} does not show {figure.value:g}"
    return _not_run(asked, work.record) if asked.by_hand else _not_computed(work, figure, asked, name, cell)


def _not_computed(work: Work, figure: Figure, asked: AskedFigure, name: str, cell: Mapping[str, Any]) -> str:
    """Why the cell does not compute the figure, from what it and the cells that it rests on say and ran."""
    ran = _until(work.notebooks[name], cell)
    printed = printed_by([str(each["source"]) for each in ran], work.asking)
    if printed.too_involved:
        return f"the code until cell {figure.cell} is too involved to be followed: loops in loops over written values"
    if not printed.computed:
        return f"cell {figure.cell} prints what somebody wrote down, and nothing that a model did"
    if printed.writes(figure.name, figure.value):
        return f"the code of cell {figure.cell} prints {figure.value:g} as it was written down"
    if printed.from_texts:
        return f"cell {figure.cell} rests on code that stands in a text, which nobody can read: write it as it is"
    problem = _not_run(asked, work.record.within(name, {number_of(ran[i]) for i in printed.cells}))
    elsewhere = "" if _not_run(asked, work.record) else f", neither in cell {figure.cell} nor in those it rests on"
    return f"{problem}{elsewhere}" if problem else ""


def _until(notebook: Mapping[str, Any], cell: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The cells that ran until this one, which comes last."""
    ran = [each for each in notebook["cells"] if each["cell_type"] == "code" and each["id"] != cell["id"]]
    begun = cell["execution_count"] or 0
    # After a restart, nothing of what ran before is there to rest on.
    kernel = cell["metadata"].get("seer", {}).get("kernel")
    same = [each for each in ran if each["metadata"].get("seer", {}).get("kernel") == kernel]
    before = [each for each in same if (each["execution_count"] or 0) <= begun or not begun]
    ordered = sorted(before, key=lambda each: each["execution_count"] or 0)
    return [*ordered, cell]


def _in_messages(work: Work, figure: Figure) -> str:
    """Where there are no cells, what a tool gave back counts: whoever works in a shell shows what it printed."""
    if figure.message is None:
        return "it names no message whose output shows it"
    if not 0 <= figure.message < len(work.messages) + AROUND:
        return f"there is no message {figure.message}"
    around = work.messages[max(0, figure.message - AROUND) : figure.message + AROUND + 1]
    outputs = [m for m in around if isinstance(m, ChatMessageTool) and m.function != "submit_report"]
    calls = _calls(work.messages)
    showing = [each for each in outputs if _is_shown(figure.value, each.text)]
    if not showing:
        return f"no output of a tool around message {figure.message} shows {figure.value:g}"
    shell = any((each.function or "").startswith("bash") for each in outputs)
    if shell and not any(LOADER in text for text in calls.values()):
        return "no command loaded a model"
    if all(_is_written(figure.value, calls.get(each.tool_call_id or "", "")) for each in showing):
        return f"the call before message {figure.message} has {figure.value:g} written in it"
    return ""


def _calls(messages: Sequence[Any]) -> dict[str, str]:
    """The arguments of tool calls, by the calls' ids."""
    return {
        call.id: "\n".join(str(value) for value in call.arguments.values())
        for message in messages
        if isinstance(message, ChatMessageAssistant)
        for call in message.tool_calls or []
    }


def _is_shown(value: float, text: str) -> bool:
    return any(each.is_(value) for each in shown_in(text))


def _is_written(value: float, text: str) -> bool:
    # Whole numbers stand in code for many reasons: a seed, a layer, a count.
    return any(each.is_(value) and each.decimals > 0 for each in shown_in(text))
