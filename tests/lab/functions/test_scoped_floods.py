"""What costs the evaluation much if it is not bounded: floods, deep, wide and colliding calls, tried from inside."""

import json
import re
from pathlib import Path
from typing import Any

import anyio
import pytest
from inspect_ai.log import transcript
from scoped_support import INTERFACE, Place, calls, environment, opened
from test_scoped_attacks import BROKERS, raw

from benchmarks._stall import watched
from seer_evals.environment import Environment, ScopedSpec
from seer_evals.inspect_private import Transcript, init_transcript
from seer_evals.lab.functions import CallError
from seer_evals.lab.functions._events import MAX_REFUSALS, MAX_SIZE, CallLog, show

PIPE = BROKERS + "import struct\npipe = open(f'/proc/{pids[0]}/fd/1', 'wb')\n"
FLOOD = PIPE + "pipe.write(b''.join(struct.pack('!III', n, 2, 0) + b'{}' for n in range(1, 50_001)))\npipe.close()"
COLLIDING = "[i * (2**61 - 1) for i in range(30_000)]"


async def works(place: Place) -> bool:
    """A function can be called from the agent's sandbox, from a broker that may be a new one."""
    attempt = "    try: print(vault.add(1)); break\n    except OSError: time.sleep(0.1)"
    return await place.python(f"import time, vault\nfor _ in range(100):\n{attempt}") == "3\n"


@pytest.mark.slow
async def test_a_flood_of_frames_without_a_token_holds_up_nobody(tmp_path: Path) -> None:
    init_transcript(Transcript())
    async with opened(environment(tmp_path)) as place:
        async with watched() as stall:
            await place.python(FLOOD)
            assert await works(place)
        # A task for each frame makes this ten seconds.
        assert stall.longest < 1
    written = calls(transcript().events)
    assert sum("no token" in call["outcome"] for call in written) == MAX_REFUSALS
    assert len(written) < MAX_REFUSALS + 5
    counted = [match for call in written if (match := re.match(r"(\d+) more calls of this", call["outcome"]))]
    assert [int(match[1]) for match in counted] == [50_000 - MAX_REFUSALS]


@pytest.mark.parametrize("depth", [100, 600, 900, 40_000])
async def test_deep_arguments_are_refused_and_end_no_other_call(place: Place, depth: int) -> None:
    code = f"""
head = json.dumps({{"token": TOKEN, "sandbox": "vault", "function": "echo", "arguments": 0}})[:-2]
body = (head + '{{"value": ' + "[" * {depth} + "]" * {depth} + "}}}}").encode()
print(send(struct.pack("!III", 0, len(body), 0) + body))
"""
    assert "nested" in json.loads(await raw(place, code))["error"]["message"]
    assert await place.call("add", x=1) == 3 and await works(place)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ("{f'a{i}': 0 for i in range(200_000)}", "more than 50,000 values"),
        ("{'value': [[]] * 200_000}", "more than 50,000 values"),
        (f"{{'value': {{'$': 'set', 'items': {COLLIDING}}}}}", "30000 keys or items"),
        (f"{{'value': {{'$': 'dict', 'items': [[i, 0] for i in {COLLIDING}[:15_000]]}}}}", "15000 keys or items"),
        ("{'value': {'$': 'set', 'items': [7] * 1000}}", "1000 keys or items"),
        ("{'value': [{'$': 'bytes', 'at': [0, 2**25]}] * 500}", "more bytes than were sent"),
        ("{'value': 10**1500}", "4096 bits"),
    ],
)
async def test_costly_arguments_are_refused_before_they_cost(place: Place, arguments: str, why: str) -> None:
    starts = place.gateway._servers["vault"]._starts
    payload = "bytes(2**25)" if "bytes" in arguments else "b''"
    said = await raw(place, f"print(send(request({payload}, function='echo', arguments={arguments})))")
    assert why in json.loads(said)["error"]["message"]
    assert await works(place) and place.gateway._servers["vault"]._starts == starts


async def test_an_integer_too_long_to_be_read_is_refused(place: Place) -> None:
    code = """
body = request(function="echo", arguments={"value": 77777})[12:].replace(b"77777", b"7" * 5000)
print(send(struct.pack("!III", 0, len(body), 0) + body))
"""
    assert "4300 digits" in json.loads(await raw(place, code))["error"]["message"]
    assert await works(place)


async def test_a_wide_call_is_written_down_in_a_few_words(tmp_path: Path) -> None:
    init_transcript(Transcript())
    async with opened(environment(tmp_path)) as place:
        said = await raw(
            place, "print(send(request(function='add', arguments={f'a{i}' * 50: '\\ud800' for i in range(9_000)})))"
        )
        assert "no parameter" in said
    [call] = calls(transcript().events)
    assert len(json.dumps(call)) < 20_000 and call["arguments"]["…"] == "8976 more arguments"
    json.dumps(call, ensure_ascii=False).encode()


