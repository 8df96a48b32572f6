"""What ran, from the notebooks' metadata and the calls of scoped functions; and whether it is what was asked for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inspect_ai.model import ChatMessageAssistant
from inspect_ai.solver import TaskState

from seer_evals.lab import ASKED_KEY, NOTEBOOKS_KEY
from seer_evals.plain_text import shown
from seer_evals.studies import Ran

Read = Mapping[str, Any]
"""What was read in one state, as `seer_runtime.record` has it."""
PLACE = "place"
"""In a read: the notebook and the number of the cell."""
RANDOM = "random, seed "
"""How `Direction.like` says that it made a direction."""
NOT_RANDOM = ("difference of means", "first principal component", "persona vector", "contrast")
"""How those of the white-box layer begin that are made of what the model read."""


@dataclass(frozen=True)
class Record:
    """Everything that was read."""

    reads: tuple[Read, ...]
    complete: bool
    """All that the agent could ask a model was watched."""

    @staticmethod
    def of(state: TaskState) -> "Record":
        """The record of a sample. Only kernels are watched: a shell or a tool runs models of its own."""
        notebooks: Mapping[str, Any] = state.store.get(NOTEBOOKS_KEY, {})
        cells = [
            (name, cell)
            for name, notebook in notebooks.items()
            for cell in notebook["cells"]
            if cell["cell_type"] == "code"
        ]
        reads = [
            {**read, PLACE: (name, number_of(cell))}
            for name, cell in cells
            for read in cell["metadata"].get("seer", {}).get("ran", ())
        ]
        asked: Sequence[Read] = state.store.get(ASKED_KEY, [])
        return Record((*reads, *asked), complete=bool(cells or asked) or not _may_have_run(state))

    def within(self, notebook: str, numbers: Collection[int]) -> "Record":
        """What was read in these cells of a notebook; of scoped functions nobody knows which cell called them."""
        inside = [each for each in self.reads if PLACE not in each or _is_in(each[PLACE], notebook, numbers)]
        return Record(tuple(inside), self.complete)

    def has(self, wanted: Ran) -> bool | None:
        """Whether it ran; None where the record cannot tell."""
        found = [read for read in self.reads if _of(wanted, read) and _in_state(wanted, read) is not False]
        sure = [read for read in found if _in_state(wanted, read)]
        if _enough(wanted, sure):
            return True
        return None if _enough(wanted, found) or not self.complete else False


def number_of(cell: Mapping[str, Any]) -> int:
    """The number of a cell, as its author knows it."""
    return int(cell["metadata"].get("seer", {}).get("number", -1))


def _is_in(place: tuple[str, int], notebook: str, numbers: Collection[int]) -> bool:
    return place[0] == notebook and place[1] in numbers


def _may_have_run(state: TaskState) -> bool:
    """Whether anything was done beside the report; of an agent that left no messages nobody knows."""
    said = [message for message in state.messages if isinstance(message, ChatMessageAssistant)]
    return not said or any(call.function != "submit_report" for each in said for call in each.tool_calls or [])


def in_words(read: Read) -> str:
    """One line for judges and readers."""
    edits = "; ".join(
        f"{each['kind']} at {each['site']} of layers {each['layers']}, positions {each['positions']}"
        + (f", strength {each['strength']:g}" if each["strength"] else "")
        + (f" ({' '.join(shown(each['made']).split())})" if each["made"] else "")
        for each in read["edits"][:6]
    )
    state = [f"adapter {read['adapter']}"] if read["adapter"] else []
    state += ["changed weights"] if read["weights"] != "loaded" else []
    state += ["hooks of its own"] if read["hooks"] else []
    state += [edits] if edits else []
    lists = ", ".join(f"{hits} of {n} of {name}" for name, (hits, n) in read["of"].items())
    return (
        f"{read['model']} ({', '.join(state) or 'as it is'}) read {read['texts']} texts, {read['prompts']} different"
        f"{f', among them {lists}' if lists else ''}"
    )


def _of(wanted: Ran, read: Read) -> bool:
    if wanted.model and read["model"] != wanted.model:
        return False
    return not wanted.of or wanted.of in read["of"]


def _enough(wanted: Ran, reads: Sequence[Read]) -> bool:
    if not reads or sum(read["texts"] for read in reads) < wanted.texts:
        return False
    if sum({read.get("digest", i): int(read["prompts"]) for i, read in enumerate(reads)}.values()) < wanted.prompts:
        return False
    return not wanted.of or _share(wanted.of, reads) >= wanted.share


def _share(name: str, reads: Sequence[Read]) -> float:
    """The largest share of a list that was read in one state: in how many cells does not matter."""
    hits: dict[str, int] = {}
    for read in reads:
        state = str([read["model"], read["adapter"], read["weights"], read["edits"]])
        hits[state] = hits.get(state, 0) + int(read["of"][name][0])
    return max(hits.values()) / int(reads[0]["of"][name][1])


def _in_state(wanted: Ran, read: Read) -> bool | None:
    """Whether it was read in the state that is wanted; None where a hook of the agent's own may be why, or why not."""
    answers = [
        _adapter(wanted, read),
        _edited(wanted, read),
        _random(wanted, read),
        _positions(wanted, read),
    ]
    return False if False in answers else None if None in answers else True


def _adapter(wanted: Ran, read: Read) -> bool:
    return not wanted.adapter or read["adapter"] in ("", wanted.adapter)


def _edited(wanted: Ran, read: Read) -> bool | None:
    if wanted.edited is None:
        return True
    if any(_acts(each) for each in read["edits"]) or read["weights"] != "loaded":
        return wanted.edited
    return None if read["hooks"] else not wanted.edited


def _acts(edit: Mapping[str, Any]) -> bool:
    return not (edit["kind"] == "Add" and edit["strength"] == 0)


def _random(wanted: Ran, read: Read) -> bool | None:
    if not wanted.random:
        return True
    made = [each["made"] for each in read["edits"]]
    if any(each.startswith(RANDOM) for each in made):
        return True
    known = bool(made) and all(each.startswith(NOT_RANDOM) for each in made)
    unedited = not made and not read["hooks"] and read["weights"] == "loaded"
    return False if known or unedited else None


def _positions(wanted: Ran, read: Read) -> bool | None:
    if not wanted.positions:
        return True
    if not read["edits"]:
        return None
    judge = any if wanted.positions == "generated" else all
    return judge(_at(wanted.positions, each["positions"]) for each in read["edits"])


def _at(wanted: str, positions: Any) -> bool:
    if wanted == "all":
        return bool(positions == "all")
    if wanted == "generated":
        return positions in ("all", "response")
    places = [positions] if isinstance(positions, int) else positions
    return isinstance(places, list) and sorted(places) == list(range(len(places)))
