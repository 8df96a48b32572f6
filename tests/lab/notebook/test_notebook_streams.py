"""What cells, their threads and their children write: all of it, in order, bounded, and in the cell that wrote it."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import nbformat
import pytest

from seer_evals.lab.notebook import CellResult, NotebookError, NotebookSession
from seer_evals.lab.notebook.rendering import render


def text(result: CellResult, name: str = "") -> str:
    outputs = [output for output in result.outputs if output["output_type"] == "stream"]
    return "".join(output["text"] for output in outputs if name in ("", output["name"]))


def lines(result: CellResult) -> list[str]:
    return str(render(result)).splitlines()[1:]


async def heard_of(session: NotebookSession, number: int, words: str) -> str:
    """What a cell of before shows, once it has `words` in it."""
    for _ in range(200):
        await session.run("import time; time.sleep(0.05)")
        if words in (shown := session.output_text(number)):
            return shown
    raise AssertionError(f"cell {number} never showed {words!r}, but {shown!r}")


@pytest.fixture(autouse=True)
def still_valid(session: NotebookSession) -> Any:
    """Whatever a test did, the file is a notebook and the log can hold it."""
    yield
    nbformat.validate(nbformat.read(session.path, as_version=4))
    json.dumps(session.document).encode()


# --- many small writes


async def test_twenty_thousand_small_writes_are_their_cells_and_take_two_seconds(session: NotebookSession) -> None:
    begin = time.monotonic()
    result = await session.run("for _ in range(20_000): print('.', end='', flush=True)\nprint('done')")
    assert time.monotonic() - begin < 3, "2 s on a machine that is not busy"
    assert text(result) == "." * 20_000 + "done\n"
    assert not (await session.run("1")).late


@pytest.mark.slow
async def test_a_cell_is_not_closed_before_its_output_has_come(new_session: Callable[..., Any]) -> None:
    """Output that comes long after the verdict: the output thread is held up while the reply goes its own way."""
    session = await new_session("slow")
    await session.run("import sys, time; sys.modules['seer_runtime.kernel.outbox']._PATIENCE = 0.1")
    code = "get_ipython().kernel.iopub_thread.schedule(lambda: time.sleep(6))\nprint('the end')"
    result = await session.run(code)
    assert result.status == "ok" and text(result) == "the end\n"
    assert not (await session.run("1")).late


@pytest.mark.slow
async def test_a_cell_that_broke_the_output_thread_still_ends(new_session: Callable[..., Any]) -> None:
    session = await new_session("broken")
    code = "thread = get_ipython().kernel.iopub_thread\nthread._really_send = lambda *a, **k: None\nprint('lost')"
    result = await session.run(code, wait=40)
    assert result.status == "ok"


@pytest.mark.slow
async def test_a_million_short_lines_keep_their_begin_and_end(session: NotebookSession) -> None:
    result = await session.run("for number in range(1_000_000): print('line', number)")
    shown = text(result)
    assert shown.startswith("line 0\nline 1\n") and shown.endswith("line 999998\nline 999999\n")
    assert len(shown) < 9 * 2**20


async def test_streams_keep_their_order_without_a_flush(session: NotebookSession) -> None:
    result = await session.run(
        "import sys\nfor number in range(6): print(number, file=(sys.stdout, sys.stderr)[number % 2])"
    )
    assert [output["text"] for output in result.outputs] == [f"{number}\n" for number in range(6)]
    shown = await session.run("print('text'); display('value'); print('more'); 1/0")
    assert [output["output_type"] for output in shown.outputs] == ["stream", "display_data", "stream", "error"]


@pytest.mark.slow
async def test_a_write_to_the_descriptor_comes_before_the_print_after_it(session: NotebookSession) -> None:
    """Also where threads compete, so that the one that reads the descriptor is stopped anywhere."""
    code = """
import os, sys, threading, time
def compete():
    while competing: pass
competing, interval = True, sys.getswitchinterval()
sys.setswitchinterval(1e-5)
for _ in range(3): threading.Thread(target=compete).start()
for _ in range(2000): os.write(1, b'a'); time.sleep(1e-5); print('b', end='')
competing = False; sys.setswitchinterval(interval)"""
    assert text(await session.run(code)) == "ab" * 2000


async def test_what_children_and_the_cell_write_in_turn_keeps_its_order(session: NotebookSession) -> None:
    code = """
