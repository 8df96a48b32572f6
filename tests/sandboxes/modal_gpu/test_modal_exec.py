"""What is told of a command: all of what happened, and nothing that did not."""

import time

import anyio
import pytest
from inspect_ai.util import SandboxUnavailableError
from modal_support import CPU, GPU, running, sh

from seer_evals.inspect_private import override_max_exec_output_size
from seer_evals.sandboxes._operations import Command
from seer_evals.sandboxes.modal_gpu import ModalSandbox, _exec, _start
from tests.modal_emulator import Emulator
from tests.modal_emulator.faults import CutStream, Exhausted, LostResponse, SandboxEnds, Unavailable

COUNT = "echo x >> /tmp/count; wc -l < /tmp/count"


@pytest.fixture(scope="module")
async def sandbox(emulator: Emulator):  # type: ignore[no-untyped-def]
    async with running() as one:
        yield one


async def test_of_much_output_the_end_is_kept_and_no_more_is_held(sandbox: ModalSandbox) -> None:
    with override_max_exec_output_size(1000):
        script = "seq 1 400000; echo the end; (seq 1 400000; echo the other end) >&2"
        result = await sandbox.exec(["sh", "-c", script])
    assert result.stdout.endswith("the end\n") and len(result.stdout) == 1000
    assert result.stderr.endswith("the other end\n") and len(result.stderr) == 1000


async def test_a_limit_never_cuts_a_character_in_two(sandbox: ModalSandbox) -> None:
    with override_max_exec_output_size(1000):
        result = await sandbox.exec(["sh", "-c", "yes ☽ | tr -d '\\n' | head -c 5001"])
    assert set(result.stdout[:-1]) == {"☽"}


async def test_bytes_that_are_no_text_are_replaced(sandbox: ModalSandbox) -> None:
    result = await sandbox.exec(["printf", r"a\303\050\377b"])
    assert result.stdout == "a\ufffd(\ufffdb"


@pytest.mark.parametrize("code", [0, 1, 124, 125, 126, 127, 137, 143, 255])
async def test_every_status_is_the_command_s_own(sandbox: ModalSandbox, code: int) -> None:
    result = await sandbox.exec(["sh", "-c", f"echo out; echo err >&2; exit {code}"], timeout=30)
    assert (result.returncode, result.stdout, result.stderr) == (code, "out\n", "err\n")


@pytest.mark.parametrize(("signal", "code"), [("TERM", 143), ("KILL", 137), ("SEGV", 139)])
async def test_a_signal_is_not_a_timeout(sandbox: ModalSandbox, signal: str, code: int) -> None:
    assert (await sandbox.exec(["sh", "-c", f"kill -{signal} $$"], timeout=30)).returncode == code


async def test_what_cannot_be_started_says_why(sandbox: ModalSandbox) -> None:
    missing = await sandbox.exec(["no-such-program"])
    assert missing.returncode == 127 and "no-such-program: No such file" in missing.stderr
    nowhere = await sandbox.exec(["true"], cwd="/no/such/place")
    assert nowhere.returncode == 126 and "/no/such/place" in nowhere.stderr
    with pytest.raises(PermissionError, match="/etc/passwd"):
        await sandbox.exec(["/etc/passwd"])


async def test_a_program_is_found_on_the_path_that_it_is_given(sandbox: ModalSandbox) -> None:
    await sh(sandbox, "mkdir -p /tmp/own; printf '#!/bin/sh\necho mine' > /tmp/own/uname; chmod +x /tmp/own/uname")
    assert (await sandbox.exec(["uname"], env={"PATH": "/tmp/own"})).stdout == "mine\n"


async def test_a_python_in_the_working_directory_does_not_take_the_place_of_ours(sandbox: ModalSandbox) -> None:
    await sh(sandbox, "echo 'raise SystemExit(1)' | tee json.py os.py seer_runtime.py; printf '#!/bin/false' > python3")
    result = await sandbox.exec(["echo", "fine"], env={"PYTHONPATH": "/workspace", "PATH": "/workspace:/bin"})
    assert result.stdout == "fine\n"
    await sh(sandbox, "rm json.py os.py seer_runtime.py python3")


async def test_a_user_has_its_home_and_its_groups(sandbox: ModalSandbox) -> None:
    said = await sh(sandbox, "id -un; echo $HOME; id -Gn", user="games")
    assert said == "games\n/usr/games\ngames\n"
    assert (await sandbox.exec(["sh", "-c", "echo $HOME"], user="games", env={"HOME": "/x"})).stdout == "/x\n"


async def test_what_a_timeout_cuts_is_kept_and_all_of_it_is_dead(sandbox: ModalSandbox) -> None:
    script = "echo before; (setsid sh -c 'trap \"\" TERM; sleep 876' &); sleep 876"
    started = time.monotonic()
    with pytest.raises(TimeoutError) as error:
        await sandbox.exec(["sh", "-c", script], timeout=1)
    assert error.value.truncated_output == "before\n" and time.monotonic() - started < 4  # type: ignore[attr-defined]
    assert "sleep 876" not in await sh(sandbox, "ps axo args | grep -v grep")