async def test_more_calls_than_are_served_at_once_are_refused_and_harm_no_other(place: Place) -> None:
    code = """
held = hold(140, request(function="later", sandbox="pool", arguments={"seconds": 600.0}))
answers = []
for connection in held[128:]:
    connection.settimeout(30)
    answers.append(connection.recv(65536)[12:].decode())
print(sum("too many calls" in answer for answer in answers))
for connection in held:
    connection.close()
"""
    assert await raw(place, code) == "12\n"
    assert await place.call("add", x=1) == 3 and await works(place)


@pytest.mark.parametrize(
    "header", [b"\xff\xfe", b"{" * 9999, b"null", b"7", b'{"token": {}}', b'{"token": "\\ud800"}', b"[" * 99999]
)
async def test_what_a_forged_broker_says_is_refused(place: Place, header: bytes) -> None:
    """Who runs as the sandbox's user can take the broker over, so what it says is believed no more than a caller."""
    code = f"header = {header!r}\npipe.write(struct.pack('!III', 4_000_000_000, len(header), 0) + header)\npipe.close()"
    await place.python(PIPE + code)
    assert await works(place)


async def test_bytes_that_are_no_frames_cost_the_broker_and_too_many_are_said(tmp_path: Path) -> None:
    init_transcript(Transcript())
    async with opened(environment(tmp_path)) as place:
        for _ in range(3):
            await place.python(PIPE + "pipe.write(bytes([255]) * 100)\npipe.close()")
            assert await works(place)
        for _ in range(40):
            await place.python(BROKERS + "[os.kill(pid, 9) for pid in pids]")
            if any("any more" in call["outcome"] for call in calls(transcript().events)):
                break
            await anyio.sleep(0.1)
        # Killed often enough, or while one was being started.
        assert "no call can be made any more" in calls(transcript().events)[-1]["outcome"]
        assert await place.call("add", x=1) == 3, "the harness has a way of its own"


FORGE = '''
@expose
def forge(header: str) -> int:
    """Answer with something else.

    Args:
        header: Of the frame.
    """
    import gc, sys
    server = sys.modules["__main__"]
    [serving] = [each for each in gc.get_objects() if type(each) is server.Server]
    [channel] = serving._calls
    serving._connection.write(server.Frame(channel, header.encode("latin-1")))
    return 1
'''
NONSENSE = [
    "{}",
    "[]",
    "null",
    "\xff\xfe",
    '{"value"',
    '{"error": 5}',
    '{"error": {}}',
    '{"error": {"type": 7, "message": "x"}}',
    '{"error": {"type": "X", "message": "' + "x" * 100_000 + '"}}',
    '{"text": "x"}',
    '{"text": 5, "images": []}',
    '{"text": "x", "images": {}}',
    '{"value": {"$": "pickle"}}',
    '{"value": {"$": "bytes", "at": [0, 5]}}',
    '{"value": {"$": "set", "items": [[]]}}',
    '{"value": ' + "[" * 500 + "]" * 500 + "}",
    '{"value": ' + "9" * 5000 + "}",
]


async def test_a_forged_answer_is_an_error_of_its_call(tmp_path: Path) -> None:
    interface = tmp_path / "forging.py"
    interface.write_text(INTERFACE + FORGE)
    async with opened(Environment(scoped=(ScopedSpec(name="vault", interface=str(interface)),))) as place:
        for header in NONSENSE:
            with pytest.raises(CallError):
                await place.call("forge", header=header)
            with pytest.raises(CallError):
                await place.gateway.call_tool(place.function("forge"), {"header": header})
        for image in ("no base64", "iVBORw0KGgo=", "A" * 400):
            header = json.dumps({"text": "seen", "images": [image]})
            shown = await place.gateway.call_tool(place.function("forge"), {"header": header})
            assert isinstance(shown, str) and shown.startswith("seen\n[A picture ")
        assert await works(place)


def test_the_log_of_a_sample_is_bounded_and_counts_the_rest() -> None:
    init_transcript(Transcript())
    log = CallLog()
    for i in range(60_000):
        log.call(
            caller="shell", sandbox="s", function="f", arguments={"x": i}, payload=b"", seconds=0.1, outcome="x" * 9999
        )
    log.close()
    written = calls(transcript().events)
    assert sum(len(call["outcome"]) for call in written) <= MAX_SIZE
    assert written[-1]["outcome"] == f"{60_000 - len(written) + 2} more calls of this caller are not written down"


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("text", "text"),
        ([1, "a", None], '[1, "a", null]'),
        ({"a": [True]}, '{"a": [true]}'),
        ({"$": "tensor", "dtype": "float32", "shape": [2, 3], "at": [0, 24]}, "tensor float32 [2, 3]"),
        ([{"$": "str", "at": [0, 3]}, {"$": "bytes", "at": [0, 3]}], '["abc", "3 bytes"]'),
        ({"$": "tuple", "items": [1]}, "[1]"),
        ({"$": "array", "dtype": ["x"] * 99, "shape": {}}, "array ['x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', ?"),
        ([[[]] * 9_999] * 9_999, "[" + ("[" + "[], " * 9_999)[:199] + "…"),
        ("\ud800", "\ufffd"),
    ],
)
def test_an_argument_is_shown_in_a_few_words(data: Any, shown: str) -> None:
    assert show(data, b"abc") == shown
