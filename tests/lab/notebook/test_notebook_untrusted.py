"""What a kernel, or whoever stands in for its host, can say: it costs no later cell, no save and no other sample."""

import base64
import json
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.log import read_eval_log
from inspect_ai.solver import Generate, Solver, TaskState, solver

from benchmarks._stall import watched
from seer_evals.environment import Environment
from seer_evals.lab import Lab, close_lab, lab_sample, open_lab
from seer_evals.lab.notebook import (
    CellResult,
    NotebookError,
    NotebookSession,
    notebooks_in,
    open_notebook,
)
from seer_evals.lab.notebook._outputs import MAX_OUTPUTS, outputs_in
from seer_evals.lab.notebook.rendering import render
from tests.lab.notebook.conftest import opened, said

DEEP = "deep = []\nfor _ in range({depth}):\n    deep = [deep]\n"
SHOW = "display({{'application/json': {value}, 'text/plain': 'in words'}}, raw=True)"


def png(width: int, height: int) -> str:
    head = b"\x89PNG\r\n\x1a\n" + struct.pack("!I4sII", 13, b"IHDR", width, height) + b"\x08\x02\0\0\0" + bytes(4)
    return base64.b64encode(head + bytes(4) + b"IEND\xaeB`\x82").decode()


async def is_well(session: NotebookSession) -> bool:
    """The next cell runs as ever, and all that is kept can be written."""
    result = await session.run("print('well'); 6 * 7")
    json.dumps(session.document, ensure_ascii=False).encode()
    nbformat.validate(nbformat.from_dict(json.loads(session.path.read_text(encoding="utf-8"))))
    return "well\n42" in str(render(result))


# --- displays -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [65, 100, 260, 700, 950, 5_000])
async def test_a_display_that_is_nested_too_deep_is_its_text_and_a_note(session: NotebookSession, depth: int) -> None:
    code = "import sys\nsys.setrecursionlimit(100_000)\n" + DEEP.format(depth=depth - 1) + SHOW.format(value="deep")
    result = await session.run(code)
    assert result.status == "ok" and list(result.outputs[0]["data"]) == ["text/plain"]
    assert "in words\n[application/json is nested more than 64 deep, so it is left out]" in str(render(result))
    assert await is_well(session)


async def test_a_display_of_sixty_four_levels_is_kept(session: NotebookSession) -> None:
    result = await session.run(DEEP.format(depth=63) + SHOW.format(value="deep"))
    assert str(result.outputs[0]["data"]["application/json"]) == "[" * 64 + "]" * 64


async def test_an_update_that_is_nested_too_deep_is_a_note(session: NotebookSession) -> None:
    shown = await session.run("display({'text/plain': 'first'}, raw=True, display_id='to-update')")
    update = SHOW.format(value="deep")[:-1] + ", display_id='to-update', update=True)"
    await session.run(DEEP.format(depth=300) + update)
    kept = session.document["cells"][shown.number - 1]
    assert shown.number == kept["metadata"]["seer"]["number"]
    assert kept["outputs"][0]["data"] == {
        "text/plain": "in words\n[application/json is nested more than 64 deep, so it is left out]"
    }


@pytest.mark.parametrize("where", ["{'application/json': huge, 'text/plain': 'x'}", "{'text/plain': 'x'}, {'a': huge}"])
async def test_an_integer_of_five_thousand_digits_costs_no_later_cell(session: NotebookSession, where: str) -> None:
    result = await session.run(f"sys.set_int_max_str_digits(0)\nhuge = 10**5000\ndisplay({where}, raw=True)")
    assert result.status == "ok" and result.duration < 4
    assert await is_well(session)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("list(range(200_000))", "has more than 100,000 values"),
        ("{str(i): i for i in range(110_000)}", "has more than 100,000 values"),
        ("{'\\ud800'.encode('utf-8', 'surrogatepass').decode('utf-8', 'replace'): 1}", "in words"),
        ("'x' * 20_000_000", "too large to keep"),
    ],
)
async def test_a_wide_or_long_display_is_its_text_and_a_note(session: NotebookSession, value: str, words: str) -> None:
    async with watched() as stall:
        result = await session.run(SHOW.format(value=value))
    assert result.status == "ok" and words in str(render(result)) and stall.longest < 1
    assert await is_well(session)


