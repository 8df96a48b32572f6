"""Pytest fixtures: `from tests.modal_emulator.fixtures import modal_emulator` in a conftest."""

from collections.abc import Iterator

import pytest

from ._laboratory import why_no_namespaces
from ._server import Emulator


def forget_client() -> None:
    """Close the client that `modal` keeps for the process, so that the next one reads the environment again."""
    from modal.client import _Client

    _Client._client_from_env = None


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
    assert not emulator.calls.unimplemented, f"calls that the emulator does not know: {emulator.calls.unimplemented}"
