"""Every command of the table in docs/extending.md, in a folder that was empty."""

import re
from pathlib import Path

import pytest

from seer_evals.cli import main
from tests.docs.built import build
from tests.docs.test_commands import SAMPLE
from tests.outside.conftest import ROOT

PAGE = ROOT / "docs" / "extending.md"
RUNS = ("skill", "harness", "provider")
"""Whose checks run something: for the tests that are marked slow."""


def rows() -> list[list[str]]:
    """The commands of each row: `new`, `check`, and the one that runs it."""
    table = PAGE.read_text(encoding="utf-8").split("| to add |")[1].split("\n\n")[0]
    lines = [re.findall(r"`((?:seer|inspect) [^`]+)`", line) for line in table.splitlines()[2:]]
    assert len(lines) == 12 and all(len(each) == 3 for each in lines)
    return lines


ROWS = [
    pytest.param(*row, id=row[0].split()[1], marks=[pytest.mark.slow] if row[0].split()[1] in RUNS else [])
    for row in rows()
]


@pytest.mark.parametrize(("new", "check", "run"), ROWS)
def test_what_is_new_works_as_the_table_says(
    new: str, check: str, run: str, mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(new.split()[1:]) == 0
    said = capsys.readouterr().out
    assert list(mine.iterdir()), "nothing was written"
    assert f"  seer {new.split()[1]} check" in said, "what comes next is not said"
    assert main(check.split()[1:]) == 0, capsys.readouterr()
    build(run.replace("LOG", str(SAMPLE)).replace("MODEL", "mockllm/model").split())
    assert main(new.split()[1:]) == 2, "what is there was written over"


def test_every_kind_that_seer_makes_is_in_the_table() -> None:
    from seer_evals.cli import COMMANDS

    made = {row[0].split()[1] for row in rows()}
    assert made == {noun for noun, says in COMMANDS.items() if "new" in re.split(r"\W+", says)}


def test_the_names_to_build_on_are_there() -> None:
    import importlib

    table = PAGE.read_text(encoding="utf-8").split("| from | |")[1].split("\n\n")[0]
    for line in table.splitlines()[2:]:
        room, *names = re.findall(r"`([\w.]+)`", line)
        if room == "seer_runtime":
            continue
        for name in names:
            try:
                found = hasattr(importlib.import_module(room), name) or importlib.import_module(f"{room}.{name}")
            except ModuleNotFoundError:
                found = False
            assert found, f"{room} has no {name}"
