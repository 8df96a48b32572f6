"""The file system API, snapshots and forks, folders as images."""

from pathlib import Path

import modal
import pytest

from tests.modal.conftest import Create, run

pytestmark = pytest.mark.slow


def test_file_system_api(create: Create, tmp_path: Path) -> None:
    sandbox = create()
    files = sandbox.filesystem
    files.write_bytes(bytes(range(256)) * 40_000, "/data/deep/blob")
    assert files.read_bytes("/data/deep/blob") == bytes(range(256)) * 40_000
    files.write_text("grüße", "/data/text")
    assert files.read_text("/data/text") == "grüße"
    assert [(f.name, f.is_dir()) for f in files.list_files("/data")] == [("deep", True), ("text", False)]
    assert files.stat("/data/text").size == 7
    (tmp_path / "up").write_bytes(b"local")
    files.copy_from_local(tmp_path / "up", "/data/up")
    files.copy_to_local("/data/up", tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == b"local"
    files.make_directory("/data/new/er")
    files.remove("/data/deep", recursive=True)
    assert [f.name for f in files.list_files("/data")] == ["new", "text", "up"]


@pytest.mark.parametrize(
    ("call", "arguments", "error"),
    [
        ("read_text", ("/none",), modal.exception.SandboxFilesystemNotFoundError),
        ("read_text", ("/etc",), modal.exception.SandboxFilesystemIsADirectoryError),
        ("write_text", ("x", "/etc"), modal.exception.SandboxFilesystemIsADirectoryError),
        ("write_text", ("x", "/etc/passwd/x"), modal.exception.SandboxFilesystemNotADirectoryError),
        ("list_files", ("/etc/passwd",), modal.exception.SandboxFilesystemNotADirectoryError),
        ("remove", ("/etc",), modal.exception.SandboxFilesystemDirectoryNotEmptyError),
        ("make_directory", ("/etc/passwd",), modal.exception.SandboxFilesystemPathAlreadyExistsError),
    ],
)
def test_file_system_errors(app: modal.App, call: str, arguments: tuple[str, ...], error: type[Exception]) -> None:
    sandbox = modal.Sandbox.create(app=app)
    with pytest.raises(error):
        getattr(sandbox.filesystem, call)(*arguments)


def test_snapshot_forks_have_the_files_and_go_their_own_ways(create: Create) -> None:
    base = create()
    base.filesystem.write_text("from the base", "/work-done/a")
    run(base, "sh", "-c", "rm /etc/hostname; echo tmp > /tmp/t")
    image = base.snapshot_filesystem()
    base.filesystem.write_text("later", "/work-done/later")
    one, two = create(image=image), create(image=modal.Image.from_id(image.object_id))
    one.filesystem.write_text("only here", "/work-done/one")
    listing = run(two, "sh", "-c", "cat /work-done/a; ls /work-done; ls /etc/hostname; cat /tmp/t")
    assert listing[1] == "from the basea\ntmp\n"
    second = one.snapshot_filesystem()
    assert run(create(image=second), "ls", "/work-done")[1] == "a\none\n"


def test_folder_snapshot_is_mounted_over_a_folder(create: Create) -> None:
    sandbox = create()
    sandbox.filesystem.write_text("kept", "/project/file")
    image = sandbox.snapshot_directory("/project")
    other = create()
    other.filesystem.write_text("below", "/at/below")
    other.mount_image("/at", image)
    assert run(other, "sh", "-c", "cat /at/file; echo more > /at/more; ls /at")[1] == "keptfile\nmore\n"
    other.unmount_image("/at")
    assert run(other, "ls", "/at")[1] == "below\n"


def test_published_image_is_found_by_name(create: Create) -> None:
    base = create()
    base.filesystem.write_text("x", "/marker")
    base.snapshot_filesystem().publish("prepared")
    assert run(create(image=modal.Image.from_name("prepared")), "cat", "/marker")[1] == "x"
    with pytest.raises(modal.exception.NotFoundError):
        create(image=modal.Image.from_name("never-published"))


def test_exit_snapshot(create: Create) -> None:
    sandbox = create(experimental_options={"enable_exit_snapshot": True})
    sandbox.filesystem.write_text("last words", "/note")
    sandbox.terminate(wait=True)
    image = sandbox._experimental_get_exit_snapshot()
    assert create(image=image).filesystem.read_text("/note") == "last words"
