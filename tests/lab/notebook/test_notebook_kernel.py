"""What a cell can do, and what is known of it afterwards."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from seer_evals.environment import Environment
from seer_evals.lab.notebook import CellResult, NotebookError, NotebookSession, open_notebook
from seer_evals.sandboxes.workstation import WorkstationSandbox

EVERYWHERE = True


def text(result: CellResult) -> str:
    return "".join(output.get("text", "") for output in result.outputs if output["output_type"] == "stream")


def value(result: CellResult) -> str:
    return str(result.outputs[-1]["data"]["text/plain"])


async def test_a_cell_returns_its_value_and_the_kernel_keeps_state(session: NotebookSession) -> None:
    await session.run("x = 20")
    result = await session.run("print('hello')\nx + 1")
    assert (result.status, text(result), value(result)) == ("ok", "hello\n", "21")


async def test_an_error_comes_with_its_traceback(session: NotebookSession) -> None:
    result = await session.run("{}['missing']")
    assert result.status == "error"
    assert result.outputs[-1]["ename"] == "KeyError"
    assert any("missing" in line for line in result.outputs[-1]["traceback"])


async def test_a_plot_comes_as_png(session: NotebookSession) -> None:
    result = await session.run("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert result.outputs[-1]["data"]["image/png"].startswith("iVBOR")


async def test_await_shell_commands_and_the_workspace_work(session: NotebookSession) -> None:
    result = await session.run(
        "import asyncio\nawait asyncio.sleep(0)\n!echo from the shell > note.txt\nopen('note.txt').read()"
    )
    assert value(result) == "'from the shell\\n'"


async def test_a_module_in_the_workspace_can_be_imported(session: NotebookSession) -> None:
    result = await session.run("open('helper.py', 'w').write('answer = 42')\nfrom helper import answer\nanswer")
    assert value(result) == "42"


async def test_a_cell_over_its_time_is_interrupted_and_the_state_stays(session: NotebookSession) -> None:
    await session.run("kept = 'still here'")
    started = time.monotonic()
    result = await session.run("import time\nprint('begun')\ntime.sleep(60)", timeout=0.5)
    assert result.status == "timeout" and text(result) == "begun\n"
    assert time.monotonic() - started < 10
    assert value(await session.run("kept")) == "'still here'"


@pytest.mark.slow
async def test_a_cell_that_does_not_react_is_reported_as_still_running(new_session: Callable[..., Any]) -> None:
    session = await new_session("stubborn")
    code = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(60)"
    result = await session.run(code, timeout=0.2)
    assert (result.status, result.unresponsive) == ("running", True)
    with pytest.raises(NotebookError, match="still running"):
        await session.run("1")
    await session.restart()
    assert value(await session.run("1 + 1")) == "2"


async def test_input_says_that_there_is_no_keyboard(session: NotebookSession) -> None:
    result = await session.run("input('name?')")
    assert result.status == "error" and "no keyboard" in result.outputs[-1]["evalue"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os; os._exit(3)", "exited with code 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "was killed by SIGKILL (signal 9)"),
        ("import ctypes; ctypes.string_at(0)", "was killed by SIGSEGV (signal 11)"),
    ],
)
async def test_a_kernel_that_dies_is_reported_within_two_seconds(
    session: NotebookSession, code: str, words: str
) -> None:
    started = time.monotonic()
    result = await session.run(code)
    assert time.monotonic() - started < 2
    assert result.status == "dead" and words in result.death
    cells = len(session.document["cells"])
    with pytest.raises(NotebookError, match="the kernel"):
        await session.run("1")
    assert len(session.document["cells"]) == cells
    await session.restart()
    assert value(await session.run("1 + 1")) == "2"


async def test_interrupt_stops_a_cell_that_another_call_waits_for(session: NotebookSession) -> None:
    async with asyncio.TaskGroup() as group:
        running = group.create_task(session.run("import time\ntime.sleep(60)"))
        await asyncio.sleep(0.5)
        await session.interrupt()
    assert running.result().status == "interrupted"


async def test_waiting_for_less_leaves_the_cell_running(session: NotebookSession) -> None:
    result = await session.run("import time\nprint('begun', flush=True)\ntime.sleep(1.5)\n'done'", wait=0.7)
    assert result.status == "running" and text(result) == "begun\n"
    with pytest.raises(NotebookError, match="still running"):
        await session.run("1")
    ended = await session.wait(10)
    assert ended.status == "ok" and value(ended) == "'done'"


async def test_a_call_that_is_cancelled_does_not_lose_the_cell(session: NotebookSession) -> None:
    with anyio.move_on_after(0.3):
        await session.run("import time\ntime.sleep(1)\nprint('finished')")
    await asyncio.sleep(1.2)
    assert value(await session.run("2")) == "2"
    assert session.document["cells"][-2]["outputs"][0]["text"] == "finished\n"


async def test_late_output_goes_to_the_cell_that_started_the_thread(session: NotebookSession) -> None:
    code = (
        "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.4), print('late', flush=True))).start()"
    )
    starter = await session.run(code)
    other = await session.run("time.sleep(0.8)\nprint('mine')")
    assert text(other) == "mine\n"
    assert [(number, outputs[0]["text"]) for number, outputs in other.late] == [(starter.number, "late\n")]
    assert session.document["cells"][starter.number - 1]["outputs"][0]["text"] == "late\n"


async def test_a_display_can_be_updated_from_a_later_cell(session: NotebookSession) -> None:
    first = await session.run("handle = display('before', display_id=True)")
    await session.run("handle.update('after')")
    (output,) = session.document["cells"][first.number - 1]["outputs"]
    assert output["data"]["text/plain"] == "'after'"


async def test_fifty_megabytes_of_output_arrive_bounded(session: NotebookSession) -> None:
    result = await session.run("print('first')\nfor _ in range(50):\n    print('x' * 1_000_000)\nprint('last')")
    assert result.status == "ok"
    assert text(result).startswith("first\n") and text(result).endswith("last\n")
    assert len(text(result)) < 9 * 2**20 and "too much to keep" in text(result)


async def test_two_kernels_in_one_sandbox_know_nothing_of_each_other(
    session: NotebookSession, new_session: Callable[..., Any]
) -> None:
    other = await new_session("second")
    await session.run("whose = 'main'")
    await other.run("whose = 'second'")
    assert [value(await each.run("whose")) for each in (session, other)] == ["'main'", "'second'"]
    slow = asyncio.create_task(other.run("import time\ntime.sleep(1)"))
    started = time.monotonic()
    await session.run("1")
    assert time.monotonic() - started < 0.9
    await slow


async def test_history_is_kept_in_memory_only(session: NotebookSession) -> None:
    result = await session.run("hist = get_ipython().history_manager\nhist.enabled, str(hist.hist_file)")
    assert value(result) == "(False, ':memory:')"


LISTENING = """
import os
inodes = {line.split()[9] for line in open("/proc/self/net/tcp").readlines()[1:] if line.split()[3] == "0A"}
def own_sockets(pid):
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            yield os.readlink(f"/proc/{pid}/fd/{fd}")
        except OSError:
            pass