@pytest.mark.parametrize(
    ("mime", "data", "words"),
    [
        ("image/png", "no base64!", "is no base64"),
        ("image/png", "aGVsbG8=", "is no image/png"),
        ("image/png", png(60_000, 60_000), "60,000 x 60,000 pixels"),
        ("image/png", png(0, 10), "0 x 10 pixels"),
        ("image/png", png(10, 10)[:24], "only the beginning"),
        ("image/jpeg", png(10, 10), "is no image/jpeg"),
        ("image/png", ["a", "list"], "is no text in base64"),
    ],
)
async def test_a_picture_that_is_none_is_named(session: NotebookSession, mime: str, data: Any, words: str) -> None:
    result = await session.run(f"display({{{mime!r}: {data!r}, 'text/plain': 'a picture'}}, raw=True)")
    shown = render(result)
    assert isinstance(shown, str) and "a picture" in shown and words in shown


async def test_a_real_picture_of_either_kind_is_shown(session: NotebookSession) -> None:
    code = """
import io, matplotlib.pyplot as plt
from IPython.display import Image
plt.figure(figsize=(1, 1))
for kind in ("png", "jpeg"):
    stream = io.BytesIO()
    plt.savefig(stream, format=kind)
    display(Image(stream.getvalue(), format=kind))
plt.close()
"""
    shown = render(await session.run(code))
    assert [getattr(part, "type", "") for part in shown] == ["text", "image", "image"]


async def test_lines_to_both_streams_in_turns_are_all_kept(session: NotebookSession) -> None:
    result = await session.run("for i in range(4_000): print(i); print(-i, file=sys.stderr)")
    assert len(result.outputs) <= MAX_OUTPUTS
    text = "".join(output["text"] for output in result.outputs)
    assert sorted(map(int, text.split())) == sorted([*range(4_000), *(-i for i in range(4_000))])


async def test_thousands_of_displays_are_bounded(session: NotebookSession) -> None:
    async with watched() as stall:
        result = await session.run("for i in range(5_000): display({'text/plain': str(i)}, raw=True)")
    assert len(result.outputs) == MAX_OUTPUTS + 1 and "4,000 outputs are left out" in str(result.outputs)
    assert result.outputs[-1]["data"]["text/plain"] == "4999" and stall.longest < 1


FORGED = """
kernel = get_ipython().kernel
def forge(kind, content):
    kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())
for kind, content in [
    ("stream", {{}}), ("stream", {{"name": 5, "text": "x"}}), ("stream", {{"name": "stdout", "text": ["x"]}}),
    ("error", {{}}), ("error", {{"ename": 1, "evalue": 2, "traceback": 3}}),
    ("status", {{}}), ("status", {{"execution_state": []}}),
    ("execute_input", {{"execution_count": 10**5000}}), ("execute_input", {{"execution_count": "x"}}),
    ("display_data", {{"data": 5, "metadata": 6}}), ("display_data", {{"data": {{"text/plain": 5}}, "metadata": {{}}}}),
    ("display_data", {{"data": {{}}, "metadata": {{}}, "transient": 7}}),
    ("update_display_data", {{"data": 1, "metadata": 1, "transient": {{"display_id": ["x"]}}}}),
    ("clear_output", {{"wait": []}}), ("nonsense", {{"a": 1}}),
]:
    forge(kind, content)
raw = {raw}
for part in raw:
    kernel.iopub_thread.schedule(lambda part=part: kernel.iopub_thread.socket.send_multipart(part))
print("sent")
"""


async def test_messages_that_no_kernel_sends_cost_no_other_message(session: NotebookSession) -> None:
    raw = "[[b'rubbish'], [b'<IDS|MSG>'], [b'<IDS|MSG>', b'x', b'{', b'1', b'[]', b'2'], [b'\\xff'] * 9, [b'']]"
    result = await session.run(FORGED.format(raw=raw))
    assert "sent" in str(render(result))
    assert await is_well(session)


# --- a whole sample -------------------------------------------------------------------------------------------------


