"""Files through the sandbox's own eyes: links, pipes, devices, limits, and models that appear while it runs."""

import os
from pathlib import Path

import anyio
import pytest
from inspect_ai.util import OutputLimitExceededError
from workstation_support import sh

from seer_evals.inspect_private import override_max_read_file_size
from seer_evals.sandboxes.workstation import WorkstationSandbox, _read


async def test_a_link_is_followed_inside_and_not_on_the_host(sandbox: WorkstationSandbox) -> None:
    await sh(sandbox, "ln -sf /etc/passwd link; ln -sf / top")
    inside = await sandbox.read_file("/etc/passwd")
    assert await sandbox.read_file("link") == inside == await sandbox.read_file("top/etc/passwd")
    with pytest.raises(FileNotFoundError):
        await sandbox.read_file(f"top{Path(__file__).resolve()}")


async def test_writing_through_a_link_stays_inside(sandbox: WorkstationSandbox, tmp_path: Path) -> None:
    target = tmp_path / "host.txt"
    target.write_text("untouched")
    await sh(sandbox, f"ln -sf {target} out")
    with pytest.raises(OSError):
        await sandbox.write_file("out", "changed")
    assert target.read_text() == "untouched"


async def test_reading_a_pipe_or_a_device_ends(sandbox: WorkstationSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_read, "_SECONDS", 1)
    await sh(sandbox, "mkfifo pipe; sleep 1000 3<>pipe > /dev/null & sleep 0.5")
    with anyio.fail_after(15):
        with pytest.raises(TimeoutError):
            await sandbox.read_file("pipe")
        with override_max_read_file_size(1000), pytest.raises(OutputLimitExceededError):
            await sandbox.read_file("/dev/zero", text=False)
        assert await sandbox.read_file("/dev/null") == ""


async def test_writing_to_a_pipe_that_nobody_reads_ends(sandbox: WorkstationSandbox) -> None:
    await sh(sandbox, "mkfifo unread")
    with anyio.fail_after(5), pytest.raises(OSError):
        await sandbox.write_file("unread", "x")


async def test_a_file_of_the_kernel_that_says_it_is_empty_is_read_whole(sandbox: WorkstationSandbox) -> None:
    assert "processor" in await sandbox.read_file("/proc/cpuinfo")


async def test_the_limit_is_to_the_byte(sandbox: WorkstationSandbox) -> None:
    with override_max_read_file_size(1024):
        await sandbox.write_file("exact", b"x" * 1024)
        assert len(await sandbox.read_file("exact", text=False)) == 1024
        await sandbox.write_file("more", b"x" * 1025)
        with pytest.raises(OutputLimitExceededError):
            await sandbox.read_file("more")


async def test_text_that_is_not_utf8_is_refused_and_newlines_are_kept(sandbox: WorkstationSandbox) -> None:
    await sandbox.write_file("text", b"a\r\nb\n\xff")
    with pytest.raises(UnicodeDecodeError):
        await sandbox.read_file("text")
    await sandbox.write_file("text", "a\r\nb\n")
    assert await sandbox.read_file("text") == "a\r\nb\n"


async def test_errors_name_the_file_as_it_was_asked_for(sandbox: WorkstationSandbox) -> None:
    with pytest.raises(FileNotFoundError, match="folder/none"):
        await sandbox.read_file("folder/none")


async def test_a_model_appears_in_a_running_sandbox_read_only(sandbox: WorkstationSandbox, tmp_path: Path) -> None:
    weights = tmp_path / "secret-organism" / "model.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"weights")
    linked = tmp_path / "config.json"
    linked.symlink_to(weights)
    where = await sandbox.place_model("m0", {"model.safetensors": weights, "deep/config.json": linked})
    assert where == "/models/m0"
    assert (weights.stat().st_nlink, (await sandbox.read_file("/models/m0/deep/config.json"))) == (3, "weights")
    said = await sh(
        sandbox, "echo x >> /models/m0/model.safetensors; rm -rf /models/m0; chmod 777 /models/m0/*; ls /models"
    )
    assert "Read-only file system" in said and said.endswith("m0\n")
    assert weights.read_bytes() == b"weights"
    assert "organism" not in await sh(sandbox, "cat /proc/self/mountinfo; find /models; readlink -f /models/m0/deep/*")


async def test_a_private_file_is_copied_so_that_every_user_inside_can_read_it(
    sandbox: WorkstationSandbox, tmp_path: Path
) -> None:
    private = tmp_path / "private"
    private.write_bytes(b"x")
    private.chmod(0o600)
    await sandbox.place_model("m1", {"private": private})
    assert private.stat().st_nlink == 1 and private.stat().st_mode & 0o777 == 0o600
    assert await sh(sandbox, "stat -c %a /models/m1/private") == "644\n"


async def test_a_model_that_cannot_be_placed_leaves_nothing(sandbox: WorkstationSandbox, tmp_path: Path) -> None:
    good = tmp_path / "good"
    good.touch()
    with pytest.raises(FileNotFoundError):
        await sandbox.place_model("m2", {"a": good, "b": tmp_path / "absent"})
    for name, files in (("../m3", {"a": good}), ("m3", {"../a": good}), ("m3", {"/a": good})):
        with pytest.raises(ValueError):
            await sandbox.place_model(name, files)
    assert await sh(sandbox, "ls -A /models | grep -v '^m[01]$'") == ""


async def test_what_a_sample_wrote_is_removed_whatever_its_permissions(state_root: str) -> None:
    sandboxes = await WorkstationSandbox.sample_init("task", None, {})
    before = set(os.listdir(state_root))
    await sh(
        sandboxes["default"].as_type(WorkstationSandbox), "mkdir -p a/b; touch a/b/c; chmod 000 a/b a; ln -s /etc e"
    )
    await WorkstationSandbox.sample_cleanup("task", None, sandboxes, True)
    assert len(before - set(os.listdir(state_root))) == 1