import os, subprocess, sys
print('a'); subprocess.run(['echo', 'b']); print('c'); os.system('echo d'); print('e')
subprocess.run(['echo', 'f'], stdout=sys.stdout)
!echo g
print('h')"""
    assert text(await session.run(code)).split() == list("abcdefgh")


# --- text that is not what it should be

SPLIT = "import os, time; b = '☕'.encode(); os.write(1, b[:1]); time.sleep(0.3); os.write(1, b[1:]); print('.')"


@pytest.mark.parametrize(
    "code",
    [
        "import os, time\nb = '☕'.encode(); os.write(1, b[:1]); time.sleep(0.3); os.write(1, b[1:]); print('.')",
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-X', 'utf8', '-c', {SPLIT!r}]); None",
        f'!python3 -X utf8 -c "{SPLIT}"',
        f'%%bash\npython3 -X utf8 -c "{SPLIT}"',
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-X', 'utf8', '-c', 'print(\"☕\" * 100_000, \".\")']); None",
        "%%bash\npython3 -X utf8 -c \"print('☕' * 100_000, '.')\"",
    ],
    ids=["os.write", "child", "shell", "script", "large child", "large script"],
)
async def test_a_character_divided_between_writes_is_whole(session: NotebookSession, code: str) -> None:
    shown = text(await session.run(code))
    assert "☕" in shown and shown.endswith(".\n") and "\ufffd" not in shown
    assert shown.count("☕") == (100_000 if "100_000" in code else 1)


async def test_half_a_character_at_the_end_of_a_cell_is_that_cells(session: NotebookSession) -> None:
    assert text(await session.run("import os\nos.write(1, '☕'.encode()[:2]); None")) == "\ufffd"
    assert text(await session.run("os.write(1, b'next'); None")) == "next"


async def test_stdout_and_stderr_do_not_complete_each_others_characters(session: NotebookSession) -> None:
    result = await session.run("b = '☕'.encode(); os.write(1, b[:1]); os.write(2, b); os.write(1, b[1:]); None")
    assert (text(result, "stdout"), text(result, "stderr")) == ("☕", "☕")


async def test_binary_junk_does_no_harm(session: NotebookSession) -> None:
    result = await session.run("import os\nfor _ in range(200): os.write(1, bytes(range(256)) * 20)\nprint('end')")
    assert text(result).endswith("end\n")
    assert not set(map(chr, [*range(9), *range(11, 32), 127])) & set(str(render(result)))


@pytest.mark.parametrize(
    "code",
    [
        r"print('before \ud800 after')",
        r"import sys; print('before \udcff after', file=sys.stderr)",
        r"display('before \ud800 after')",
        r"from IPython.display import HTML; HTML('<p>before \ud800 after</p>')",
        r"raise ValueError('before \ud800 after')",
        r"import os; os.fork() or (print('before \ud800 after'), os._exit(0)); os.wait(); None",
    ],
)
async def test_a_lone_surrogate_is_replaced_and_nothing_else_is(session: NotebookSession, code: str) -> None:
    shown = str(render(await session.run(code)))
    assert "tornado" not in shown and "Message serialization failed" not in shown
    assert any(f"before {mark} after" in shown for mark in ("\ufffd", "\\ud800", "?"))


async def test_control_sequences_of_eight_bits_are_not_shown(session: NotebookSession) -> None:
    assert lines(await session.run(r"print('\x9b31mred\x9b0m and \x1b]0;title\x07plain')")) == ["red and plain"]
    assert lines(await session.run(r"display({'text/plain': '\x9b1mvalue\x9b0m'}, raw=True)")) == ["value"]


async def test_nested_progress_bars_are_as_many_lines_as_bars(session: NotebookSession) -> None:
    code = """
