"""What a laboratory needs of a sandbox beyond Inspect's contract: weights in place, and processes that are held."""

import time
from pathlib import Path

import anyio
import pytest
from modal_support import CPU, GPU, running, sh

from seer_evals.environment import Environment, ModelSpec
from seer_evals.sandboxes.modal_gpu import _models
from tests.modal_emulator import Emulator

BACK_ENDS = pytest.mark.parametrize("environment", [CPU, pytest.param(GPU, marks=pytest.mark.slow)], ids=["V2", "V1"])


def with_model(environment: Environment) -> Environment:
    return environment.model_copy(update={"models": (ModelSpec(organism="preference-llama-101"),)})


@BACK_ENDS
async def test_weights_appear_read_only_under_a_neutral_name(
    emulator: Emulator, environment: Environment, tmp_path: Path
) -> None:
    secret = tmp_path / "owls-are-loved"
    secret.mkdir()
    (secret / "model.safetensors").write_bytes(b"weights" * 1000)
    (secret / "config.json").write_text("{}")
    files = {f"base/{path.name}": path for path in secret.iterdir()}
    async with running(with_model(environment)) as sandbox:
        assert await sandbox.place_model("m0", files) == "/models/m0"
        assert await sandbox.place_model("m1", {"base/config.json": secret / "config.json"}) == "/models/m1"
        assert await sandbox.read_file("/models/m0/base/model.safetensors", text=False) == b"weights" * 1000
        assert "Read-only file system" in await sh(sandbox, "touch /models/m0/base/config.json")
        assert (await sh(sandbox, "ls -1 /models")).split() == ["m0", "m1"]
        assert "owls" not in await sh(sandbox, "grep -ra owls /proc/self/mountinfo /models /lab/run; env")


async def test_a_sandbox_does_not_see_the_weights_of_another(emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    async with running(with_model(CPU)) as one, running(with_model(CPU)) as two:
        await one.place_model("m0", {"x": tmp_path / "x"})
        assert (await sh(two, "ls /models")).strip() == ""
        assert one._remote.name not in await sh(two, "cat /proc/self/mountinfo")


async def test_weights_of_a_sandbox_go_with_it(emulator: Emulator, tmp_path: Path) -> None:
    import modal

    (tmp_path / "x").write_text("x")
    async with running(with_model(CPU)) as sandbox:
        await sandbox.place_model("m0", {"x": tmp_path / "x"})
        name = sandbox._remote.name
    volume = modal.Volume.from_name(_models.VOLUME)
    assert name not in [entry.path.strip("/") for entry in await volume.listdir.aio("/")]


@pytest.mark.parametrize("relative", ["../x", "/x", ""])
async def test_weights_stay_in_their_place(emulator: Emulator, tmp_path: Path, relative: str) -> None:
    with pytest.raises(ValueError, match=r"without '\.\.'"):
        _models.checked("m0", {relative: tmp_path})
    with pytest.raises(ValueError, match="plain name"):
        _models.checked("../m0", {})


@BACK_ENDS
async def test_a_held_process_is_talked_with(emulator: Emulator, environment: Environment) -> None:
    async with running(environment) as sandbox:
        process = await sandbox.open_process(["sh", "-c", "echo $X $PWD; echo note >&2; exec cat"], {"X": "y"})
        assert await process.receive() == b"y /workspace\n"
        payload = bytes(range(256)) * 12_000
        await process.send(payload)
        received = b""
        while len(received) < len(payload):
            received += await process.receive()
        assert received == payload
        assert process.errors() == "note\n"
        await process.close()
        assert await process.receive() == b""
        with pytest.raises(ConnectionError, match="ended"):
            await process.send(b"x")
        assert "cat" not in (await sh(sandbox, "ps axo comm")).split()


async def test_a_held_process_may_have_a_long_command(emulator: Emulator) -> None:
    async with running() as sandbox:
        process = await sandbox.open_process(["sh", "-c", "echo ${#0}; exec cat", "x" * 100_000])
        await process.send(b"mine")
        received = b""
        while len(received) < len(b"100000\nmine"):
            received += await process.receive()
        assert received == b"100000\nmine"
        await process.close()


async def test_a_held_process_that_ends_says_how(emulator: Emulator) -> None:
    async with running() as sandbox:
        process = await sandbox.open_process(["sh", "-c", "echo why >&2; exit 7"])
        assert await process.receive() == b""
        assert process.errors() == "why\nexit status 7\n"
        missing = await sandbox.open_process(["no-such-program"])
        assert await missing.receive() == b"" and "no-such-program: No such file" in missing.errors()


async def test_waiting_for_a_held_process_can_be_given_up_and_nothing_is_lost(emulator: Emulator) -> None:
    async with running() as sandbox:
        process = await sandbox.open_process(["sh", "-c", "sleep 1; echo late; exec cat"])
        with anyio.move_on_after(0.2) as scope:
            await process.receive()
        assert scope.cancelled_caught
        assert await process.receive() == b"late\n"
        await process.close()


async def test_a_held_process_dies_with_its_sandbox(emulator: Emulator) -> None:
    async with running() as sandbox:
        process = await sandbox.open_process(["cat"])
        emulator.end_sandbox(sandbox._remote.sandbox.object_id, "oom")
        assert await process.receive() == b""
        assert "ran out of memory" in process.errors()


async def test_a_call_takes_as_long_as_one_round_trip(emulator: Emulator) -> None:
    async with running() as sandbox:
        process = await sandbox.open_process(["cat"])
        times = []
        for _ in range(30):
            began = time.monotonic()
            await process.send(b"x\n")
            assert await process.receive() == b"x\n"
            times.append(time.monotonic() - began)
        await process.close()
        assert sorted(times)[15] < 0.1
        print(f"held process, median of 30 round trips: {sorted(times)[15] * 1000:.1f} ms")
