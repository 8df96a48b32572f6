"""The emulator without namespaces, and what it still does."""

import time
from collections.abc import Iterator

import modal
import pytest

from tests.modal.conftest import run
from tests.modal_emulator import Emulator
from tests.modal_emulator.fixtures import forget_client


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    with Emulator(isolation="processes") as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        forget_client()
        yield emulator
        forget_client()
    assert not emulator.calls.errors and not emulator.calls.unimplemented


def test_sandboxes_are_process_groups_with_a_folder_each(plain: Emulator) -> None:
    app = modal.App.lookup("tests", create_if_missing=True)
    one, two = (modal.Sandbox.create(app=app, gpu=gpu) for gpu in (None, "T4"))
    assert run(one, "sh", "-c", "echo mine > own; cat own; exit 4")[:2] == (4, "mine\n")
    assert run(two, "ls")[1] == ""
    assert run(one, "no-such-command")[0] == 127
    home = run(one, "sh", "-c", "printf %s $HOME")[1]
    assert one.filesystem.read_text(f"{home}/own") == "mine\n"
    fork = modal.Sandbox.create(app=app, image=one.snapshot_filesystem())
    assert run(fork, "cat", "own")[1] == "mine\n"
    run(one, "sh", "-c", "setsid sleep 24681 > /dev/null 2>&1 &")
    assert one.terminate(wait=True) == 137
    time.sleep(0.2)
    assert "24681" not in run(two, "ps", "ax")[1]


def test_what_cannot_be_done_is_said(plain: Emulator) -> None:
    app = modal.App.lookup("tests", create_if_missing=True)
    volume = modal.Volume.from_name("v", create_if_missing=True)
    with pytest.raises(modal.exception.ConflictError, match="without root"):
        modal.Sandbox.create(app=app, gpu="T4", volumes={"/v": volume})
    with pytest.raises(modal.exception.ConflictError, match="needs root"):
        modal.Sandbox.create(app=app).snapshot_directory("/etc")
