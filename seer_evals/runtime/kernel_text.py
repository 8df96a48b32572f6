"""Text as a terminal would leave it: what carriage returns and backspaces overwrite is gone."""

import re

_BACKSPACE = re.compile("[^\n\b]\b")


def collapse(text: str) -> str:
    """Apply the carriage returns and backspaces of `text`; a progress bar becomes its last state.

    A carriage return at the very end is kept, since what it overwrites is still to come.
    """
    if "\b" in text:
        text = _without_backspaces(text)
    if "\r" not in text:
        return text
    return "\n".join(_collapse_line(line) for line in text.replace("\r\n", "\n").split("\n"))


def _collapse_line(line: str) -> str:
    if "\r" not in line:
        return line
    body = line.rstrip("\r")
    shown = ""
    for part in body.split("\r"):
        shown = part + shown[len(part) :]
    return shown + ("\r" if body != line else "")


def _without_backspaces(text: str) -> str:
    while (shorter := _BACKSPACE.sub("", text)) != text:
        text = shorter
    return text.replace("\b", "")
