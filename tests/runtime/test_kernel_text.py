"""Text as a terminal leaves it."""

import time
from collections.abc import Sequence

import pytest

from seer_evals.runtime.kernel.text import LIVE, Screen


def screen(*pieces: str) -> str:
    it = Screen()
    for piece in pieces:
        it.write(piece)
    return it.text()


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain\n", "plain\n"),
        ("10%\r20%\r100%\n", "100%\n"),
        ("long line\rshort\n", "shortline\n"),
        ("windows\r\nline", "windows\nline"),
        ("ab\b\bxy", "xy"),
        ("typo\b\b\x1b[Kxt", "tyxt"),
        ("a\nb\nc\x1b[2A\rX\x1b[2B\rY", "X\nb\nY"),
        ("a\nb\nc\x1b[F\x1b[2Knew", "a\nnew\nc"),
        ("one\ntwo\nthree\x1b[2A\r\x1b[J", ""),
        ("abc\x1b[3Gx", "abx"),
        ("abc\x1b[2D!\x1b[C?", "a!c?"),
        ("x\x1b[4Cy", "x    y"),
        ("abcd\x1b[2D\x1b[1K", "   d"),
        ("\x1b[2J\x1b[Hkept", "kept"),
        ("a\x1b]8;;http://x\x1b\\link\x1b]8;;\x07b", "alinkb"),
        ("\x9b31mred\x9b0m", "\x1b[31mred\x1b[0m"),
        ("bell\x07 and\x00 nul", "bell and nul"),
        ("\x1b[999999999Cx", " " * 1000 + "x"),
        ("\x1b[" + "9" * 2000 + "Ax", "x"),
    ],
)
def test_control_characters_do_what_they_do_in_a_terminal(raw: str, shown: str) -> None:
    assert screen(raw) == shown
    assert screen(*raw) == shown, "in whatever pieces it comes"


def test_control_strings_of_eight_bits_are_gone_but_a_stray_character_is_text() -> None:
    assert screen("\x9d0;title\x9c\x90dcs\x9cx") == "x"
    assert screen("mojibake \x9d of model output\n") == "mojibake \x9d of model output\n"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m plain", "\x1b[31mred\x1b[0m plain"),
        ("\x1b[32m 50%\x1b[0m\r\x1b[32m100%\x1b[0m", "\x1b[32m100%\x1b[0m"),
        ("\x1b[31mABC\x1b[0m\rx", "x\x1b[31mBC\x1b[0m"),
        ("\x1b[1;31mtwo\nlines\x1b[m.", "\x1b[1;31mtwo\x1b[0m\n\x1b[1;31mlines\x1b[0m."),
    ],
)
def test_colours_stay_with_their_characters(raw: str, shown: str) -> None:
    assert screen(raw) == shown


def test_nested_progress_bars_are_as_many_lines_as_bars() -> None:
    steps = [f"\r{i}|outer\n\r{i}|inner\x1b[A" for i in range(60)]
    assert screen(*steps, "\n\n").splitlines() == ["59|outer", "59|inner"]


def test_lines_far_above_cannot_be_reached_and_stay() -> None:
    text = screen("line\n" * (2 * LIVE), f"\x1b[{2 * LIVE}A", "\rtop!")
    assert text.splitlines()[: LIVE + 1] == ["line"] * (LIVE + 1)
    assert text.splitlines().count("top!") == 1


def test_the_size_is_that_of_the_text_as_json() -> None:
    it = Screen()
    for piece in ('"quoted"\n', "é☕\n" * 300, "a\rb", "\x1b[A\x1b[2K", "tail\t"):
        it.write(piece)
    assert len(it.text().encode()) <= it.size <= 2 * len(it.text().encode())


def test_what_is_dropped_is_dropped_from_the_begin_and_counted() -> None:
    it = Screen()
    it.write("".join(f"line {number}\n" for number in range(10_000)))
    before = it.text()
    dropped = it.drop(50_000)
    assert it.text() == before[dropped:] and dropped >= 40_000
    assert dropped + it.drop(10**9) == len(before) and it.text() == ""


def test_dropping_works_within_one_line() -> None:
    it = Screen()
    it.write("x" * 10_000 + "end")
    assert it.drop(5_000) == 5_000
    it.write("!")
    assert it.text() == "x" * 5_000 + "end!"


@pytest.mark.parametrize(
    "piece", [(".",), ("\b.",), ("\rbar", "\n\x1b[A"), ("\x1b[31m.\x1b[0m",)], ids=["plain", "back", "up", "colour"]
)
def test_the_work_of_an_append_does_not_grow_with_what_is_there(piece: Sequence[str]) -> None:
    def seconds(length: int) -> float:
        it = Screen()
        it.write("x" * length)
        it.write(piece[0])  # what is done once, when a line is first overwritten
        begin = time.process_time()
        for _ in range(3000):
            for each in piece:
                it.write(each)
        return time.process_time() - begin

    assert seconds(3_000_000) < 10 * seconds(100) + 0.1
