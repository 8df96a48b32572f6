"""An emulator per test, and sandboxes of both back ends in it."""

from collections.abc import Callable
from typing import Any

import modal
import pytest

from tests.modal_emulator import Emulator
from tests.modal_emulator.fixtures import modal_emulator

__all__ = ["modal_emulator"]

Create = Callable[..., modal.Sandbox]


@pytest.fixture(params=["V1", "V2"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MODAL_SANDBOX_V2", "1")  # the default from 1.6.0 on
    return str(request.param)


@pytest.fixture
def app(modal_emulator: Emulator) -> modal.App:
    return modal.App.lookup("tests", create_if_missing=True)


@pytest.fixture
def create(app: modal.App, backend: str) -> Create:
    """`modal.Sandbox.create` in the app, with a GPU where the back end is V1."""

    def make(*args: str, **options: Any) -> modal.Sandbox:
        gpu = "H100" if backend == "V1" else None
        return modal.Sandbox.create(*args, **{"app": app, "gpu": gpu, "timeout": 60, **options})

    return make


def run(sandbox: modal.Sandbox, *argv: str, **options: Any) -> tuple[int, str, str]:
    """Run a command to its end: exit status, stdout, stderr."""
    process = sandbox.exec(*argv, **options)
    stdout, stderr = process.stdout.read(), process.stderr.read()
    return process.wait(), stdout, stderr