@solver
def showing(code: str) -> Solver:
    """Runs a cell in one of the samples."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        notebook = Lab.of(state).notebook()
        await notebook.run(code if state.sample_id == "attacker" else "1 + 1")
        await notebook.run("'after'")
        return state

    return solve


@pytest.mark.slow
def test_a_deep_display_costs_neither_its_log_nor_the_other_sample(tmp_path: Path) -> None:
    code = DEEP.format(depth=260) + SHOW.format(value="deep") + "\nprint('said')"
    task = Task(
        [lab_sample("?", Environment(), id=name) for name in ("attacker", "other")],
        setup=open_lab(),
        solver=showing(code),
        cleanup=close_lab,
    )
    (written,) = inspect_eval(task, model="mockllm/model", display="none", log_dir=str(tmp_path))
    log = read_eval_log(written.location)
    assert log.status == "success" and log.samples
    assert {str(sample.id) for sample in log.samples if sample.error is None} == {"attacker", "other"}
    for sample in log.samples:
        assert "after" in json.dumps(notebooks_in(sample)["main"])


# --- a forged kernel host -------------------------------------------------------------------------------------------

HOST = """
import os, socket, sys, json
run = sys.argv[1]
try: os.unlink(run + "/kernel_host.sock")
except OSError: pass
listener = socket.socket(socket.AF_UNIX)
listener.bind(run + "/kernel_host.sock")
listener.listen(50)
if os.fork(): os._exit(0)
os.setsid()
for fd in range(3): os.dup2(os.open(os.devnull, os.O_RDWR), fd)
while True:
    connection, _ = listener.accept()
    request = json.loads(connection.makefile().readline())
    answer = open(run + "/answer", "rb").read().replace(b"RUN", str(request.get("run")).encode())
    try: connection.sendall(answer)
    except OSError: pass
    connection.close()
