"""Volumes: shared folders, read-only and in part, filled from outside."""

from io import BytesIO

import modal
import pytest

from tests.modal.conftest import Create, run


@pytest.fixture(params=[1, 2])
def volume(request: pytest.FixtureRequest, app: modal.App) -> modal.Volume:
    return modal.Volume.from_name("weights", create_if_missing=True, version=request.param)


def test_upload_list_read_and_remove(volume: modal.Volume) -> None:
    big = bytes(range(256)) * (20 << 12)
    with volume.batch_upload() as batch:
        batch.put_file(BytesIO(b"small"), "/a/small")
        batch.put_file(BytesIO(big), "/a/big")
    assert sorted(entry.path for entry in volume.listdir("/a")) == ["a/big", "a/small"]
    assert b"".join(volume.read_file("a/big")) == big
    volume.remove_file("a/small")
    with pytest.raises(FileNotFoundError):
        b"".join(volume.read_file("a/small"))
    with pytest.raises(FileExistsError), volume.batch_upload() as batch:
        batch.put_file(BytesIO(b"again"), "/a/big")


def test_mounted_read_only_and_in_part(create: Create, app: modal.App) -> None:
    volume = modal.Volume.from_name("weights", create_if_missing=True)
    writer = create(volumes={"/models": volume})
    assert run(writer, "sh", "-c", "mkdir -p /models/m@1 && echo w > /models/m@1/weights")[0] == 0
    volume.commit()
    part = volume.with_mount_options(read_only=True, sub_path="/m@1")
    reader = create(volumes={"/weights": part})
    assert run(reader, "ls", "/weights")[1] == "weights\n"
    assert "Read-only" in run(reader, "sh", "-c", "echo x > /weights/other")[2]
    reader.reload_volumes()
    writer.terminate(wait=True)
    assert [entry.path for entry in volume.listdir("/m@1")] == ["m@1/weights"]


def test_snapshot_leaves_the_volume_out(create: Create, app: modal.App) -> None:
    volume = modal.Volume.from_name("weights", create_if_missing=True)
    sandbox = create(volumes={"/models": volume})
    run(sandbox, "sh", "-c", "echo w > /models/w; echo own > /own")
    fork = create(image=sandbox.snapshot_filesystem())
    assert run(fork, "sh", "-c", "ls /models; cat /own")[1] == "own\n"


def test_missing_volume(create: Create, app: modal.App) -> None:
    with pytest.raises(modal.exception.NotFoundError):
        create(volumes={"/x": modal.Volume.from_name("none-such")})
