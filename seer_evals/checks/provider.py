"""A sandbox provider in a file: Inspect's own conformance suite, and what a laboratory needs beyond it."""

import inspect
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
from inspect_ai.util import SandboxEnvironment, SandboxEnvironmentSpec

from seer_evals.checks._sources import file_of, source_problems
from seer_evals.environment import Environment
from seer_evals.inspect_private import registry_find_sandboxenv, sandbox_self_check
from seer_evals.sandboxes import check_provider, find_layout, open_process, spec_for

Check = Callable[[Any], Awaitable[None]]
AS_OTHERS = ("test_exec_as_user",)
"""Checks that a sandbox with a single user cannot pass, and need not."""
AS_ANYBODY = (
    "test_read_file_not_allowed",
    "test_write_text_file_without_permissions",
    "test_write_binary_file_without_permissions",
)
"""Checks that a sandbox need not pass in which commands run as root, who may read and write everything."""
WAITING = ("test_exec_timeout_kills_process", "test_exec_timeout_kills_child_processes")
"""Checks that do little but sleep for half a minute, so they run beside the others."""
SECONDS = 120
"""For one check."""


def check_provider_file(path: Path) -> list[str]:
    """What is wrong, each in a line that says what to do; nothing if `-T sandbox=` can name it.

    A sandbox of it is started, and ended again: nothing else is run.
    """
    if problems := list(file_of(path)) or [*source_problems(path)]:
        return problems
    try:
        check_provider(str(path.resolve()))
        spec = spec_for(str(path.resolve()), Environment())
    except Exception as error:
        return [f"{path.name} cannot be used: {error}"]
    return anyio.run(_started, spec)


async def _started(spec: SandboxEnvironmentSpec) -> list[str]:
    provider = registry_find_sandboxenv(spec.type)
    try:
        await provider.task_init("check", spec.config)
        sandboxes = await provider.sample_init("check", spec.config, {})
    except Exception as error:
        return [f"a sandbox cannot be started: {type(error).__name__}: {error}"]
    try:
        box = next(iter(sandboxes.values()))
        root = (await box.exec(["id", "-u"])).stdout.strip() == "0"
        problems = await _failures(dict(_checks(root)), box)
        return problems or [each for each in (await _failure("a held process", _held, box),) if each]
    finally:
        await provider.sample_cleanup("check", spec.config, sandboxes, False)
        await provider.task_cleanup("check", spec.config, True)


def _checks(root: bool) -> Iterator[tuple[str, Check]]:
    """Those of Inspect's conformance suite."""
    left_out = (*AS_OTHERS, *AS_ANYBODY) if root else AS_OTHERS
    for name, check in vars(sandbox_self_check).items():
        if name.startswith("test_") and inspect.iscoroutinefunction(check) and name not in left_out:
            yield name, check


async def _failures(checks: dict[str, Check], box: SandboxEnvironment) -> list[str]:
    found = dict.fromkeys(checks, "")

    async def run(*names: str) -> None:
        for name in names:
            found[name] = await _failure(name, checks[name], box)

    async with anyio.create_task_group() as group:
        for name in WAITING:
            group.start_soon(run, name)
        await run(*(name for name in checks if name not in WAITING))
    return [each for each in found.values() if each]


async def _failure(name: str, check: Check, box: SandboxEnvironment) -> str:
    try:
        with anyio.fail_after(SECONDS):
            await check(box)
    except TimeoutError:
        return f"{name}: took more than {SECONDS} s"
    except Exception as error:
        said = " ".join(str(error).split()) or (check.__doc__ or "no reason given")
        return f"{name}: {type(error).__name__}: {said[:300]}"
    return ""


async def _held(box: SandboxEnvironment) -> None:
    """A process is talked with by its streams, and has what a laboratory's own processes need."""
    layout = await find_layout(box)
    code = "import sys, seer_runtime; print(sys.stdin.readline().strip()[::-1], flush=True); sys.stdin.read()"
    process = await open_process(box, layout, [layout.python, "-c", code], {"PYTHONPATH": layout.runtime})
    try:
        await process.send(b"held\n")
        said = await process.receive()
        if said != b"dleh\n":
            raise ValueError(f"open_process: it was to say 'dleh' and said {said!r} ({process.errors()[-200:]})")
    finally:
        await process.close()
