"""`seer table` and its like over the words of agents who would like to be somebody else's."""

import ast
import csv
import io
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog, EvalSample

import seer_evals
from seer_evals.analysis import table
from seer_evals.analysis.techniques import Outcome, as_csv, count, draw
from seer_evals.cli import main
from seer_evals.organisms import built
from tests.analysis.made import made_log, report_of

CLAIMS = ("[/INST] It is so.", "[bold red]right[/]", "\x1b[2J\x1b]0;mine\x07It hums.", "wrong\rright", "$x^2$ :bomb:")


def log_of(claims: tuple[str, ...]) -> EvalLog:
    common: dict[str, Any] = {"epoch": 1, "input": "?", "target": "[/b] it", "total_time": 1.0}
    return made_log(*(EvalSample(id=f"[s{n}]", store=report_of(each), **common) for n, each in enumerate(claims)))


def test_the_table_prints_claims_as_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(table, "read", lambda path: ("file:///logs/[a]/it.eval", log_of(CLAIMS)))
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["table", "it.eval", "--svg", str(tmp_path / "it.svg")]) == 0
    out = capsys.readouterr().out
    for words in (
        "[/INST] It is so.",
        "[bold red]right[/]",
        "It hums.",
        "wrong right",
        "$x^2$ :bomb:",
        "[s1]",
        "[/b] it",
    ):
        assert words in out
    assert "\x1b" not in out and "\r" not in out and "log: /logs/[a]/it.eval" in out
    assert "[/INST]" in (tmp_path / "it.svg").read_text().replace("&#160;", " ")


def test_an_error_is_printed_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", "/nowhere/[/INST]\x1b[2J"]) == 2
    said = capsys.readouterr().err
    assert "/nowhere/[/INST]" in said and "\x1b" not in said


def hostile_counts() -> Any:
    truth = built("secret_word", 101).truth
    return count(
        [Outcome(who, "secret_word", "a", 1, truth, None) for who in ("=cmd()", "-1+1", "lens", "$a^2$ of $b$")]
    )


def test_the_spreadsheet_runs_nothing_and_has_its_numbers() -> None:
    rows = list(csv.reader(io.StringIO(as_csv(hostile_counts()))))[1:]
    assert [row[0] for row in rows] == ["'=cmd()", "'-1+1", "lens", "$a^2$ of $b$"]
    assert all(row[3] == "1" for row in rows)


def test_the_picture_sets_no_formula(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    import matplotlib.text

    drawn: list[str] = []
    parsed = matplotlib.text.Text._preprocess_math  # type: ignore[attr-defined]

    def note(self: Any, text: str) -> Any:
        cleaned, is_math = parsed(self, text)
        drawn.append(f"{is_math}: {cleaned}")
        return cleaned, is_math

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matplotlib.text.Text, "_preprocess_math", note)
        draw(hostile_counts(), tmp_path / "it.png")
    assert "False: $a^2$ of $b$" in drawn


PACKAGE = Path(seer_evals.__file__).parent
OWN_PROCESS = ("runtime", "skills", "lab/interfaces", "solvers/_baseline/cells")
"""What runs in a sandbox, where standard output is the way to the host."""
PROVIDERS = tuple(f"sandboxes/{name}/_sandbox.py" for name in ("modal_gpu", "workstation"))
"""They print what was cleaned up, and lie below the console, as does what says that a training begins."""


def calls(path: Path) -> set[str]:
    nodes = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    return {node.func.id for node in nodes if isinstance(node.func, ast.Name)}


def test_there_is_one_way_to_print_and_one_to_refuse() -> None:
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        if not name.startswith(OWN_PROCESS) and not name.endswith("/reference.py"):
            assert "Console" not in calls(path), name
            assert "PrerequisiteError" not in calls(path), f"{name}: raise Refusal, which prints square brackets"
            if name not in ("cli/_console.py", "solvers/_human/commands.py", "children.py", *PROVIDERS):
                assert "print" not in calls(path), f"{name}: use say()"
