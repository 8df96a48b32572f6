"""The outputs of a cell as a sandbox has sent them, made into what a notebook, a log and an agent can hold.

What cannot be held costs the cell nothing else: a note stands in its place.
"""

from collections.abc import Mapping
from itertools import groupby
from typing import Annotated, Any, Literal

from pydantic import Field

from seer_evals.runtime import pictures
from seer_evals.runtime.untrusted import MAX_VALUES, NotPlain, count_of, problem_of
from seer_evals.sandboxes import Count, Said, Text, checked

MAX_OUTPUTS = 1_000
"""Of one cell; a notebook of more takes seconds to check, and nobody reads it."""
MAX_FORMATS = 32
"""Of one display."""


class _Stream(Said):
    output_type: Literal["stream"]
    name: Literal["stdout", "stderr"]
    text: Text


class _Error(Said):
    output_type: Literal["error"]
    ename: Text
    evalue: Text
    traceback: list[Text]


class _Transient(Said):
    display_id: Annotated[str, Field(max_length=1_000)] | None = None


class _Display(Said):
    output_type: Literal["display_data", "execute_result"]
    data: dict[str, Any]
    metadata: dict[str, Any]
    execution_count: Count | None = None
    transient: _Transient = _Transient()


_KINDS: Mapping[object, type[Said]] = {
    "stream": _Stream,
    "error": _Error,
    "display_data": _Display,
    "execute_result": _Display,
}


def outputs_in(value: object) -> list[dict[str, Any]]:
    """The outputs of a cell as nbformat dicts, with `transient` where a display has a name.

    Raises:
        ValueError: It is no list.
    """
    if not isinstance(value, list):
        raise ValueError("outputs have to be a list")
    if len(value) > MAX_OUTPUTS:
        value = _joined(value)
    end = min(MAX_OUTPUTS // 4, max(len(value) - MAX_OUTPUTS * 3 // 4, 0))
    begin = len(value) - end if len(value) <= MAX_OUTPUTS else MAX_OUTPUTS * 3 // 4
    outputs: list[dict[str, Any]] = []
    room = MAX_VALUES
    for item in [*value[:begin], *value[len(value) - end :]]:
        output, used = _output(item, room)
        outputs.append(output)
        room -= used
    if left := len(value) - begin - end:
        outputs.insert(begin, _note(f"{left:,} outputs are left out here, of {len(value):,}"))
    return outputs


def bundle_in(value: object, room: int = MAX_VALUES) -> tuple[dict[str, Any], int]:
    """The formats of a display that can be held, and how many of `room` values they take.

    For each of the others, its text says why it is not there.

    Raises:
        ValueError: It is no dict.
    """
    if not isinstance(value, dict):
        raise ValueError("the data of a display has to be a dict")
    kept: dict[str, Any] = {}
    notes = [f"[{len(value) - MAX_FORMATS} more formats are left out]"] if len(value) > MAX_FORMATS else []
    used = 0
    for mime in list(value)[:MAX_FORMATS]:
        try:
            used += _checked_format(mime, value[mime], room - used)
            kept[mime] = value[mime]
        except NotPlain as problem:
            notes.append(f"[{str(mime)[:100]} {problem}, so it is left out]")
    if notes:
        text = kept.get("text/plain", "")
        kept["text/plain"] = "\n".join([*([text] if isinstance(text, str) and text else []), *notes])
    return kept, used


def _checked_format(mime: str, value: object, room: int) -> int:
    if mime in pictures.FORMATS and (problem := pictures.problem_of(mime, value)):
        raise NotPlain(problem)
    if len(mime) > 100:
        raise NotPlain("has a name of more than 100 characters")
    return count_of(value, values=max(room, 0))


def _output(item: object, room: int) -> tuple[dict[str, Any], int]:
    kind = item.get("output_type") if isinstance(item, dict) else None
    model = _KINDS.get(kind) if isinstance(kind, str) else None
    if model is None or not isinstance(item, dict):
        return _note("an output is left out: it is of no known kind"), 0
    try:
        if model is not _Display:
            return checked(model, item).model_dump(), 0
        data, used = bundle_in(item.get("data"), room)
        return _display({**item, "data": data}), used
    except ValueError as problem:
        return _note(f"an output is left out: {problem}"), 0


def _joined(outputs: list[Any]) -> list[Any]:
    """Neighbouring texts as one, of whichever stream: a cell that writes to both in turns has one for each line."""
    joined: list[Any] = []
    for texts, items in groupby(outputs, _is_text):
        if texts:
            joined.append({"output_type": "stream", "name": "stdout", "text": "".join(item["text"] for item in items)})
        else:
            joined.extend(items)
    return joined


def _is_text(item: object) -> bool:
    return isinstance(item, dict) and item.get("output_type") == "stream" and isinstance(item.get("text"), str)


def _display(item: dict[str, Any]) -> dict[str, Any]:
    if problem_of(item.get("metadata")):
        item = {**item, "metadata": {}}
    output = checked(_Display, item).model_dump()
    if output["transient"]["display_id"] is None:
        del output["transient"]
    if output["output_type"] == "display_data":
        del output["execution_count"]
    return output


def _note(words: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stderr", "text": f"[{words}]\n"}
