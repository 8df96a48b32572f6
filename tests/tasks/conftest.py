"""What tests of tasks share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seer_evals.organisms import Organism


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory, llama_organisms: dict[str, Organism]) -> Iterator[Path]:
    """Where a module's logs go, while tasks are found by their paths in the repository and organisms are trained."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(Path(__file__).parents[2])
        yield tmp_path_factory.mktemp("logs")
