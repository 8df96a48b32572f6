"""What waits to be sent: in order, bounded, and lost nowhere but in the middle of too much."""

import time
from collections.abc import Callable

import pytest

from seer_evals.runtime.kernel import outbox as outbox_module
from seer_evals.runtime.kernel.outbox import Header, Outbox, Part


class Thread:
    """An output thread that does everything at once, and timed things when told to."""

    is_current = True

    def __init__(self) -> None:
        self.sent: list[tuple[Header, list[Part]]] = []
        self.timed: list[tuple[float, Callable[[], None]]] = []

    def schedule(self, function: Callable[[], None]) -> None:
        function()

    def call_later(self, seconds: float, function: Callable[[], None]) -> None:
        self.timed.append((seconds, function))

    def publish(self, header: Header, parts: list[Part]) -> None:
        self.sent.append((header, parts))

    def text(self) -> str:
        return "".join(text for _, parts in self.sent for _, text, _ in parts)


FIRST: Header = {"msg_id": "1"}
SECOND: Header = {"msg_id": "2"}


def test_the_streams_of_several_cells_keep_their_order() -> None:
    thread = Thread()
    outbox = Outbox(thread)
    for header, name, text in [
        (FIRST, "stdout", "a"),
        (FIRST, "stdout", "b"),
        (FIRST, "stderr", "c"),
        (SECOND, "stdout", "d"),
        (FIRST, "stdout", "e"),
    ]:
        outbox.write(header, name, text, 0.0)
    outbox.post()
    assert thread.sent == [
        (FIRST, [("stdout", "ab", 0), ("stderr", "c", 0)]),
        (SECOND, [("stdout", "d", 0)]),
        (FIRST, [("stdout", "e", 0)]),
    ]


@pytest.mark.parametrize("size", [1, 7, 1000, 10**6, 10**8])
def test_too_much_keeps_its_begin_and_its_end_and_counts_the_rest(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(outbox_module, "HEAD", 6000)
    monkeypatch.setattr(outbox_module, "TAIL", 2000)
    monkeypatch.setattr(outbox_module, "PIECE", 500)
    thread = Thread()
    outbox = Outbox(thread)
    written = "".join(chr(97 + number % 26) for number in range(26)) * (max(size, 20_000) // 26 + 1)
    for start in range(0, len(written), size):
        outbox.write(FIRST, "stdout", written[start : start + size], 0.0)
    outbox.post()
    text, dropped = thread.text(), sum(part[2] for _, parts in thread.sent for part in parts)
    assert text.startswith(written[:6000]) and text.endswith(written[-1500:])
    assert len(text) + dropped == len(written) and 7500 <= len(text) <= 8000
    assert all(sum(len(part[1]) for part in parts) <= 500 for _, parts in thread.sent)


class SlowThread(Thread):
    """One on a busy machine."""

    def publish(self, header: Header, parts: list[Part]) -> None:
        time.sleep(0.005)
        super().publish(header, parts)


def test_flushes_are_carried_out_at_once_until_they_have_taken_too_long_and_then_soon() -> None:
    thread = SlowThread()
    outbox = Outbox(thread)
    for _ in range(1000):
        outbox.write(FIRST, "stdout", ".", 0.0)
        outbox.flush()
    assert 2 <= len(thread.sent) < 100, "sent one by one"
    assert any(seconds == outbox_module.SOON for seconds, _ in thread.timed)
    for _, function in thread.timed:
        function()
    assert thread.text() == "." * 1000


def test_text_that_nobody_flushes_is_sent_after_an_interval() -> None:
    thread = Thread()
    outbox = Outbox(thread)
    outbox.write(FIRST, "stdout", "text", 0.0)
    ((seconds, function),) = thread.timed
    assert seconds == outbox_module.INTERVAL and not thread.sent
    function()
    assert thread.text() == "text"


def test_a_forked_child_forgets_what_its_parent_will_send() -> None:
    thread = Thread()
    outbox = Outbox(thread)
    outbox.write(FIRST, "stdout", "text", 0.0)
    outbox.reset()
    outbox.post()
    assert not thread.sent