"""
CELL: dict[str, Any] = {
    "run": "RUN",
    "status": "ok",
    "unresponsive": False,
    "execution_count": 1,
    "duration": 0.5,
    "outputs": [],
}
REPORT: dict[str, Any] = {"ok": True, "cell": CELL, "death": None, "log": "", "late": [], "updates": {}}


def cell(**fields: Any) -> str:
    return json.dumps({**REPORT, "cell": {**CELL, **fields}})


def report(**fields: Any) -> str:
    return json.dumps({**REPORT, **fields})


REFUSED = {
    "nothing": "",
    "no JSON": "nonsense",
    "half": report()[:40],
    "a list": "[]",
    "null": "null",
    "a number": "7",
    "no UTF-8": "\xff\xfe{}",
    "deep": "[" * 600 + "]" * 600,
    "deeper": "[" * 200_000,
    "wide": json.dumps({"ok": True, "x": [0] * 2_000_000}),
    "digits": cell(execution_count=77777).replace("77777", "7" * 5_000),
    "no ok": "{}",
    "ok is a text": json.dumps({**REPORT, "ok": "true"}),
    "refusal without error": '{"ok": false}',
    "error is a text": '{"ok": false, "error": "no"}',
    "error of numbers": '{"ok": false, "error": {"type": 1, "message": 2, "log": 3}}',
    "long error": json.dumps({"ok": False, "error": {"type": "X", "message": "x" * 10**6, "log": ""}}),
    "no cell": report(cell=None),
    "cell is a list": report(cell=[]),
    "another run": cell(run="other"),
    "run is a list": cell(run=[]),
    "lone surrogate in status": cell(status="\ud800"),
    "unknown status": cell(status="splendid"),
    "status is a list": cell(status=["ok"]),
    "unresponsive is a number": cell(unresponsive=1),
    "duration is a text": cell(duration="1.5"),
    "negative duration": cell(duration=-1),
    "NaN": cell(duration=float("nan")),
    "infinite": cell(duration=float("inf")),
    "too large for a float": cell(duration=77777).replace("77777", "1e999"),
    "count is true": cell(execution_count=True),
    "negative count": cell(execution_count=-3),
    "count is a fraction": cell(execution_count=1.5),
    "huge count": cell(execution_count=10**400),
    "outputs is a dict": cell(outputs={}),
    "outputs is a text": cell(outputs="x"),
    "death is a number": report(death=7),
    "late is a dict": report(late={}),
    "late is numbers": report(late=[1]),
    "late run is a list": report(late=[{"run": [], "outputs": []}]),
    "updates is a list": report(updates=[1]),
    "updates are numbers": report(updates={"x": 1}),
    "update of a list": report(updates={"x": {"data": [], "metadata": {}}}),
}
STREAM = {"output_type": "stream", "name": "stdout", "text": "x"}
DISPLAY: dict[str, Any] = {"output_type": "display_data", "data": {}, "metadata": {}}
KEPT = {
    "as it should be": cell(outputs=[STREAM]),
    "numbers for outputs": cell(outputs=[5, None, [], "x", {}, {"output_type": []}, {"output_type": "x"}]),
    "stream of no name": cell(outputs=[{**STREAM, "name": "stdlog"}, {**STREAM, "text": 5}]),
    "lone surrogates": cell(outputs=[{**STREAM, "text": "\ud800"}]) + "\n",
    "surrogate for a key": cell(
        outputs=[{"output_type": "display_data", "data": {"\ud800": "\udfff"}, "metadata": {}}]
    ),
    "data is a list": cell(outputs=[{"output_type": "display_data", "data": [], "metadata": {}}]),
    "metadata is a text": cell(outputs=[{"output_type": "display_data", "data": {}, "metadata": "x"}]),
    "no metadata": cell(outputs=[{"output_type": "display_data", "data": {}}]),
    "display of a number": cell(outputs=[{"output_type": "display_data", "data": {"text/plain": 5}, "metadata": {}}]),
    "name of a display": cell(outputs=[{**STREAM, "output_type": "display_data", "data": {}, "transient": 5}]),
    "error of numbers": cell(outputs=[{"output_type": "error", "ename": 1, "evalue": 2, "traceback": 3}]),
    "error of a list": cell(outputs=[{"output_type": "error", "ename": "E", "evalue": "", "traceback": [1]}]),
    "result of a negative count": cell(outputs=[{**DISPLAY, "output_type": "execute_result", "execution_count": -1}]),
    "NUL": cell(outputs=[{**STREAM, "text": "\0"}]),
    "many outputs": cell(outputs=[STREAM, {**STREAM, "name": "stderr"}] * 20_000),
    "keys given twice": '{"ok": false, ' + report()[1:],
    "cells that are not there": report(late=[{"run": "99.9", "outputs": [STREAM]}]),
    "displays that are not there": report(updates={"x": {"data": {"text/plain": "x"}, "metadata": {}}}),
    "more than is asked for": json.dumps({**REPORT, "more": [1, 2, {}]}),
}


@pytest.fixture(scope="module")
async def forged(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Any]:
    """A notebook whose kernel host is a script of the agent's, and what runs a cell with an answer of it."""
    folder = tmp_path_factory.mktemp("forged")
    async with opened("workstation") as other:
        session = await open_notebook(other.sandbox, other.layout, path=folder / "main.ipynb")
        done = await other.sandbox.exec([other.layout.python, "-c", HOST, other.layout.run], timeout=30)
        assert done.success, done.stderr

        async def run(answer: str) -> CellResult:
            data = answer.encode("latin-1" if "\xff" in answer else "utf-8")
            await other.sandbox.write_file(f"{other.layout.run}/answer", data)
            return await session.run("1")

        yield session, run
        await session.close()


@pytest.mark.parametrize("how", REFUSED)
async def test_nonsense_of_a_forged_host_is_an_error_of_the_notebook(forged: Any, how: str) -> None:
    session, run = forged
    with pytest.raises(NotebookError) as raised:
        await run(REFUSED[how])
    str(raised.value).encode()
    assert len(str(raised.value)) < 1_000 or how == "long error"
    assert said(session)["cells"][-1]["metadata"]["seer"]["status"] == "lost"


@pytest.mark.parametrize("how", KEPT)
async def test_outputs_that_cannot_be_held_cost_no_cell(forged: Any, how: str) -> None:
    session, run = forged
    result = await run(KEPT[how])
    assert result.status == "ok"
    json.dumps(render(result), ensure_ascii=False, default=str).encode()
    assert said(session)["cells"][-1]["metadata"]["seer"]["status"] == "ok"


async def test_a_forged_host_cannot_keep_a_notebook_from_being_closed(forged: Any) -> None:
    session, run = forged
    for answer in ("nonsense", "{}", '{"ok": false}'):
        with pytest.raises(NotebookError):
            await run(answer)
        await session.close()


def test_outputs_are_those_of_the_notebook_format() -> None:
    good = [STREAM, {"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {"a": [1]}}]
    assert outputs_in(good) == good
    named = {**good[1], "transient": {"display_id": "x"}}
    assert outputs_in([named]) == [named]
