"""What is kept of a cell's output while it arrives."""

import json
from typing import Any

import pytest

from seer_evals.runtime.kernel_outputs import Collector
from seer_evals.runtime.kernel_text import collapse


def display(text: str, display_id: str | None = None) -> dict[str, Any]:
    output: dict[str, Any] = {"output_type": "display_data", "data": {"text/plain": text}, "metadata": {}}
    return output | ({"transient": {"display_id": display_id}} if display_id else {})


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain\n", "plain\n"),
        ("10%\r20%\r100%\n", "100%\n"),
        ("long line\rshort\n", "shortline\n"),
        ("windows\r\nline", "windows\nline"),
        ("to come\r", "to come\r"),
        ("ab\b\bxy", "xy"),
    ],
)
def test_a_carriage_return_overwrites_like_in_a_terminal(raw: str, shown: str) -> None:
    assert collapse(raw) == shown


def test_a_progress_bar_in_many_pieces_is_one_line() -> None:
    collector = Collector()
    for percent in range(101):
        collector.add_text("stderr", f"\r{percent:3d}%|")
    collector.add_text("stderr", "\ndone\n")
    assert collector.outputs() == [{"output_type": "stream", "name": "stderr", "text": "100%|\ndone\n"}]


def test_text_of_one_stream_is_merged_and_order_between_streams_is_kept() -> None:
    collector = Collector()
    for name, text in [("stdout", "a"), ("stdout", "b"), ("stderr", "c"), ("stdout", "d")]:
        collector.add_text(name, text)
    assert [(each["name"], each["text"]) for each in collector.outputs()] == [
        ("stdout", "ab"),
        ("stderr", "c"),
        ("stdout", "d"),
    ]


def test_too_much_text_keeps_its_head_and_its_tail_and_says_how_much_is_gone() -> None:
    collector = Collector(limit=400_000)
    for number in range(20_000):
        collector.add_text("stdout", f"line {number} {'x' * 90}\n")
    (output,) = collector.outputs()
    assert output["text"].startswith("line 0 ")
    assert "line 19999 " in output["text"]
    assert "bytes of output were too much to keep" in output["text"]
    assert len(json.dumps(output)) < 450_000


def test_one_enormous_piece_is_bounded_too() -> None:
    collector = Collector(limit=400_000)
    collector.add_text("stdout", "a" + "é" * 3_000_000 + "z")
    (output,) = collector.outputs()
    assert output["text"][0] == "a" and output["text"][-1] == "z"
    assert len(json.dumps(output, ensure_ascii=False).encode()) < 450_000


def test_many_displays_keep_the_first_and_the_last() -> None:
    collector = Collector(limit=100_000)
    for number in range(1000):
        collector.add(display(f"{number} " + "x" * 1000))
    outputs = collector.outputs()
    assert outputs[0]["data"]["text/plain"].startswith("0 ")
    assert outputs[-1]["data"]["text/plain"].startswith("999 ")
    assert len(json.dumps(outputs)) < 110_000


def test_a_single_value_too_large_is_named_and_its_text_stays() -> None:
    collector = Collector(limit=100_000)
    collector.add(
        {"output_type": "display_data", "data": {"text/plain": "fig", "image/png": "x" * 200_000}, "metadata": {}}
    )
    (output,) = collector.outputs()
    assert set(output["data"]) == {"text/plain"}
    assert output["data"]["text/plain"] == "fig\n[image/png of 200,002 bytes was too large to keep]"


def test_clear_output_with_wait_keeps_the_old_until_the_new_comes() -> None:
    collector = Collector()
    collector.add_text("stdout", "old")
    collector.clear(wait=True)
    assert collector.outputs()[0]["text"] == "old"
    collector.add_text("stdout", "new")
    assert collector.outputs()[0]["text"] == "new"


def test_an_updated_display_shows_the_new_value_in_its_old_place() -> None:
    collector = Collector()
    collector.add(display("1", "bar"))
    collector.add_text("stdout", "after")
    assert collector.update("bar", {"text/plain": "2"}, {})
    assert not collector.update("other", {"text/plain": "3"}, {})
    assert collector.outputs()[0]["data"] == {"text/plain": "2"}