from tqdm import tqdm
a, b = tqdm(total=60, position=0, mininterval=0), tqdm(total=60, position=1, mininterval=0)
for _ in range(60): a.update(); b.update()
a.close(); b.close()"""
    shown = lines(await session.run(code))
    assert len(shown) == 2 and all("60/60" in line for line in shown)


# --- what IPython leaves to a person


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("len?", "Return the number of items in a container"),
        ("len?\nmax?", "Return the number of items in a container"),
        ("import textwrap\ntextwrap.dedent??", "def dedent(text):"),
        ("%pdoc max", "With two or more"),
        ("open('loaded.py', 'w').write('loaded = 1')\n%load loaded.py", "loaded = 1"),
        ("get_ipython().set_next_input('next = 2')", "next = 2"),
        ("%%writefile written.txt\ntext", "Writing written.txt"),
        ("%edit loaded.py", "There is no editor here"),
    ],
)
async def test_what_a_pager_or_an_editor_would_have_shown_is_shown(
    session: NotebookSession, code: str, words: str
) -> None:
    assert words in str(render(await session.run(code)))


@pytest.mark.parametrize("code", ["input()", "import getpass; getpass.getpass()", "input('x')\n1"])
async def test_questions_are_refused(session: NotebookSession, code: str) -> None:
    assert "there is no keyboard" in str(render(await session.run(code, timeout=20)))


@pytest.mark.parametrize(
    "code", ["!cat", "!read answer; echo over", "import os; os.system('cat'); None", "%%bash\ncat", "breakpoint()"]
)
async def test_a_command_that_waits_for_a_person_does_not_wait(session: NotebookSession, code: str) -> None:
    assert (await session.run(code, timeout=20)).status in ("ok", "error")


async def test_commands_have_a_terminal_and_an_exit_code(session: NotebookSession) -> None:
    code = "!test -t 1 && echo terminal; exit 3\nprint(_exit_code)\n!kill -9 $$\nprint(_exit_code)"
    assert text(await session.run(code)).split() == ["terminal", "3", "-9"]


# --- death


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("print('last words')\nexit()", "exited with code 0"),
        ("print('last words'); quit()\nprint('more')", "exited with code 0"),
        ("print('last words', flush=True)\nimport os; os._exit(3)", "exited with code 3"),
        ("print('last words', flush=True)\nimport os; os.kill(os.getpid(), 9)", "SIGKILL"),
        ("import os; os.write(1, b'last words'); time.sleep(1); os.abort()", "SIGABRT"),
        pytest.param(
            "from threading import Timer; Timer(60, print).start()\nprint('last words')\nexit()", "exit()",
            marks=pytest.mark.slow,
        ),
    ],
    ids=["exit", "quit", "_exit", "kill", "abort", "exit with a thread"],
)  # fmt: skip
async def test_death_is_told_of_the_cell_that_died_with_its_last_words(
    session: NotebookSession, code: str, words: str
) -> None:
    await session.run("import time")
    result = await session.run(code, timeout=60)
    assert result.status == "dead" and words in result.death
    assert "last words" in text(result)
    with pytest.raises(NotebookError):
        await session.run("1")
    await session.restart()
    assert (await session.run("1")).status == "ok"


async def test_exit_that_keeps_the_kernel_keeps_it(session: NotebookSession) -> None:
    await session.run("kept = 1\nexit(keep_kernel=True)")
    assert (await session.run("kept")).status == "ok"


# --- amounts

FLOODS = {
    "print": "while True: print('x' * 1000)",
    "flushed": "import sys\nwhile True: print('x' * 100, file=sys.stderr, flush=True)",
    "descriptor": "import os\nwhile True: os.write(1, b'y\\n' * 1000)",
    "shell": "!yes",
    "child": "import subprocess\nsubprocess.run('yes')",
    "thread": "import threading, time\ngo_on = True\ndef flood():\n    while go_on: print('x' * 1000)\n"
    "threading.Thread(target=flood).start()\ntry:\n    time.sleep(60)\nfinally:\n    go_on = False",
    "display": "from IPython.display import HTML\nwhile True: display(HTML('x' * 10_000))",
}


@pytest.mark.parametrize(
    "flood",
    [pytest.param(code, id=name, marks=() if name == "print" else pytest.mark.slow) for name, code in FLOODS.items()],
)
async def test_a_flood_can_be_interrupted_and_is_bounded(session: NotebookSession, flood: str) -> None:
    result = await session.run(flood, timeout=1.5)
    if result.status == "running":  # interrupted, but the machine is busy
        result = await session.wait(60)
    assert result.status == "timeout"
    assert len(json.dumps(result.outputs, ensure_ascii=False)) < 9 * 2**20
    after = await session.run("import resource\nresource.getrusage(resource.RUSAGE_SELF).ru_maxrss", timeout=60)
    assert int(after.outputs[-1]["data"]["text/plain"]) < 800_000, "kilobytes of the kernel"


@pytest.mark.slow
async def test_a_gibibyte_is_bounded_says_how_much_it_was_and_leaves_the_kernel_usable(
    new_session: Callable[..., Any],
) -> None:
    session = await new_session("gibibyte")
    # In three calls: put together first, it would be in memory twice.
    result = await session.run("print('begin', end=''); print('A' * 2**30, end=''); print('end')")
    shown = text(result)
    assert shown.startswith("beginAAA") and shown.endswith("AAAend\n")
    assert f"of {2**30 + 9:,} characters of output were too much to keep" in shown
    assert len(shown) < 9 * 2**20 and result.status == "ok"
    assert (await session.run("1")).status == "ok"


@pytest.mark.slow
async def test_many_updates_of_a_display_and_many_clearings_leave_the_last(session: NotebookSession) -> None:
    updates = "handle = display(0, display_id=True)\nfor number in range(10_000): handle.update(number)"
    (output,) = (await session.run(updates, timeout=120)).outputs
    assert output["data"]["text/plain"] == "9999"
    clearings = """
