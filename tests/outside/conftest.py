"""An empty folder of a user's, and a look at the repository afterwards: nothing in it may have been touched."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seer_evals.organisms import outside

ROOT = Path(__file__).parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def touched() -> str:
    """What git sees in the repository that is not committed."""
    return subprocess.run(["git", "status", "--short"], cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.fixture(autouse=True)
def no_families(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process knows one file for each name; each test is a process of its own in this."""
    monkeypatch.setattr(outside, "_loaded", {})


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that the test is in; the repository is as it was when the test is over."""
    folder = tmp_path / "mine"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PWD", str(folder))
    before = touched()
    yield folder
    assert touched() == before


@pytest.fixture
def run(mine: Path) -> Run:
    """Runs `seer …` or `inspect …` as a user does who is in that folder; it has to succeed."""

    def command(line: str, *more: str) -> "subprocess.CompletedProcess[str]":
        program, *words = [*line.split(), *more]
        module = {"seer": "seer_evals.cli", "inspect": "inspect_ai"}[program]
        start = ["-m", module] if module == "inspect_ai" else ["-c", f"import sys, {module}; sys.exit({module}.main())"]
        environment = {**os.environ, "PWD": str(mine)}
        done = subprocess.run(
            [sys.executable, *start, *words], cwd=mine, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done

    return command
