"""What `exec` promises beyond Inspect's own checks: ends told apart, bounds, background processes, dead trees."""

import os
import time
from collections.abc import AsyncIterator

import anyio
import pytest
from inspect_ai.util import SandboxUnavailableError
from workstation_support import running, sh

from seer_evals.environment import Environment
from seer_evals.inspect_private import override_max_exec_output_size
from seer_evals.sandboxes.workstation import WorkstationSandbox, _probe


async def comes_alive(sandbox: WorkstationSandbox, marker: str) -> bool:
    # The shell may have ended before what it left in the background has become `sleep`.
    with anyio.move_on_after(5):
        while not await alive(sandbox, marker):
            await anyio.sleep(0.05)
        return True
    return False


async def alive(sandbox: WorkstationSandbox, marker: str) -> bool:
    return bool((await sandbox.exec(["pgrep", "-f", f"^sleep {marker}"])).stdout.strip())


@pytest.mark.parametrize("status", [0, 1, 126, 127, 137, 143, 255])
async def test_an_exit_status_is_reported_as_it_is(sandbox: WorkstationSandbox, status: int) -> None:
    assert (await sandbox.exec(["sh", "-c", f"exit {status}"])).returncode == status


async def test_death_by_a_signal_is_128_more(sandbox: WorkstationSandbox) -> None:
    assert (await sandbox.exec(["sh", "-c", "kill -KILL $$"])).returncode == 137


async def test_a_missing_executable_is_an_ordinary_failure(sandbox: WorkstationSandbox) -> None:
    for command in ("no-such-program", "/no/such/program"):
        result = await sandbox.exec([command])
        assert (result.success, result.returncode) == (False, 127)
        assert command in result.stderr and "No such file" in result.stderr


async def test_a_missing_directory_is_an_ordinary_failure_that_names_it(sandbox: WorkstationSandbox) -> None:
    result = await sandbox.exec(["true"], cwd="nowhere")
    assert result.returncode == 126 and "/workspace/nowhere" in result.stderr


async def test_the_program_is_found_with_the_path_of_the_call(sandbox: WorkstationSandbox) -> None:
    await sh(sandbox, "mkdir -p /tmp/own; printf '#!/bin/sh\\necho mine' > /tmp/own/ls; chmod +x /tmp/own/ls")
    assert (await sandbox.exec(["ls"], env={"PATH": "/tmp/own:/bin"})).stdout == "mine\n"


async def test_only_the_end_of_long_output_is_kept_and_memory_stays_bounded(sandbox: WorkstationSandbox) -> None:
    with override_max_exec_output_size(1000):
        result = await sandbox.exec(["sh", "-c", "yes é | head -c 200000000; echo the end"])
    assert result.stdout.endswith("the end\n") and 990 <= len(result.stdout.encode()) <= 1000
    assert "\ufffd" not in result.stdout[:10]


async def test_output_that_is_not_utf8_is_replaced(sandbox: WorkstationSandbox) -> None:
    assert (await sandbox.exec(["printf", "a\\377b"])).stdout == "a\ufffdb"


async def test_a_background_process_does_not_hold_up_the_call_and_lives_on(sandbox: WorkstationSandbox) -> None:
    started = time.monotonic()
    result = await sandbox.exec(["sh", "-c", "sleep 7001 & echo started"])
    assert result.stdout == "started\n" and time.monotonic() - started < 2
    assert await comes_alive(sandbox, "7001")


async def test_a_background_writer_outlives_the_call_that_started_it(sandbox: WorkstationSandbox) -> None:
    # More than a pipe holds, written after exec has returned: it must neither block nor die of SIGPIPE.
    script = "(sleep 0.3; head -c 5000000 /dev/zero; head -c 5000000 /dev/zero >&2; touch /tmp/wrote) & echo started"
    result = await sandbox.exec(["sh", "-c", script])
    assert result.stdout == "started\n"
    with anyio.fail_after(10):
        while not (await sandbox.exec(["test", "-e", "/tmp/wrote"])).success:
            await anyio.sleep(0.05)


async def test_input_that_nobody_reads_does_not_block(sandbox: WorkstationSandbox) -> None:
    assert (await sandbox.exec(["true"], input=b"x" * 10_000_000)).success


async def test_without_input_stdin_is_the_null_device(sandbox: WorkstationSandbox) -> None:
    assert (await sandbox.exec(["readlink", "/proc/self/fd/0"])).stdout == "/dev/null\n"


async def test_a_command_inherits_no_descriptor_but_its_three(sandbox: WorkstationSandbox) -> None:
    assert (await sh(sandbox, "ls /proc/$$/fd")).split() == ["0", "1", "2"]


ESCAPES = {
    "child": "sleep {marker} & wait",
    "own session": "setsid sleep {marker} & sleep 60",
    "daemon": "(setsid sh -c 'sleep {marker} & sleep 60' &) ; sleep 60",
    "deaf": "trap '' TERM INT HUP; setsid sh -c 'trap \"\" TERM; sleep {marker}; :' & while :; do sleep 60; done",
}


