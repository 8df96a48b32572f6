"""`seer seeds` and `seer dimensions`, as they are typed."""

from pathlib import Path

import pytest

from seer_evals.audits import find_seeds
from seer_evals.cli import main


def test_a_new_seed_is_written_checked_and_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seeds", "new", "my-seed", "--into", str(tmp_path)]) == 0
    assert f"seer seeds check {tmp_path}/my-seed.md" in capsys.readouterr().out
    assert main(["seeds", "check", str(tmp_path / "my-seed.md")]) == 0
    assert capsys.readouterr().out == "nothing to mend\n"
    assert main(["seeds", "list", str(tmp_path)]) == 0
    assert "1 seeds" in capsys.readouterr().out
    assert find_seeds(str(tmp_path))[0].title == "My seed"


def test_a_seed_with_a_fault_ends_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.md"
    path.write_text("nothing\n")
    assert main(["seeds", "check", str(path)]) == 1
    assert f"{path}, line 1: has no front matter" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "said"),
    [("My Seed", "cannot be a seed's name"), ("cold-chain", "comes with the package"), ("taken", "is there already")],
)
def test_a_name_that_cannot_be_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    (tmp_path / "taken.md").write_text("mine\n")
    assert main(["seeds", "new", name, "--into", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["taken.md"]


def test_an_unknown_id_ends_with_two_and_says_what_is_close(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seeds", "show", "cold-chian"]) == 2
    assert "did you mean 'cold-chain'?" in capsys.readouterr().err


@pytest.mark.parametrize(("noun", "name"), [("seeds", "cold-chain"), ("dimensions", "eval_awareness")])
def test_show_prints_a_file_that_can_be_used_again(capsys: pytest.CaptureFixture[str], noun: str, name: str) -> None:
    assert main([noun, "show", name]) == 0
    assert capsys.readouterr().out.startswith(f"---\nid: {name}\n")


def test_all_dimensions_are_listed_and_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dimensions", "list", "tag:whitebox"]) == 0
    assert "steering_effect" in capsys.readouterr().out
    assert main(["dimensions", "check", "all"]) == 0