async def test_a_cancelled_command_is_dead_with_all_it_started(sandbox: ModalSandbox) -> None:
    with anyio.move_on_after(1):
        await sandbox.exec(["sh", "-c", "sleep 875 & sleep 875"])
    assert "sleep 875" not in await sh(sandbox, "ps axo args | grep -v grep")


@pytest.mark.slow
async def test_what_goes_on_in_the_background_is_neither_waited_for_nor_killed(sandbox: ModalSandbox) -> None:
    started = time.monotonic()
    result = await sandbox.exec(["sh", "-c", "echo first; (while sleep 0.1; do echo more; done) & sleep 874 & :"])
    assert result.stdout.startswith("first\n") and time.monotonic() - started < 8
    assert "sleep 874" in await sh(sandbox, "ps axo args; pkill -f 'sleep 874'")


async def test_a_command_that_reads_nothing_of_much_input_ends_all_the_same(sandbox: ModalSandbox) -> None:
    assert (await sandbox.exec(["true"], input=b"x" * 20_000_000, timeout=30)).success


async def test_a_command_without_input_reads_an_end(sandbox: ModalSandbox) -> None:
    assert (await sandbox.exec(["cat"], timeout=10)).stdout == ""


async def test_much_in_both_argv_and_input_arrives(sandbox: ModalSandbox) -> None:
    result = await sandbox.exec(["sh", "-c", "cat; printf %s $0", "a" * 100_000], input="b" * 100_000)
    assert result.stdout == "b" * 100_000 + "a" * 100_000


@pytest.mark.parametrize("environment", [CPU, pytest.param(GPU, marks=pytest.mark.slow)], ids=["V2", "V1"])
async def test_a_command_whose_start_is_answered_late_or_twice_runs_once(
    emulator: Emulator, environment: object
) -> None:
    async with running(environment) as sandbox:  # type: ignore[arg-type]
        emulator.faults.add(LostResponse(method="TaskExecStart"))
        assert (await sandbox.exec(["sh", "-c", COUNT])).stdout.strip() == "1"
        emulator.faults.add(Unavailable(method="TaskExecStart", times=2))
        emulator.faults.add(Exhausted(method="TaskExecStart"))
        assert (await sandbox.exec(["sh", "-c", COUNT])).stdout.strip() == "2"


async def test_a_request_that_is_made_again_is_not_carried_out_again(sandbox: ModalSandbox) -> None:
    await sh(sandbox, "rm -f /tmp/count")
    asked = _exec.request_of(sandbox._remote, Command(["sh", "-c", COUNT], "/"))
    assert (await _exec.carry_out(sandbox._remote, asked, None, 1000)).out.text() == "1\n"
    again = await _exec.carry_out(sandbox._remote, asked, None, 1000)
    assert again.remark == {"error": "twice"}
    assert (await sh(sandbox, "wc -l < /tmp/count")).strip() == "1"


async def test_a_request_that_was_called_off_is_not_carried_out(sandbox: ModalSandbox) -> None:
    asked = _exec.request_of(sandbox._remote, Command(["touch", "/tmp/too-late"], "/"))
    await _start.kill(sandbox._remote, asked)
    assert (await _exec.carry_out(sandbox._remote, asked, None, 1000)).remark == {"error": "twice"}
    assert not (await sandbox.exec(["ls", "/tmp/too-late"])).success


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_a_stream_that_breaks_goes_on_where_it_was(
    emulator: Emulator, sandbox: ModalSandbox, stream: str
) -> None:
    emulator.faults.add(CutStream(after_bytes=100_000, stream=stream))  # type: ignore[arg-type]
    result = await sandbox.exec(["sh", "-c", "seq 1 100000; seq 1 100000 >&2"])
    wanted = "".join(f"{number}\n" for number in range(1, 100_001))
    assert result.stdout == wanted and result.stderr == wanted


CAUSES = {
    "oom": "ran out of memory",
    "evicted": "preempted",
    "timeout": "reached its timeout",
    "idle_timeout": "reached its idle timeout",
    "terminated": "was terminated",
    "killed": "failed or was killed",
    "internal_failure": "Modal failed",
}


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("environment", [CPU, pytest.param(GPU, marks=pytest.mark.slow)], ids=["V2", "V1"])
async def test_a_sandbox_that_dies_under_a_command_says_of_what(
    emulator: Emulator, environment: object, cause: str
) -> None:
    async with running(environment) as sandbox:  # type: ignore[arg-type]
        emulator.faults.add(SandboxEnds(cause=cause, during="sleep 55", after=0.2))  # type: ignore[arg-type]
        for command in ("sleep 55", "true"):
            with pytest.raises(SandboxUnavailableError, match=CAUSES[cause]):
                await sandbox.exec(["sh", "-c", command])
        with pytest.raises(SandboxUnavailableError, match=CAUSES[cause]):
            await sandbox.read_file("x")
        with pytest.raises(SandboxUnavailableError, match=CAUSES[cause]):
            await sandbox.write_file("x", "x")
