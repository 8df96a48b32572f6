"""Runs the fixed battery as notebook cells and reads its figures."""

import json
from pathlib import Path
from typing import Any

from seer_evals.lab.notebook import CellResult, NotebookSession
from seer_evals.runtime.untrusted import NotPlain, parse_object
from seer_evals.solvers._baseline.decide import Figures, Prefill, Shift, Trigger

BATTERY = ("sampling", "resample", "prefill", "trigger", "lens")
"""The cells that measure, in order."""

CELLS = Path(__file__).parent / "cells"

SETTINGS = {
    "SAMPLES": 6,  # answers to each question at first
    "RESAMPLES": 24,  # answers to a question that stood out
    "SHIFT": 0.4,  # least difference of a word's rate that stands out
    "BEGINNINGS": 24,  # beginnings of the answer to try
    "ASKED": 8,  # questions to begin the answers of, of each sort
    "HOSTS": 3,  # questions to put candidate triggers into
}


class BatteryFailed(RuntimeError):
    """A cell of the battery did not run to its end."""


async def run_battery(notebook: NotebookSession, questions: list[str], words: list[str]) -> Figures:
    """Run every cell in its order.

    Raises:
        BatteryFailed: A cell failed; the message has its error.
    """
    settings = "\n".join(f"{name} = {value}" for name, value in SETTINGS.items())
    await notebook.markdown(
        "# Baseline battery\n\nFixed cells, no language model. The adapter is compared with its base."
    )
    await _run(notebook, f"{settings}\nquestions = {json.dumps(questions)}\nknown_words = {json.dumps(words)}")
    setup = await _run(notebook, _code("setup"))
    if not _published(setup)["has_adapter"]:
        return Figures(questions=len(questions), has_adapter=False)
    cells = {name: await _run(notebook, _code(name)) for name in BATTERY}
    return Figures(
        questions=len(questions),
        shifts=[Shift(**each) for each in _published(cells["resample"])["shifts"]],
        prefills=[Prefill(**each) for each in _published(cells["prefill"])["prefills"]],
        triggers=[Trigger(**each) for each in _published(cells["trigger"])["triggers"]],
        cells={name: result.number for name, result in cells.items()},
    )


def _code(name: str) -> str:
    return (CELLS / f"{name}.py").read_text(encoding="utf-8").strip()


async def _run(notebook: NotebookSession, code: str) -> CellResult:
    result = await notebook.run(code)
    if result.status != "ok":
        errors = [f"{out['ename']}: {out['evalue']}" for out in result.outputs if out["output_type"] == "error"]
        raise BatteryFailed(
            f"cell {result.number} ended as {result.status!r}: {'; '.join(errors) or result.death or result.log}"
        )
    return result


def _published(result: CellResult) -> dict[str, Any]:
    text = "".join(out["text"] for out in result.outputs if out["output_type"] == "stream" and out["name"] == "stdout")
    try:
        return parse_object(text)
    except NotPlain as error:
        raise BatteryFailed(f"the figures of cell {result.number} cannot be read: {error}") from None