[link for pid in (os.getpid(), os.getppid()) for link in own_sockets(pid) if link[8:-1] in inodes]
"""


async def test_neither_kernel_nor_host_listens_on_tcp(session: NotebookSession) -> None:
    assert value(await session.run(LISTENING)) == "[]"


async def test_a_forked_child_prints_into_the_cell(session: NotebookSession) -> None:
    code = "import os\nif os.fork() == 0:\n    print('child', flush=True)\n    os._exit(0)\nos.wait(); print('parent')"
    assert sorted(text(await session.run(code)).split()) == ["child", "parent"]


async def test_a_job_of_a_thread_pool_prints_into_the_cell_that_submitted_it(session: NotebookSession) -> None:
    await session.run("from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)")
    await session.run("pool.submit(print, 'one', flush=True).result()")
    second = await session.run("pool.submit(print, 'two', flush=True).result()")
    assert text(second) == "two\n" and not second.late


async def test_a_kernel_that_ran_out_of_memory_is_told_why(tmp_path: Path) -> None:
    environment = Environment(memory=700)
    await WorkstationSandbox.task_init("startup", environment)
    sandboxes = await WorkstationSandbox.sample_init("task", environment, {})
    try:
        sandbox = sandboxes["default"].as_type(WorkstationSandbox)
        session = await open_notebook(sandbox, sandbox.layout, path=tmp_path / "n.ipynb")
        result = await session.run("hog = []\nwhile True: hog.append(bytearray(16 << 20))", timeout=120)
        assert result.status == "dead"
        assert "out of memory: a process was ended at the sandbox's 0.684 GiB" in result.death
        await session.restart()
        assert (await session.run("print('again')")).outputs[0]["text"] == "again\n"
        await session.close()
    finally:
        await WorkstationSandbox.sample_cleanup("task", environment, sandboxes, False)
