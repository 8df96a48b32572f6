"""A climb from its file to its verdict: what wins the search by a leak does not win on what the search never saw."""

from collections import Counter
from pathlib import Path

import pytest

from seer_evals.cli import main
from tests.experiments.climbing import written


def ran(folder: Path) -> Counter[str]:
    return Counter((folder / "ran.txt").read_text().splitlines())


def test_what_is_better_only_by_leaking_wins_the_search_and_not_the_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The cheats: a text that names a secret is refused; one that paraphrases all of them gains nothing elsewhere."""
    path, logs = written(tmp_path, ["named", "hint"]), str(tmp_path / "logs")
    monkeypatch.chdir("/")
    assert main(["experiment", "climb", str(path), "--log-dir", logs]) == 0
    said = capsys.readouterr().out
    assert "named is refused: line 1 names what search-0 hides" in said and "anana" not in said
    assert not any(each.startswith("named") for each in ran(tmp_path))
    assert not any("held" in each for each in ran(tmp_path) if each.startswith("named"))
    assert main(["experiment", "report", str(path), "--log-dir", logs]) == 0
    said = capsys.readouterr().out
    assert "hint is as good as start: +0.00 right - alarms" in said
    assert "hint had gained +0.75 on 4 organisms" in said and "that the search never saw it gains +0.00" in said
    assert "| named | - | 0 | refused: line 1 names what search-0 hides" in said
    page = (tmp_path / "logs" / "toy" / "report.html").read_text()
    assert "<svg" in page and "anana" not in page
    assert main(["experiment", "report", str(tmp_path / "logs/toy/held-out.yaml"), "--log-dir", f"{logs}/toy"]) == 0
    assert main(["experiment", "climb", str(path), "--log-dir", logs]) == 0
    assert set(ran(tmp_path).values()) == {1} and len(ran(tmp_path)) == 2 * 8 + 2 * 16, "nothing is run twice"
