"""JSON inside other text, found by reading it: prose, formulas and code have brackets as well."""

import json
import re
from dataclasses import dataclass
from typing import Any

_OBJECT = r'\{(?=\s{0,99}["}])'
_ARRAY = r'\[(?=\s{0,99}["{\[\]\d\-tfn])'
_OPENING = {True: re.compile(_OBJECT), False: re.compile(f"{_OBJECT}|{_ARRAY}")}
# Whoever wrote the text may have filled it with what only begins like JSON.
_MOST_WORK = 2_000_000
_PER_FAILURE = 50
_PER_REFUSAL = 10_000
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True)
class Found:
    """A JSON object or array, and the characters of the text that it takes."""

    value: Any
    start: int
    end: int


def json_values(text: str, *, only_objects: bool = False) -> list[Found]:
    """The outermost JSON objects and arrays in a text, in order; line breaks inside strings are tolerated.

    Args:
        text: Prose, code, formulas, with JSON in it or not.
        only_objects: Look for objects wherever they are, also inside arrays.
    """
    found: list[Found] = []
    place, work = 0, 0
    while work < _MOST_WORK and (opening := _OPENING[only_objects].search(text, place)):
        start = opening.start()
        try:
            value, place = _DECODER.raw_decode(text, start)
            found.append(Found(value, start, place))
        except json.JSONDecodeError as error:
            place, work = start + 1, work + error.pos - start + _PER_FAILURE
        except (ValueError, RecursionError):  # an integer or a nesting beyond what Python reads
            place, work = start + 1, work + _PER_REFUSAL
    return found


def closed(text: str) -> str:
    """The text with the brackets that its last JSON object lacks at the end; as it is where a string is not ended.

    A string that is not ended was cut off, and nobody knows how it would have gone on.
    """
    begin = _OPENING[True].search(text)
    if begin is None:
        return text
    written, missing, quoted = text[begin.start() :].rstrip().removesuffix("```").rstrip(), "", False
    for character in re.findall(r'\\.|["{}\[\]]', written, re.DOTALL):
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "{[":
            missing = ("}" if character == "{" else "]") + missing
        elif not quoted and character in "}]":
            if character != missing[:1]:
                return text
            missing = missing[1:]
    return text if quoted or not missing else text[: begin.start()] + written + missing
