"""Pytest fixtures: `from tests.modal_emulator.fixtures import modal_emulator` in a conftest."""

import sys
from collections.abc import Iterator

import pytest

from ._laboratory import why_no_namespaces
from ._server import Emulator


def forget_client() -> None:
    """Forget what `modal` keeps for the process: its client, and the default image as the last server knew it."""
    from modal.client import _Client

    _Client._client_from_env = None
    for module in [m for name, m in sys.modules.items() if name.startswith("modal.sandbox")]:
        if (image := vars(module).get("_default_image")) is not None and image._is_hydrated:
            image._unhydrate()


@pytest.fixture
def modal_emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """A fresh emulator that the real `modal` client talks to; fails the test that called what it does not know."""
    if why := why_no_namespaces():
        pytest.skip(f"the Modal emulator {why}")
    with Emulator() as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        forget_client()
        yield emulator
        forget_client()
    assert not emulator.calls.errors, "\n".join(emulator.calls.errors)
    assert not emulator.calls.unimplemented, f"calls that the emulator does not know: {emulator.calls.unimplemented}"