@pytest.mark.parametrize("kind", ESCAPES)
async def test_a_timeout_kills_all_that_the_command_started(sandbox: WorkstationSandbox, kind: str) -> None:
    marker = str(7100 + list(ESCAPES).index(kind))
    script = f"echo partial; {ESCAPES[kind].format(marker=marker)}"
    with pytest.raises(TimeoutError) as raised:
        await sandbox.exec(["sh", "-c", script], timeout=1)
    assert raised.value.truncated_output == "partial\n"  # type: ignore[attr-defined]
    assert not await alive(sandbox, marker)


async def test_a_timeout_kills_a_fork_bomb_of_sorts(sandbox: WorkstationSandbox) -> None:
    script = (
        "f() { for i in 1 2 3; do sleep 7200 & done; sleep 0.05; setsid sh -c 'sleep 7200' & (f &) ; }; f; sleep 60"
    )
    with pytest.raises(TimeoutError):
        await sandbox.exec(["bash", "-c", script], timeout=1)
    assert not await alive(sandbox, "7200")


async def test_cancelling_kills_all_that_the_command_started(sandbox: WorkstationSandbox) -> None:
    with anyio.move_on_after(0.5):
        await sandbox.exec(["sh", "-c", "setsid sleep 7300 & sleep 7300"])
    assert not await alive(sandbox, "7300")


async def test_a_command_that_stops_its_keeper_is_killed_all_the_same(sandbox: WorkstationSandbox) -> None:
    with pytest.raises(TimeoutError):
        await sandbox.exec(["sh", "-c", "kill -STOP $PPID; setsid sleep 7400 & sleep 60"], timeout=1)
    assert not await alive(sandbox, "7400")


async def test_a_timeout_leaves_other_commands_alone(sandbox: WorkstationSandbox) -> None:
    await sandbox.exec(["sh", "-c", "sleep 7500 &"])
    with pytest.raises(TimeoutError):
        await sandbox.exec(["sleep", "60"], timeout=1)
    assert await comes_alive(sandbox, "7500")


async def test_killing_everything_one_can_is_an_ordinary_end(sandbox: WorkstationSandbox) -> None:
    result = await sandbox.exec(["sh", "-c", "kill -9 -1; kill -9 $$"])
    assert result.returncode == 137
    assert (await sandbox.exec(["echo", "still here"])).stdout == "still here\n"


async def test_commands_run_side_by_side(sandbox: WorkstationSandbox) -> None:
    started = time.monotonic()
    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(lambda: sandbox.exec(["sleep", "0.5"], concurrency=False))
    assert time.monotonic() - started < 5


@pytest.fixture(scope="module")
async def with_a_user(sandbox: WorkstationSandbox) -> AsyncIterator[WorkstationSandbox]:
    if _probe.mode() not in ("root", "users"):
        (pytest.fail if os.getuid() == 0 else pytest.skip)("switching users needs root and bubblewrap")
    await sandbox.exec(["useradd", "--create-home", "--shell", "/bin/sh", "guest"], user="root")
    yield sandbox


async def test_another_user_has_its_own_identity_home_and_no_capabilities(with_a_user: WorkstationSandbox) -> None:
    said = await sh(with_a_user, "id -un; echo $HOME; grep -E 'Cap(Eff|Prm|Amb)' /proc/self/status", user="guest")
    assert said.split("\n")[:2] == ["guest", "/home/guest"]
    assert said.count("0000000000000000") == 3


async def test_another_user_can_use_python_and_not_write_what_is_not_its_own(with_a_user: WorkstationSandbox) -> None:
    said = await sh(with_a_user, "python -c 'import pydantic; print(6*7)'; touch /workspace/x /root/x /etc/x", "guest")
    assert said.startswith("42\n") and said.count("Permission denied") == 3


async def test_a_numeric_user_need_not_exist(with_a_user: WorkstationSandbox) -> None:
    assert (await sh(with_a_user, "id -u", user="4321")).strip() == "4321"


async def test_a_timeout_kills_another_users_processes(with_a_user: WorkstationSandbox) -> None:
    with pytest.raises(TimeoutError):
        await with_a_user.exec(["sh", "-c", "setsid sleep 7600 & sleep 60"], user="guest", timeout=1)
    assert not await alive(with_a_user, "7600")


async def test_a_dead_sandbox_says_what_it_died_of() -> None:
    async with running() as sandbox:
        await sandbox.sample_cleanup("task", None, {"default": sandbox}, True)
        for request in (sandbox.exec(["true"]), sandbox.read_file("x"), sandbox.write_file("x", "")):
            with pytest.raises(SandboxUnavailableError, match="its sample has ended"):
                await request


@pytest.mark.slow
@pytest.mark.parametrize(("field", "words"), [("timeout", "its timeout"), ("idle_timeout", "no command has run")])
async def test_timeouts_end_the_sandbox_and_are_named(field: str, words: str) -> None:
    async with running(Environment.model_validate({field: 1})) as sandbox:
        await anyio.sleep(2)
        with pytest.raises(SandboxUnavailableError, match=words):
            await sandbox.exec(["true"])


@pytest.mark.slow
async def test_a_long_command_is_not_idleness() -> None:
    async with running(Environment(idle_timeout=1)) as sandbox:
        assert (await sandbox.exec(["sleep", "2.5"])).success