from IPython.display import clear_output
for number in range(10_000):
    clear_output(wait=True); print(number)"""
    assert text(await session.run(clearings, timeout=120)) == "9999\n"


# --- what goes on after the cell


@pytest.mark.slow
async def test_a_child_that_outlives_its_cell_writes_into_its_cell(session: NotebookSession) -> None:
    code = "import subprocess\nchild = subprocess.Popen('sleep 0.5; echo mine; sleep 0.5; echo still', shell=True)"
    number = (await session.run(code)).number
    other = await session.run("import time\nprint('other'); child.wait(); print('cell')")
    assert text(other) == "other\ncell\n"
    assert await heard_of(session, number, "still") == "mine\nstill\n"


@pytest.mark.slow
async def test_what_a_command_puts_into_the_background_writes_into_its_cell(session: NotebookSession) -> None:
    result = await session.run("!(sleep 0.5; echo late) & echo now")
    assert text(result).startswith("now\n")
    assert await heard_of(session, result.number, "late") == "now\nlate\n"


@pytest.mark.slow
async def test_a_thread_that_prints_after_its_cell_prints_into_its_cell(session: NotebookSession) -> None:
    code = """
import threading, time
def work():
    for number in range(4): time.sleep(0.2); print(number)
threading.Thread(target=work).start()"""
    number = (await session.run(code)).number
    assert text(await session.run("for _ in range(5): time.sleep(0.2); print('mine')")) == "mine\n" * 5
    assert await heard_of(session, number, "3") == "0\n1\n2\n3\n"


@pytest.mark.slow
async def test_forked_children_print_once_and_whole_lines(session: NotebookSession) -> None:
    code = """
import os
print('parent', end=' ')
for number in range(8):
    if os.fork() == 0:
        for _ in range(100): print('child', number)
        os._exit(0)
for _ in range(8): os.wait()
print('ends')"""
    shown = text(await session.run(code)).replace("parent ", "").replace("ends", "").split("\n")
    assert sorted(filter(None, shown)) == sorted(f"child {number}" for number in range(8) for _ in range(100))
    pool = "import multiprocessing as m\nwith m.get_context('fork').Pool(2) as pool: pool.map(print, range(50))"
    assert sorted(map(int, text(await session.run(pool)).split())) == list(range(50))


@pytest.mark.slow
async def test_an_interrupt_ends_a_command_and_what_it_started(session: NotebookSession) -> None:
    cell = await session.run("!echo begun; sleep 600.25; echo never", wait=0.5)
    while "begun" not in text(cell):
        cell = await session.wait(0.5)
    stopped = await session.interrupt()
    while stopped is not None and stopped.status == "running":
        stopped = await session.wait(5)
    assert stopped is not None and (stopped.status, text(stopped)) == ("interrupted", "begun\n")
    code = "import subprocess\nsubprocess.run(['pgrep', '-f', 'sleep 600.2[5]'], capture_output=True).stdout"
    for _ in range(100):
        left = (await session.run(code)).outputs[-1]["data"]["text/plain"]
        if left == "b''":
            break
        await asyncio.sleep(0.1)
    assert left == "b''", "processes that are left"
