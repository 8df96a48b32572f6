"""Reading a cell's output piece by piece, as `read_output` does."""

from collections.abc import Iterator
from itertools import accumulate

from seer_evals.lab.notebook._channel import NotebookError

_CONTEXT = 100
"""Characters that are shown of a line on either side of what was looked for."""


def page(name: str, text: str, start: int, end: int | None, limit: int) -> str:
    """The characters `start` to `end` of `text`, at most `limit`, below a line that says which they are.

    Raises:
        NotebookError: There are no such characters.
    """
    if not text:
        return f"{name} has no text in its output."
    _check(name, text, start, end)
    stop = min(start + limit, len(text), len(text) if end is None else end)
    more = f"; start={stop} reads on" if stop < len(text) else ", which is the end"
    return f"{name}, characters {start} to {stop} of {len(text)}{more}:\n{text[start:stop]}"


def search(name: str, text: str, words: str, start: int, end: int | None, limit: int) -> str:
    """Where `words` are among the characters `start` to `end`: offsets with what is around, at most `limit` characters.

    `words` are compared as they are: no expression of an agent's can keep the host busy.

    Raises:
        NotebookError: There is nothing to look for, or there are no such characters.
    """
    if not words:
        raise NotebookError("text is empty; say what to look for, or leave it out")
    if not text:
        return f"{name} has no text in its output."
    _check(name, text, start, end)
    places = list(_places(text, words, start, len(text) if end is None else end))
    lines = [f"{place}: {_excerpt(text, place, place + len(words))}" for place in places[: limit // 2]]
    kept = sum(total <= limit for total in accumulate(len(line) + 1 for line in lines))
    more = f", the first {kept} of them" if kept < len(places) else ""
    return "\n".join([f"{name} has {words!r} in {len(places)} places{more}, each after its offset:", *lines[:kept]])


def _check(name: str, text: str, start: int, end: int | None) -> None:
    if not 0 <= start < len(text):
        raise NotebookError(f"{name} has the characters 0 to {len(text) - 1} in its output; there is no start={start}")
    if end is not None and end <= start:
        raise NotebookError(f"{name} cannot be read from start={start} to end={end}; end has to be greater")


def _places(text: str, words: str, start: int, end: int) -> Iterator[int]:
    """Offsets of `words`, one for each line and each stretch of a long line."""
    place = text.find(words, start, end)
    while place >= 0:
        yield place
        shown = place + len(words) + _CONTEXT
        newline = text.find("\n", place + len(words), shown)
        place = text.find(words, shown if newline < 0 else newline, end)


def _excerpt(text: str, begin: int, end: int) -> str:
    left = max(text.rfind("\n", 0, begin) + 1, begin - _CONTEXT)
    right = text.find("\n", begin)
    right = min(len(text) if right < 0 else right, end + _CONTEXT)
    return text[left:right]
