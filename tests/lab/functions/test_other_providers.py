"""Scoped functions in sandboxes that can do nothing but `exec`: Inspect's `local`, with its runtime copied into it."""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from inspect_ai.util._sandbox.local import LocalSandboxEnvironment
from scoped_support import INTERFACE

import seer_evals.runtime
from seer_evals.environment import ScopedSpec
from seer_evals.lab.functions import CallError, interface_functions, library_dir, open_gateway
from seer_evals.lab.functions._scoped import write_library
from seer_evals.lab.functions._server import Service
from seer_evals.sandboxes import Layout


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
