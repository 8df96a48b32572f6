"""Text that does nothing but be read."""

import csv
import io
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from seer_evals.cli._console import PlainConsole, save_picture
from seer_evals.inspect_private import exception_hook
from seer_evals.plain_text import shown, spreadsheet_cell
from seer_evals.refusal import Refusal

HOSTILE = {
    "\x1b[31mred\x1b[0m": "red",
    "\x1b[2J\x1b[H\x1b[?1049hgone": "gone",
    "\x1b]8;;http://evil\x07link\x1b]8;;\x07": "link",
    "\x1b]52;c;ZXZpbA==\x1b\\clip": "clip",
    "\x9b31mC1\x9d0;title\x9c.": "C1.",
    "\x1bP+q\x1b\\terminal": "terminal",
    "\x1b]0;never closed": "0;never closed",
    "right\rwrong": "right\nwrong",
    "back\x08\x08ed": "backed",
    "\u202egnp.exe\u202c": "gnp.exe",
    "\u2066a\u2069\u200b\u2060\ufeffb": "ab",
    "\U000e0041\U000e0042tags": "tags",
    "half \ud800": "half \ufffd",
    "family 👨\u200d👩\u200d👧, می\u200cخواهم": "family 👨\u200d👩\u200d👧, می\u200cخواهم",
    "[/INST] [bold red]right[/] :warning: tab\there": "[/INST] [bold red]right[/] :warning: tab\there",
}


@pytest.mark.parametrize(("text", "plain"), HOSTILE.items(), ids=[ascii(text) for text in HOSTILE])
def test_what_is_shown(text: str, plain: str) -> None:
    assert shown(text) == plain


def test_no_control_character_is_left() -> None:
    everything = "".join(map(chr, range(0x110000)))
    left = {unicodedata.category(character) for character in set(shown(everything)) - set("\n\t\u200c\u200d")}
    assert not left & {"Cc", "Cf", "Cs"}


def printed(*things: object, color: bool = True) -> str:
    file = io.StringIO()
    console = PlainConsole(file=file, force_terminal=color, width=200)
    for thing in things:
        console.print(thing)
    return file.getvalue()


@pytest.mark.parametrize("text", HOSTILE, ids=map(ascii, HOSTILE))
def test_a_cell_a_heading_and_a_line_are_text(text: str, tmp_path: Path) -> None:
    table = Table(text, title=text)
    table.add_row(text)
    written = printed(table, text)
    assert "\x1b[31m" not in written and "\x1b]" not in written
    for line in shown(text).replace("\t", " ").splitlines():
        assert written.replace("\t", " ").count(line.strip()) >= 4 or "\t" in text
    save_picture([table, text], tmp_path / "it.svg", "it")
    assert (tmp_path / "it.svg").read_bytes()


FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200b=1", "＝1+1", '=HYPERLINK("http://evil")')


@pytest.mark.parametrize("text", FORMULAS)
def test_a_spreadsheet_runs_no_formula(text: str) -> None:
    file = io.StringIO()
    csv.writer(file).writerow([spreadsheet_cell(text)])
    (row,) = csv.reader(io.StringIO(file.getvalue()))
    assert row[0].startswith("'")


@pytest.mark.parametrize("value", [3, -3, -0.5, None, "-0.5", "+3", "1e-5", "plain", "a=b", ""])
def test_numbers_and_words_stay_what_they_are(value: object) -> None:
    assert spreadsheet_cell(value) == value


MESSAGE = 'pip install "seer_evals[swe]", not [/INST] nor [bold red]it[/] nor :warning: nor C:\\[a] nor \\'


def test_inspect_prints_a_refusal_as_it_is_and_a_log_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # Rich's own console, which Inspect prints by, is silenced for good by an evaluation without a display.
    terminal = Console(file=io.StringIO(), width=200)
    monkeypatch.setattr("inspect_ai._util.error.print", terminal.print)
    refusal = Refusal(f"{MESSAGE}\x1b[2J")
    exception_hook()(Refusal, refusal, None)  # type: ignore[arg-type]
    assert terminal.file.getvalue().strip() == MESSAGE  # type: ignore[attr-defined]
    assert str(refusal) == MESSAGE == refusal.message and repr(MESSAGE) in repr(refusal)


def test_square_brackets_arrive_at_the_terminal_of_who_calls_inspect() -> None:
    command = [sys.executable, "-m", "inspect_ai", "eval", "seer_evals/hidden_preference", "-T", "skills=a[/INST]"]
    environment = {**os.environ, "INSPECT_DISPLAY": "plain"}
    done = subprocess.run([*command, "--model", "mockllm/model"], env=environment, capture_output=True, text=True)
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode and "'a[/INST]'" in said and "Traceback" not in said and "MarkupError" not in said
