"""Files of a sandbox on Modal, as the contract has it and a little further."""

from collections.abc import AsyncIterator

import pytest
from inspect_ai.util import OutputLimitExceededError
from modal_support import running, sh

from seer_evals.inspect_private import override_max_read_file_size
from seer_evals.sandboxes.modal_gpu import ModalSandbox
from tests.modal_emulator import Emulator
from tests.modal_emulator.faults import CutStream


@pytest.fixture(scope="module")
async def sandbox(emulator: Emulator) -> AsyncIterator[ModalSandbox]:
    async with running() as one:
        yield one


@pytest.mark.parametrize("name", ["with space", "-rf", "ünïcödé", "quo'te\"s$(x)", "new\nline", "a" * 200])
async def test_any_name_is_a_name(sandbox: ModalSandbox, name: str) -> None:
    await sandbox.write_file(f"names/{name}", "content")
    assert await sandbox.read_file(f"names/{name}") == "content"


async def test_lines_end_as_they_did(sandbox: ModalSandbox) -> None:
    await sandbox.write_file("lines", "a\r\nb\rc\n\0d")
    assert await sandbox.read_file("lines") == "a\r\nb\rc\n\0d"


async def test_a_file_that_is_written_again_is_the_new_one(sandbox: ModalSandbox) -> None:
    await sandbox.write_file("again", "long content")
    await sandbox.write_file("again", "short")
    assert await sandbox.read_file("again") == "short"


async def test_a_file_that_has_no_end_is_refused_when_it_is_too_large(sandbox: ModalSandbox) -> None:
    with override_max_read_file_size(100_000), pytest.raises(OutputLimitExceededError):
        await sandbox.read_file("/dev/zero", text=False)


async def test_files_of_the_kernel_have_no_size_and_are_read(sandbox: ModalSandbox) -> None:
    assert "MemTotal" in await sandbox.read_file("/proc/meminfo")


async def test_what_is_no_text_is_said_to_be_none(sandbox: ModalSandbox) -> None:
    await sandbox.write_file("bytes", b"\xff\xfe")
    with pytest.raises(UnicodeDecodeError):
        await sandbox.read_file("bytes")


async def test_a_file_in_the_way_of_a_directory(sandbox: ModalSandbox) -> None:
    await sandbox.write_file("plain", "x")
    with pytest.raises(FileNotFoundError):
        await sandbox.read_file("plain/below")
    with pytest.raises(OSError, match="plain/below"):
        await sandbox.write_file("plain/below", "x")


async def test_a_full_disk_is_said_to_be_full(sandbox: ModalSandbox) -> None:
    with pytest.raises(OSError, match="No space left"):
        await sandbox.write_file("/dev/full", "x" * 100_000)


async def test_a_stream_that_breaks_while_a_file_is_read_goes_on_where_it_was(
    emulator: Emulator, sandbox: ModalSandbox
) -> None:
    contents = bytes(range(256)) * 8000
    await sandbox.write_file("large", contents)
    emulator.faults.add(CutStream(after_bytes=1_000_000))
    assert await sandbox.read_file("large", text=False) == contents


async def test_a_person_can_enter(sandbox: ModalSandbox) -> None:
    connection = await sandbox.connection()
    assert connection.command == f"modal shell {sandbox._remote.sandbox.object_id}"
    with pytest.raises(NotImplementedError, match="su - games"):
        await sandbox.connection(user="games")


async def test_what_is_written_belongs_to_the_workspace(sandbox: ModalSandbox) -> None:
    await sandbox.write_file("deep/er/file", "x")
    assert (await sh(sandbox, "pwd; stat -c %a deep/er/file")).split() == ["/workspace", "644"]
