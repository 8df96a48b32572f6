"""Commands: streams, environment, deadlines, limits."""

import hashlib
import time

import modal
import pytest

from tests.modal.conftest import Create, run
from tests.modal_emulator import Emulator

pytestmark = pytest.mark.slow

MIB = 1 << 20


def test_streams_and_exit_status(create: Create) -> None:
    assert run(create(), "sh", "-c", "echo out; echo err >&2; exit 3") == (3, "out\n", "err\n")


def test_environment_workdir_and_secrets(create: Create) -> None:
    sandbox = create(env={"A": "sandbox"}, secrets=[modal.Secret.from_dict({"S": "stored"})], workdir="/srv/here")
    assert run(sandbox, "sh", "-c", "echo $A $S; pwd")[1] == "sandbox stored\n/srv/here\n"
    inner = run(sandbox, "sh", "-c", "echo $A $S $T; pwd", env={"A": "exec", "T": "new"}, workdir="/usr")
    assert inner[1] == "exec stored new\n/usr\n"


def test_named_secret_and_its_missing_key(create: Create) -> None:
    modal.Secret.objects.create("keys", {"TOKEN": "t"})
    sandbox = create(secrets=[modal.Secret.from_name("keys", required_keys=["TOKEN"])])
    assert run(sandbox, "sh", "-c", "echo $TOKEN")[1] == "t\n"
    with pytest.raises(modal.exception.ConflictError, match="OTHER"):
        create(secrets=[modal.Secret.from_name("keys", required_keys=["OTHER"])])
    with pytest.raises(modal.exception.NotFoundError):
        create(secrets=[modal.Secret.from_name("none-such")])


def test_stdin_of_fifty_mebibytes_arrives_whole(create: Create) -> None:
    data = bytes(range(256)) * (50 * MIB // 256)
    process = create().exec("sha256sum", text=False)
    for at in range(0, len(data), MIB):
        process.stdin.write(data[at : at + MIB])
        process.stdin.drain()
    process.stdin.write_eof()
    process.stdin.drain()
    assert process.stdout.read().decode().split()[0] == hashlib.sha256(data).hexdigest()


def test_hundred_mebibytes_of_output_and_invalid_utf8(create: Create) -> None:
    process = create().exec("sh", "-c", "head -c 104857600 /dev/zero; printf '\\377\\376'", text=False)
    output = process.stdout.read()
    assert len(output) == 100 * MIB + 2
    assert output.endswith(b"\xff\xfe")


def test_missing_and_unexecutable_commands(create: Create) -> None:
    sandbox = create()
    assert run(sandbox, "no-such-command")[0] == 127
    assert run(sandbox, "/etc/passwd")[0] == 126


def test_signal_is_reported_as_128_and_more(create: Create) -> None:
    assert run(create(), "sh", "-c", "kill -TERM $$")[0] == 143


def test_deadline_ends_the_command_at_either_end(create: Create) -> None:
    sandbox = create()
    start = time.monotonic()
    process = sandbox.exec("sh", "-c", "echo before; exec sleep 1234", timeout=1)
    assert process.wait() in (-1, 137)  # the client's own clock, or the server's
    assert time.monotonic() - start < 3
    time.sleep(0.2)
    assert "sleep 1234" not in run(sandbox, "ps", "ax")[1]


def test_too_long_a_command_line_is_refused_by_the_client(create: Create, modal_emulator: Emulator) -> None:
    sandbox = create()
    with pytest.raises(modal.exception.InvalidError):
        sandbox.exec("echo", "x" * 70_000)
    assert modal_emulator.calls["TaskExecStart"] == 0


def test_poll_sees_the_end(create: Create) -> None:
    process = create().exec("sleep", "0.3")
    assert process.poll() is None
    time.sleep(0.5)
    assert process.poll() == 0


def test_child_that_keeps_stdout_open_outlives_wait(create: Create) -> None:
    process = create().exec("sh", "-c", "echo first; sleep 2 & exit 0")
    start = time.monotonic()
    assert process.wait() == 0
    assert time.monotonic() - start < 1
    assert process.stdout.read() == "first\n"
    assert time.monotonic() - start > 1.5


def test_sandboxes_do_not_see_each_other_or_the_emulators_state(create: Create, modal_emulator: Emulator) -> None:
    one, two = create(), create()
    run(one, "sh", "-c", "echo secret > /root/x; sleep 4321 > /dev/null 2>&1 &")
    state = str(modal_emulator._world.laboratory.state)
    assert run(two, "cat", "/root/x")[0] == 1
    assert "4321" not in run(two, "ps", "ax")[1]
    assert run(two, "ls", state)[0] == 2
    assert run(two, "ls", "/tmp")[1] == ""
