"""Several sandboxes per sample, and processes that are held by their streams."""

import hashlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from workstation_support import running, sh

from seer_evals.environment import Environment, ScopedSpec
from seer_evals.sandboxes import ExecProcess, Process, open_process
from seer_evals.sandboxes._life import Sample
from seer_evals.sandboxes.workstation import WorkstationSandbox, _state

COUNT = "import sys\nfor line in sys.stdin.buffer: sys.stdout.buffer.write(b'%d\\n' % len(line)); sys.stdout.flush()"
COPY = "import os\nwhile data := os.read(0, 1 << 16):\n    while data: data = data[os.write(1, data):]"


@pytest.fixture(params=["pipes", "exec"])
async def start(request: pytest.FixtureRequest, sandbox: WorkstationSandbox) -> AsyncIterator[object]:
    """Starts Python code as a held process, in the provider's own way and in the one for any provider."""
    started: list[Process] = []

    async def begin(code: str, env: dict[str, str] | None = None) -> Process:
        command = [sandbox.layout.python, "-I", "-c", code]
        if request.param == "pipes":
            process = await open_process(sandbox, sandbox.layout, command, env)
        else:
            process = await ExecProcess.open(sandbox, sandbox.layout, command, env)
        started.append(process)
        return process

    yield begin
    for process in started:
        await process.close()


async def read(process: Process, size: int) -> bytes:
    data = b""
    while len(data) < size and (part := await process.receive()):
        data += part
    return data


async def test_a_held_process_answers_as_often_as_it_is_asked(start) -> None:  # type: ignore[no-untyped-def]
    process = await start(COUNT)
    for word in (b"one\n", b"three\n", b"\n"):
        await process.send(word)
        assert await read(process, 2) == b"%d\n" % len(word)


async def test_much_passes_in_both_directions_at_once(start) -> None:  # type: ignore[no-untyped-def]
    process = await start(COPY)
    data = bytes(range(256)) * 40000
    back = b""
    async with anyio.create_task_group() as group:
        group.start_soon(process.send, data)
        back = await read(process, len(data))
    assert hashlib.sha256(back).digest() == hashlib.sha256(data).digest()


async def test_the_end_of_a_process_is_seen_with_its_last_words(start) -> None:  # type: ignore[no-untyped-def]
    process = await start("import sys, os; print(os.environ['NAME']); sys.exit('no more')", {"NAME": "given"})
    assert await read(process, 100) == b"given\n"
    assert await process.receive() == b""
    assert "no more" in process.errors()
    with pytest.raises(ConnectionError):
        for _ in range(20):
            await process.send(b"x" * 100_000)


async def test_a_process_that_floods_stderr_is_not_held_up(start) -> None:  # type: ignore[no-untyped-def]
    process = await start("import sys; sys.stderr.write('e' * 5_000_000); print('done', flush=True); sys.stdin.read()")
    with anyio.fail_after(10):
        assert await read(process, 5) == b"done\n"


async def test_closing_kills_a_process_and_what_it_has_started(start, sandbox: WorkstationSandbox) -> None:  # type: ignore[no-untyped-def]
    process = await start(
        "import os; os.system('sleep 4711 &'); print('up', flush=True); import time; time.sleep(4711)"
    )
    assert await read(process, 3) == b"up\n"
    assert "sleep" in await sh(sandbox, "cat /proc/*/cmdline | tr '\\0' ' ' | grep -o 'sleep [4]711'")
    await process.close()
    assert await sh(sandbox, "cat /proc/*/cmdline | tr '\\0' ' ' | grep -o 'sleep [4]711'") == ""


async def test_a_held_process_does_not_keep_the_sandbox_from_being_idle() -> None:
    async with running(Environment(idle_timeout=1)) as sandbox:
        process = await sandbox.open_process([sandbox.layout.python, "-c", COUNT])
        began = time.monotonic()
        assert await process.receive() == b""
        assert 0.5 < time.monotonic() - began < 5
        await process.close()


async def test_a_program_that_is_not_there_has_ended_at_once(sandbox: WorkstationSandbox) -> None:
    process = await sandbox.open_process(["/no/such/program"])
    assert await process.receive() == b""
    assert "/no/such/program: No such file" in process.errors()
    await process.close()


def scoped(folder: Path) -> Environment:
    interface = folder / "interface.py"
    interface.write_text("")
    secret = (("PLAIN", "visible"),)
    return Environment(
        env=secret,
        scoped=(ScopedSpec(name="a", interface=str(interface)), ScopedSpec(name="b", interface=str(interface))),
    )


async def test_a_sample_has_its_own_sandbox_first_and_each_scoped_one_beside_it(tmp_path: Path) -> None:
    config = scoped(tmp_path)
    boxes = await WorkstationSandbox.sample_init("task", config, {})
    try:
        assert list(boxes) == ["default", "a", "b"]
        for name, box in boxes.items():
            await box.write_file("/workspace/name", name)
        assert [await box.read_file("/workspace/name") for box in boxes.values()] == ["default", "a", "b"]
        assert (await boxes["default"].exec(["true"])).success
        for name in ("a", "b"):
            with pytest.raises(PermissionError, match=f"no command runs in the scoped sandbox '{name}'"):
                await boxes[name].exec(["true"])
        states = [box.as_type(WorkstationSandbox)._started.state for box in boxes.values()]
    finally:
        await WorkstationSandbox.sample_cleanup("task", config, boxes, False)
    assert not any(state.exists() for state in states)


async def test_if_one_sandbox_does_not_start_none_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = WorkstationSandbox._start

    async def start(name: str, environment: Environment, sample: Sample) -> WorkstationSandbox:
        if name == "b":
            raise OSError("no more")
        return await begun(name, environment, sample)

    config = scoped(tmp_path)
    await WorkstationSandbox.task_init("startup", config)
    before = set(_state.root().iterdir())
    monkeypatch.setattr(WorkstationSandbox, "_start", start)
    with pytest.raises(OSError, match="no more"):
        await WorkstationSandbox.sample_init("task", config, {})
    assert set(_state.root().iterdir()) == before


@pytest.mark.parametrize("name", ["default", "kernel", "json", "my-box", "_x", "class"])
def test_a_scoped_sandbox_needs_a_name_that_can_be_imported_and_is_free(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        ScopedSpec(name=name, interface="x.py")
