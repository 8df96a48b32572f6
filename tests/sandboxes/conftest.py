import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from workstation_support import running

from seer_evals.sandboxes.workstation import WorkstationSandbox, _probe

WITHOUT_ISOLATION = {"test_workstation_plain.py", "test_workstation_validate.py"}
FORBIDDEN = os.environ.get(_probe.NO_BWRAP_VARIABLE) == "1"


@pytest.fixture(scope="session", autouse=True)
def state_root(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = str(tmp_path_factory.mktemp("state"))
    os.environ["SEER_SANDBOX_DIR"] = root
    return root


@pytest.fixture(scope="module", autouse=True)
def isolation_works(request: pytest.FixtureRequest) -> None:
    """Isolation that cannot be tested is a failure, unless somebody has said that there is to be none."""
    if request.path.parent != Path(__file__).parent or not request.path.name.startswith("test_workstation"):
        return
    if request.path.name not in WITHOUT_ISOLATION and _probe.mode() == "plain":
        if FORBIDDEN:
            pytest.skip(f"{_probe.NO_BWRAP_VARIABLE}=1: there is no isolation to test")
        pytest.fail(f"the workstation's isolation cannot be tested: {_probe.why_plain()}")


@pytest.fixture(scope="module")
async def sandbox(isolation_works: None) -> AsyncIterator[WorkstationSandbox]:
    async with running() as one:
        yield one
