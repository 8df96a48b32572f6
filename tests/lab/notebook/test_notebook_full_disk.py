"""On a disk that is full a notebook stays in memory and in the log, which says so."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.event import InfoEvent
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.environment import Environment
from seer_evals.lab import Lab, close_lab, lab_sample, open_lab
from seer_evals.lab.notebook import (
    CellResult,
    NotebookDocument,
    NotebookSession,
    notebooks_in,
)
from seer_evals.lab.notebook._execution import Execution
from seer_evals.lab.notebook._records import Records
from tests.lab.notebook.conftest import said


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_on_a_full_disk_cells_are_kept_in_memory_and_the_log_and_it_is_said(
    session: NotebookSession, disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[dict[str, Any]] = []
    document = NotebookDocument(disk / "main.ipynb")
    records = Records(document, seen.append)
    execution = Execution(session._channel, records)

    async def run(code: str) -> CellResult:
        return await execution.execute(document.add_code(code), code, 60, None)

    await run("'before'")
    (disk / "ballast").write_bytes(bytes(56 * 1024))
    large = await run("'first ' + 'x' * 20_000")
    assert large.status == "ok" and (await run("'second'")).status == "ok"
    assert "No space left" in document.unsaved and "No space left" in seen[-1]["metadata"]["seer"]["unsaved"]
    assert all(word in json.dumps(seen[-1]) for word in ("before", "first", "second"))
    assert len([record for record in caplog.records if "is only in the log" in record.message]) == 1
    kept = said(document)
    assert len(kept["cells"]) < 3, "what is on the disk is the notebook of before, and whole"
    (disk / "ballast").unlink()
    await run("'third'")
    assert all(word in document.path.read_text() for word in ("before", "first", "second", "third"))
    assert "seer" not in document.as_dict()["metadata"]


def test_a_disk_that_is_full_from_the_start_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "main.ipynb"
    path.write_text("older")
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.symlink_to("/dev/full")
    document = NotebookDocument(path)
    assert document.unsaved and path.read_text() == "older"
    document.add_code("1")
    assert not document.unsaved and path.with_suffix(".previous.ipynb").read_text() == "older"


def test_the_log_says_that_a_notebook_could_not_be_written(tmp_path: Path) -> None:
    @solver
    def filling() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            notebook = Lab.of(state).notebook()
            beside = notebook.path.with_name(f".{notebook.path.name}.{os.getpid()}")
            beside.symlink_to("/dev/full")
            await notebook.markdown("one")
            beside.symlink_to("/dev/full")
            await notebook.markdown("two")
            return state

        return solve

    task = Task([lab_sample("?", Environment(), id="one")], setup=open_lab(), solver=filling(), cleanup=close_lab)
    (log,) = inspect_eval(task, model="mockllm/model", display="none", log_dir=str(tmp_path))
    assert log.status == "success" and log.samples
    noted = [e.data for e in log.samples[0].events if isinstance(e, InfoEvent) and e.source == "lab"]
    assert [dict(each)["notebook"] for each in noted if isinstance(each, dict) and "unsaved" in each] == ["main"]
    assert "two" in json.dumps(notebooks_in(log.samples[0])["main"])
