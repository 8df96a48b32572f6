"""What a model thinks before it answers, told from the answer by the marks that it puts around it."""

import re

from seer_evals.prompting._json import json_values

_CLOSING = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<seed:think>": "</seed:think>",
    "[THINK]": "[/THINK]",
    "<|START_THINKING|>": "<|END_THINKING|>",
}
# Within a line they are words about the marks.
_OPENED = re.compile(rf"^[ \t]*({'|'.join(map(re.escape, _CLOSING))})", re.MULTILINE)
_CLOSED = re.compile(rf"(?<![`'\"])({'|'.join(map(re.escape, _CLOSING.values()))})")
_OPENERS = {closing: opening for opening, closing in _CLOSING.items()}


def split_reasoning(text: str) -> tuple[str, str]:
    """The reasoning in a reply, and what is left: the text itself where there is no reasoning.

    A block may lack its begin, which some chat templates write into the prompt, and one that opens the reply its end,
    as in a reply that was cut.
    """
    thoughts: list[str] = []
    answer: list[str] = []
    place = 0
    if end := _end_of_a_begun_block(text):
        thoughts.append(text[: end.start()])
        place = end.end()
    while opened := _OPENED.search(text, place):
        closing = _CLOSING[opened[1]]
        end_of_thought = text.find(closing, opened.end())
        before = text[place : opened.start()]
        if end_of_thought < 0:
            if "".join((*answer, before)).strip():
                break
            end_of_thought = len(text)
        answer.append(before)
        thoughts.append(text[opened.end() : end_of_thought])
        place = end_of_thought + len(closing)
    if not thoughts:
        return "", text
    return "\n\n".join(filter(None, map(str.strip, thoughts))), "".join((*answer, text[place:])).strip()


def _end_of_a_begun_block(text: str) -> "re.Match[str] | None":
    closed = _CLOSED.search(text)
    if closed is None or _OPENERS[closed[1]] in text[: closed.start()]:
        return None
    quoted = any(found.start < closed.start() < found.end for found in json_values(text))
    return None if quoted else closed
