"""Finished samples of studies: what an agent did, as the notebook and the kernel's record would have it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageUser, ModelName
from inspect_ai.solver import TaskState
from inspect_ai.tool import ToolCall

from seer_evals.lab import NOTEBOOKS_KEY, REPORT_KEY
from seer_evals.reports import Figure, Finding, Report
from seer_evals.scorers._fidelity import REFERENCE_KEY, Measurement
from seer_evals.studies import STUDY_KEY, Study


def read(of: Mapping[str, tuple[int, int]] | None = None, **state: Any) -> dict[str, Any]:
    """A state of a model in which prompts were read, as it is recorded; by default of a model as it is."""
    texts = max([40, *(hits for hits, _ in (of or {}).values())])
    plain: dict[str, Any] = {"model": "model", "adapter": "", "weights": "loaded", "hooks": False, "edits": []}
    counts = {"passes": texts, "texts": texts, "generated": 0, "prompts": texts, "digest": str(sorted(of or {}))}
    return {**plain, **counts, "of": {name: list(each) for name, each in (of or {}).items()}, **state}


def edit(made: str = "difference of means", **fields: Any) -> dict[str, Any]:
    """An edit that is in force, as it is recorded."""
    usual = {"kind": "Add", "layers": [1], "site": "resid_post", "positions": "all", "strength": 1.0}
    return {**usual, "made": made, **fields}


@dataclass(frozen=True)
class Cell:
    """A cell that ran: its code, what it printed, what the models did in it."""

    source: str
    output: str = ""
    ran: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Sample:
    """A sample of a study that has ended."""

    study: Study
    measured: Measurement
    cells: Sequence[Cell] = ()
    report: Report | None = None
    control: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further metadata."""

    def state(self) -> TaskState:
        """For a scorer."""
        metadata = {STUDY_KEY: self.study.model_dump(mode="json"), "control": self.control, **self.more}
        submitted = ToolCall(id="1", function="submit_report", arguments={})
        messages: list[ChatMessage] = [
            ChatMessageUser(content="?"),
            ChatMessageAssistant(content="", tool_calls=[submitted] if self.report else []),
        ]
        state = TaskState(
            model=ModelName("mockllm/model"), sample_id="s", epoch=1, input="?", messages=messages, metadata=metadata
        )
        state.store.set(REFERENCE_KEY, self.measured.model_dump(mode="json"))
        if self.report is not None:
            state.store.set(REPORT_KEY, self.report.model_dump(mode="json"))
        cells = [as_notebook(number, cell) for number, cell in enumerate(self.cells, 1)]
        state.store.set(NOTEBOOKS_KEY, {"main": {"cells": cells}})
        return state


def as_notebook(number: int, cell: Cell) -> dict[str, Any]:
    about = {"number": number, "status": "ok", "kernel": 1, **({"ran": list(cell.ran)} if cell.ran else {})}
    outputs = [{"output_type": "stream", "name": "stdout", "text": cell.output}] if cell.output else []
    kind = {"cell_type": "code", "execution_count": number, "outputs": outputs}
    return {"id": f"cell-{number}", "source": cell.source, "metadata": {"seer": about}, **kind}


def report(figures: Mapping[str, float], *, effect: bool = True, cell: int | None = 1) -> Report:
    """What an agent reports: figures that one cell shows, and a finding if there is an effect."""
    findings = (Finding(claim="There is one.", confidence=0.9),) if effect else ()
    given = tuple(Figure(name=name, value=value, cell=cell) for name, value in figures.items())
    return Report(nothing_unusual=not effect, answer="See.", findings=findings, figures=given)
