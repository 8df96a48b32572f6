"""The notebook on disk: numbers, operations, and that nothing that has finished is ever lost."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
from conftest import Place, local_place, stop_host
from inspect_ai.log import EvalSample

from seer_evals.lab.notebook import (
    NotebookDocument,
    NotebookError,
    NotebookSession,
    cell_by_number,
    notebooks_in,
    open_notebook,
)


def numbers(document: NotebookDocument) -> list[int]:
    return [cell["metadata"]["seer"]["number"] for cell in nbformat.read(document.path, as_version=4).cells]


def test_a_cell_keeps_its_number_whatever_happens_around_it(tmp_path: Path) -> None:
    document = NotebookDocument(tmp_path / "n.ipynb")
    for source in "abc":
        document.add_code(source)
    document.add_markdown("top", after=0)
    document.move(1, after=3)
    assert numbers(document) == [4, 2, 3, 1]
    document.delete(2)
    assert document.add_code("d", after=4) == 5
    assert numbers(document) == [4, 5, 3, 1]
    with pytest.raises(NotebookError, match="no cell 2; the notebook has the cells 4, 5, 3, 1"):
        document.delete(2)


def test_every_change_is_on_disk_and_valid(tmp_path: Path) -> None:
    document = NotebookDocument(tmp_path / "n.ipynb")
    document.add_code("print(1)")
    document.set_result(
        1, status="ok", outputs=[{"output_type": "stream", "name": "stdout", "text": "1\n"}], execution_count=1
    )
    document.add_markdown("# Title\ntext")
    on_disk = nbformat.read(document.path, as_version=4)
    nbformat.validate(on_disk)
    assert on_disk == nbformat.from_dict(document.as_dict())
    assert [path.name for path in tmp_path.iterdir()] == ["n.ipynb"]


@pytest.mark.parametrize(
    "output",
    [
        {
            "output_type": "display_data",
            "data": {"text/plain": 3, "application/json": {"a": float("nan")}},
            "metadata": {},
        },
        {"output_type": "stream", "name": "stdout", "text": "half \udc80 character"},
        {"output_type": "error", "ename": "E", "evalue": "\ud800", "traceback": []},
    ],
)
def test_whatever_a_cell_publishes_the_file_stays_valid(tmp_path: Path, output: dict[str, Any]) -> None:
    document = NotebookDocument(tmp_path / "n.ipynb")
    document.add_code("x = '\ud800'")
    document.set_result(1, status="ok", outputs=[output], execution_count=1)
    nbformat.validate(nbformat.read(document.path, as_version=4))


def test_an_older_file_is_kept(tmp_path: Path) -> None:
    NotebookDocument(tmp_path / "n.ipynb").add_markdown("precious")
    NotebookDocument(tmp_path / "n.ipynb")
    assert "precious" in (tmp_path / "n.previous.ipynb").read_text()


def test_a_snapshot_does_not_change_later(tmp_path: Path) -> None:
    document = NotebookDocument(tmp_path / "n.ipynb")
    document.add_code("1")
    snapshot = document.as_dict()
    before = json.dumps(snapshot)
    document.set_result(1, status="error", outputs=[], execution_count=1)
    document.delete(1)
    assert json.dumps(snapshot) == before


async def test_an_errored_cell_is_stored_as_errored_with_its_traceback(session: NotebookSession) -> None:
    result = await session.run("1/0")
    cell = cell_by_number(json.loads(session.path.read_text()), result.number)
    assert cell is not None
    assert cell["metadata"]["seer"]["status"] == "error"
    assert cell["outputs"][0]["output_type"] == "error" and cell["outputs"][0]["traceback"]
    assert "1/0" not in json.dumps(json.loads(session.path.read_text())["metadata"])


async def test_the_notebook_from_a_log_runs_again_with_nbclient(session: NotebookSession) -> None:
    await session.markdown("# A small study")
    await session.run("total = sum(range(10))\ntotal")
    store = {"seer:notebooks": {"main": json.loads(json.dumps(session.document))}}
    sample = EvalSample(id=1, epoch=1, input="", target="", store=store)
    notebook = notebooks_in(sample)["main"]
    nbclient.NotebookClient(notebook, kernel_name="python3", allow_errors=True).execute()
    assert notebook.cells[-1].outputs[0].data["text/plain"] == "45"


async def test_editing_replaces_code_and_outputs_and_deleting_removes(session: NotebookSession) -> None:
    broken = await session.run("prnt('x')")
    mended = await session.edit(broken.number, "print('x')")
    assert mended.number == broken.number and mended.status == "ok"
    note = await session.markdown("draft", after=broken.number)
    await session.edit(note, "final")
    cells = json.loads(session.path.read_text())["cells"]
    assert [cell["source"] for cell in cells][-2:] == [["print('x')"], ["final"]]
    await session.delete(note)
    assert not session.has_cell(note)


async def test_inserting_and_moving_order_the_file(session: NotebookSession) -> None:
    first = (await session.run("'first'")).number
    second = (await session.run("'second'")).number
    between = (await session.insert(first, "'between'")).number
    await session.move(first, after=second)
    order = [cell["id"] for cell in session.document["cells"]][-3:]
    assert order == [f"cell-{number}" for number in (between, second, first)]


async def test_on_change_gets_the_notebook_after_every_change(place: Place, tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []
    session = await open_notebook(
        place.sandbox, place.layout, name="watched", path=tmp_path / "n.ipynb", on_change=seen.append
    )
    await session.run("1 + 1")
    await session.markdown("two")
    assert seen[-2]["cells"][0]["outputs"][0]["data"]["text/plain"] == "2"
    assert seen[-1] == session.document
    await session.close()


async def test_a_killed_evaluation_loses_no_finished_cell(tmp_path: Path) -> None:
    place = local_place()
    program = textwrap.dedent(f"""
        import asyncio, os, signal
        from pathlib import Path
        from inspect_ai.util._sandbox.local import LocalSandboxEnvironment
        from seer_evals.lab.notebook import open_notebook
        from seer_evals.sandboxes import Layout

        async def main():
            path = Path({str(tmp_path / "n.ipynb")!r})
            session = await open_notebook(LocalSandboxEnvironment(), {place.layout!r}, path=path)
            for number in range(3):
                await session.run(f"print({{number}})")
            await session.markdown("conclusion")
            await session.run("import time; time.sleep(60)", wait=0.2)
            os.kill(os.getpid(), signal.SIGKILL)

        asyncio.run(main())
    """)
    path = os.pathsep.join(sys.path)
    ended = subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": path}, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    notebook = nbformat.read(tmp_path / "n.ipynb", as_version=4)
    assert [cell.outputs[0].text for cell in notebook.cells[:3]] == ["0\n", "1\n", "2\n"]
    assert notebook.cells[3].source == "conclusion"
    assert notebook.cells[4].metadata.seer.status == "running"
    await stop_host(place)
    time.sleep(0.2)
