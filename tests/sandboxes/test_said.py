"""The boundary itself: what is read of what a sandbox says, what is refused, and what that costs."""

import json
import time
from typing import Any

import pytest
from pydantic import ValidationError

from seer_evals.runtime.pictures import problem_of as problem_of_picture
from seer_evals.runtime.untrusted import MAX_DEPTH, MAX_VALUES, NotPlain, count_of, parse, parse_object, problem_of
from seer_evals.sandboxes import Count, Said, Seconds, Text, said
from seer_evals.sandboxes._remarks import remark_in

MIB = 2**20


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(
    "value", [None, True, 1, -1.5, "ä\n\0", [], {}, [{"a": [1, {"b": None}]}], "[[[" * 100, 10**4000]
)
def test_plain_data_is_read_as_what_it_is(value: object) -> None:
    assert parse(json.dumps(value)) == value == parse(json.dumps(value, ensure_ascii=False).encode())
    assert problem_of(value) == ""


def test_the_bounds_are_exact() -> None:
    assert parse(nested(MAX_DEPTH)) and not problem_of(json.loads(nested(MAX_DEPTH)))
    with pytest.raises(NotPlain, match="more than 64 deep"):
        parse(nested(MAX_DEPTH + 1))
    assert "64 deep" in problem_of(json.loads(nested(MAX_DEPTH + 1)))
    assert len(parse(json.dumps([0] * MAX_VALUES))) == MAX_VALUES
    assert parse("9" * 4300) == 10**4300 - 1
    assert count_of([1, {"a": [2]}]) == 5


REFUSED = {
    "nothing": b"",
    "words": b"nonsense",
    "no UTF-8": b'"\xff"',
    "UTF-8 of a surrogate": b'"\xed\xa0\x80"',
    "two values": b"1 2",
    "4301 digits": b"9" * 4301,
    "deep": nested(100_000).encode(),
    "deep objects": b'{"a":' * 5_000,
    "a megabyte of opening brackets": b"[" * MIB,
    "closing brackets": b"]" * 4 * MIB,
    "wide": b"[" + b"0," * 2 * MIB + b"0]",
    "many keys": b"{" + b",".join(b'"a%d":0' % i for i in range(280_000)) + b"}",
    "quotes": b'"' * 4 * MIB,
    "escapes without an end": b'"' + b'\\"' * 2 * MIB,
    "backslashes": b"\\" * 4 * MIB,
    "strings": b'"",' * MIB,
    "digits": b"9" * 4 * MIB,
}


@pytest.mark.parametrize("how", REFUSED)
def test_what_is_no_plain_data_is_refused_before_it_costs_anything(how: str) -> None:
    began = time.process_time()
    with pytest.raises(NotPlain) as refused:
        parse(REFUSED[how])
    assert time.process_time() - began < 0.5
    assert len(str(refused.value)) < 200


def test_half_of_a_surrogate_pair_becomes_a_replacement_unless_it_is_wanted() -> None:
    assert parse(r'{"\ud800": ["\udfff", "\ud83d\ude00"]}') == {"\ufffd": ["\ufffd", "\U0001f600"]}
    assert parse(r'"\ud800"', keep_surrogates=True) == "\ud800"
    with pytest.raises(NotPlain, match="UTF-8"):
        parse('"\ud800"')


def test_of_a_key_that_is_given_twice_the_last_one_counts() -> None:
    assert parse_object('{"a": 1, "a": 2}') == {"a": 2}
    with pytest.raises(NotPlain, match="no JSON object"):
        parse_object("[]")


def test_values_that_refer_to_each_other_are_counted_as_often_as_they_are_written() -> None:
    laughs: list[Any] = ["ha"]
    for _ in range(30):
        laughs = [laughs] * 10
    assert "100,000 values" in problem_of(laughs)
    circle: list[Any] = []
    circle.append(circle)
    assert "64 deep" in problem_of(circle)
    assert "keys" in problem_of({1: 2}) and "set" in problem_of([{1}]) and "digits" in problem_of(10**4301)


class Message(Said):
    name: Text
    count: Count
    seconds: Seconds
    sure: bool


GOOD = {"name": "x", "count": 1, "seconds": 0, "sure": True}


def test_a_message_is_its_fields_and_nothing_else() -> None:
    message = said(Message, json.dumps({**GOOD, "name": "\ud800", "more": [1]}))
    assert message.model_dump() == {**GOOD, "name": "\ufffd", "seconds": 0.0}
    with pytest.raises(ValidationError):
        message.name = "y"  # type: ignore[misc]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": 1},
        {"name": None},
        {"count": "1"},
        {"count": True},
        {"count": -1},
        {"count": 1.0},
        {"count": 10**400},
        {"seconds": "1"},
        {"seconds": -0.1},
        {"seconds": float("nan")},
        {"seconds": float("inf")},
        {"sure": 1},
        {"sure": "true"},
    ],
)
def test_no_type_is_taken_for_another(wrong: dict[str, Any]) -> None:
    with pytest.raises(NotPlain, match=next(iter(wrong))):
        said(Message, json.dumps({**GOOD, **wrong}))


@pytest.mark.parametrize(
    "remark",
    [
        b"",
        b"[]",
        b"{",
        b'{"status": "0"}',
        b'{"status": -1}',
        b'{"status": true}',
        b'{"keeper": 0}',
        b'{"keeper": 99999999999}',
        b'{"error": "splendid"}',
        b'{"error": ["cwd"]}',
        b'{"errno": "2"}',
        b'{"message": 5}',
        b'{"message": "' + b"x" * 100_000 + b'"}',
        b'{"killed": ' + nested(900).encode() + b"}",
    ],
)
def test_nonsense_of_whoever_runs_commands_is_no_remark(remark: bytes) -> None:
    with pytest.raises(NotPlain):
        remark_in(remark)


def test_a_remark_has_the_fields_that_it_was_given() -> None:
    assert remark_in(b'{"status": 0}') == {"status": 0}
    assert remark_in(b'{"error": "cwd", "message": "no such directory"}') == {
        "error": "cwd",
        "message": "no such directory",
    }


@pytest.mark.parametrize("value", [None, 5, "", "x", "=", "aGVsbG8=", "/9j/4AAQ", "/9j/" + "////" * 1000])
@pytest.mark.parametrize("mime", ["image/png", "image/jpeg"])
def test_what_is_no_picture_is_named(mime: str, value: object) -> None:
    assert problem_of_picture(mime, value)
