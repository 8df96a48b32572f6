"""What is kept of a cell's output while it arrives."""

import json
import time
from typing import Any

from seer_evals.runtime.kernel.outputs import Collector


def display(text: str, display_id: str | None = None) -> dict[str, Any]:
    output: dict[str, Any] = {"output_type": "display_data", "data": {"text/plain": text}, "metadata": {}}
    return output | ({"transient": {"display_id": display_id}} if display_id else {})


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
    assert "characters of output were too much to keep" in output["text"]
    assert len(json.dumps(output)) < 450_000


def test_one_enormous_piece_is_bounded_too() -> None:
    collector = Collector(limit=400_000)
    collector.add_text("stdout", "a" + "é" * 3_000_000 + "z")
    (output,) = collector.outputs()
    assert output["text"][0] == "a" and output["text"][-1] == "z"
    assert len(json.dumps(output, ensure_ascii=False).encode()) < 450_000


def test_the_note_says_how_much_was_written_and_how_much_of_it_is_gone() -> None:
    collector = Collector(limit=400_000)
    collector.add_text("stdout", "a" * 300_000)
    collector.add_dropped(1_000_000)
    collector.add_text("stdout", "z" * 50_000)
    (output,) = collector.outputs()
    begin, note, end = output["text"].splitlines()
    assert "1,000,000 of 1,350,000 characters of output were too much to keep" in note
    assert (set(begin), set(end)) == ({"a"}, {"z"})


def test_short_outputs_in_turn_are_bounded_by_what_they_take_as_outputs() -> None:
    collector = Collector(limit=400_000)
    for number in range(20_000):
        collector.add_text(("stdout", "stderr")[number % 2], "x")
    outputs = collector.outputs()
    assert len(json.dumps(outputs)) < 450_000 and len(outputs) > 1000


def test_a_stream_that_goes_on_after_another_began_is_a_new_output_that_cannot_overwrite_the_old() -> None:
    collector = Collector()
    for name, text in [("stderr", "10%"), ("stdout", "step\n"), ("stderr", "\r20%")]:
        collector.add_text(name, text)
    assert [each["text"] for each in collector.outputs()] == ["10%", "step\n", "20%"]


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


def test_a_traceback_of_enormous_lines_is_bounded() -> None:
    collector = Collector()
    collector.add({"output_type": "error", "ename": "E", "evalue": "", "traceback": ["x" * 100_000] * 1000})
    assert len(json.dumps(collector.outputs())) < 3 * 2**20


def test_a_value_whose_text_is_too_large_keeps_the_begin_and_the_end_of_it() -> None:
    collector = Collector(limit=1_000_000)
    collector.add(display("begin" + "x" * 2_000_000 + "end"))
    text = collector.outputs()[0]["data"]["text/plain"]
    assert text.startswith("begin") and "end\n[text/plain of " in text and len(text) < 110_000


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


def test_updates_of_many_displays_cost_the_same_however_many_there_are() -> None:
    def seconds(displays: int) -> float:
        collector = Collector()
        for number in range(displays):
            collector.add(display("before", str(number)))
        begin = time.process_time()
        for number in range(1000):
            assert collector.update(str(number % displays), {"text/plain": "after"}, {})
        return time.process_time() - begin

    assert seconds(10_000) < 5 * seconds(100) + 0.1


def test_a_display_that_grows_beyond_the_limit_pushes_out_what_comes_after_it() -> None:
    collector = Collector(limit=1_000_000)
    collector.add(display("small", "grows"))
    for number in range(6):
        collector.add(display(f"{number} " + "x" * 100_000, str(number)))
    assert collector.update("grows", {"text/plain": "x" * 200_000}, {})
    assert len(json.dumps(collector.outputs())) < 1_100_000
    assert not collector.update("5", {"text/plain": "gone"}, {})
    assert "displays were too much to keep" in collector.outputs()[-1]["text"]
