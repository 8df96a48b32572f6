"""Scoped functions in sandboxes that can do nothing but `exec`: Inspect's `local`, with its runtime copied into it."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from scoped_support import INTERFACE

import seer_evals.runtime
from seer_evals.environment import ScopedSpec
from seer_evals.inspect_private import LocalSandboxEnvironment
from seer_evals.lab.functions import CallError, interface_functions, library_dir, open_gateway
from seer_evals.lab.functions._scoped import write_library
from seer_evals.lab.functions._server import Service
from seer_evals.sandboxes import Layout, open_process


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[tuple[LocalSandboxEnvironment, Layout]]:
    box = LocalSandboxEnvironment()
    root = Path(box.directory.name)
    for name in ("runtime", "work", "run"):
        (root / name).mkdir()
    (root / "runtime" / "seer_runtime").symlink_to(Path(seer_evals.runtime.__file__).parent)
    paths = {"runtime": "runtime", "run": "run", "models": "models", "workspace": "work"}
    yield box, Layout(python=sys.executable, **{name: str(root / path) for name, path in paths.items()})
    await LocalSandboxEnvironment.sample_cleanup("test", None, {"default": box}, False)


async def test_the_same_server_and_the_same_stub_work_over_exec(
    local: tuple[LocalSandboxEnvironment, Layout], tmp_path: Path
) -> None:
    box, layout = local
    interface = tmp_path / "interface.py"
    interface.write_text(INTERFACE)
    spec = ScopedSpec(name="vault", interface=str(interface), timeout=5)
    async with open_gateway(box, layout) as gateway:
        await gateway.start(Service(spec, INTERFACE, interface_functions(spec)), box, layout)
        await write_library(gateway, box, layout)
        [add, *_] = gateway.functions
        assert await gateway.call(add, {"x": 1}) == 3
        with pytest.raises(CallError, match="of type integer"):
            await gateway.call(add, {"x": "1"})
        env = {"PYTHONPATH": f"{library_dir(layout)}:{layout.runtime}"}
        code = "import vault; print(vault.add(2)); print(len(vault.echo(b'x' * 9_000_000)))"
        result = await box.exec([layout.python, "-c", code], env=env)
        assert result.stdout == "4\n9000000\n", result.stderr
    left = [pid for pid in os.listdir("/proc") if pid.isdecimal() and layout.run in _command(pid)]
    assert left == []


def _command(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


FORGER = """
import os, socket, sys
folder, answer = sys.argv[1:]
path = next(os.path.join(folder, name) for name in os.listdir(folder) if name.startswith("held-"))
os.unlink(path)
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(9)
if os.fork(): os._exit(0)
for fd in range(3): os.dup2(os.open(os.devnull, os.O_RDWR), fd)
for _ in range(3):
    connection, _ = listener.accept()
    connection.makefile("rb").readline()
    connection.sendall(answer.encode() + b"\\n")
    connection.close()
"""


@pytest.mark.parametrize(
    "answer",
    [
        "nonsense",
        "[]",
        '{"data": 5}',
        '{"data": "no base64!"}',
        '{"ended": 1}',
        '{"errors": []}',
        "[" * 900,
        '{"data": "\\ud800"}',
    ],
)
async def test_whoever_answers_in_a_held_process_place_has_ended_it(
    local: tuple[LocalSandboxEnvironment, Layout], answer: str
) -> None:
    box, layout = local
    process = await open_process(box, layout, ["cat"])
    done = await box.exec([layout.python, "-c", FORGER, layout.run, answer])
    assert done.success, done.stderr
    with pytest.raises(ConnectionError, match="cannot be read"):
        await process.send(b"x")
    assert await process.receive() == b"" and "cannot be read" in process.errors()
    await process.close()
    for pid in os.listdir("/proc"):
        if pid.isdecimal() and f"{layout.run}/held-" in _command(pid):
            with suppress(ProcessLookupError):
                os.kill(int(pid), 9)
