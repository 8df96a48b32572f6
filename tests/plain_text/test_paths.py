"""Refusals name no place of this machine where a shorter form is as true."""

from pathlib import Path

import pytest

from seer_evals.cli import main
from seer_evals.environment import Environment, FileSpec
from seer_evals.inspect_private import PrerequisiteError
from seer_evals.plain_text import short_paths
from seer_evals.refusal import Refusal
from seer_evals.sandboxes.workstation._validate import validate


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, folder in {"SEER_CACHE": "cache/mine", "HF_HOME": "hub", "PWD": "home/work", "HOME": "home"}.items():
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv(name, str(tmp_path / folder))


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("cache/mine/studies/1/list.json", "$SEER_CACHE/studies/1/list.json"),
        ("hub/models/x", "$HF_HOME/models/x"),
        ("home/work/data/a.json", "data/a.json"),
        ("home/.cache/seer_evals/b", "~/.cache/seer_evals/b"),
        ("elsewhere/c", None),
        ("home-of-others/d", None),
    ],
)
def test_a_path_is_as_short_as_it_is_true(path: str, short: str | None, tmp_path: Path) -> None:
    whole = str(tmp_path / path)
    assert short_paths(f"no model at '{whole}': it does not exist") == (
        f"no model at '{short or whole}': it does not exist"
    )
    assert short_paths(f"/before{whole}") == f"/before{whole}"


def test_a_sandbox_that_is_refused_names_no_cache(tmp_path: Path) -> None:
    missing = tmp_path / "cache" / "mine" / "studies" / "1" / "list.json"
    with pytest.raises(PrerequisiteError) as refused:
        validate(Environment(files=(FileSpec(source=str(missing), target="list.json"),)))
    assert "$SEER_CACHE/studies/1/list.json does not exist" in str(refused.value.args[0])
    assert str(tmp_path) not in str(refused.value.args[0])


def test_nor_does_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", str(tmp_path / "home" / "work" / "logs")]) == 2
    assert capsys.readouterr().err.startswith("seer: no log at logs:")


def test_markup_and_words_are_as_they_were(tmp_path: Path) -> None:
    assert Refusal(f"[red]{tmp_path}/cache/mine/x[/red]").args == ("[red]$SEER_CACHE/x[/red]",)
