"""Every command that takes logs says of a file that is none that it is none."""

from pathlib import Path

import pytest

from seer_evals.cli import main

FILES = {
    "README.md": b"# A page",
    "words.eval": b"hello",
    "empty.eval": b"",
    "hollow.eval": b"PK\x05\x06" + b"\0" * 18,
    "other.json": b'{"a": 1}',
    "list.json": b"[1]",
    "words.json": b"hello",
}


@pytest.mark.parametrize("command", [["table"], ["table", "technique"], ["notebook"]], ids=" ".join)
@pytest.mark.parametrize("name", FILES)
def test_it_says_that_it_is_none(
    name: str, command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    assert main([*command, str(path)]) == 2
    said = capsys.readouterr().err
    assert said == f"seer: {path} is no log of an evaluation: give .eval files, or directories that hold some\n"


@pytest.mark.parametrize("name", FILES)
def test_a_comparison_names_what_it_leaves_out(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, sample = tmp_path / name, next((Path(__file__).parents[2] / "logs" / "sample").glob("*.eval"))
    path.write_bytes(FILES[name])
    assert main(["compare", str(sample), str(path)]) == 0
    assert f"left out: {name}, which is no log of an evaluation" in " ".join(capsys.readouterr().out.split())
    assert main(["compare", str(path)]) == 2
    assert "no log with samples" in capsys.readouterr().err


@pytest.mark.parametrize("name", FILES)
def test_labels_that_point_at_none_say_so(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_bytes(FILES[name])
    labels = tmp_path / "labels.yaml"
    labels.write_text(f"id: one\nlog: {name}#one\nlabels: {{overrefusal: {{me: 1}}}}\n", encoding="utf-8")
    assert main(["judge", "calibrate", str(labels), "--model", "mockllm/model"]) == 2
    assert "is no log of an evaluation" in capsys.readouterr().err
