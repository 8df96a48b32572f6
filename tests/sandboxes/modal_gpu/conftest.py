from collections.abc import Iterator

import pytest
from modal.client import _Client  # the client of this process, which Modal keeps

from seer_evals.sandboxes.modal_gpu import _apps, _budget, _prepare, _settings, _weights
from tests.modal_emulator import Emulator, why_no_namespaces


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Modal on loopback for all tests of a file, with notes of its own; no test may call what it does not know."""
    if why := why_no_namespaces():
        pytest.skip(f"the Modal emulator {why}")
    with Emulator() as emulator, pytest.MonkeyPatch.context() as patch:
        for name, value in emulator.environment.items():
            patch.setenv(name, value)
        patch.setenv(_settings.NOTES_VARIABLE, str(tmp_path_factory.mktemp("notes")))
        patch.setenv(_settings.LEASE_VARIABLE, "20")
        patch.setenv(_settings.CAPACITY_VARIABLE, "5")
        patch.setenv(_settings.QUEUE_VARIABLE, "5")
        forget()
        yield emulator
        forget()


@pytest.fixture(autouse=True)
def everything_is_known(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "emulator" in request.fixturenames:
        emulator: Emulator = request.getfixturevalue("emulator")
        unknown, emulator.calls.unimplemented[:] = list(emulator.calls.unimplemented), []
        assert not unknown, f"calls that the emulator does not know: {unknown}"


def forget() -> None:
    """Have the next call look up everything anew, as another account's."""
    _Client._client_from_env = None
    _apps.forget()
    _budget.forget()
    _prepare.forget()
    _weights.forget()
