"""Others' words as plain text, for terminals, which obey control characters, and spreadsheets, which run formulas."""

import re
import unicodedata

_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor movements
    r"|(?:\x1b[]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # titles, links, the clipboard
    r"|\x1b[ -/]*[0-~]"
)
_LINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_JOINERS = "\u200c\u200d"
"""Invisible, and part of how Persian and emoji are spelt."""
_UNSEEN = {"Cc", "Cf", "Cs"}
"""Categories of what is not to be seen: controls, directions and zero widths, halves of characters."""
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")


def shown(text: object) -> str:
    """Text that does nothing but be read: without control characters, escape sequences and invisible characters.

    New lines and tabs stay. What overwrites a line or turns the direction of writing goes: it feigns another text.

    Args:
        text: Written by an agent, a model, a log or a program; an error stands for its message.
    """
    lines = _LINES.sub("\n", _SEQUENCE.sub("", str(text)))
    return "".join(character if _is_seen(character) else _instead(character) for character in lines)


def _is_seen(character: str) -> bool:
    return character in "\n\t" + _JOINERS or unicodedata.category(character) not in _UNSEEN


def _instead(character: str) -> str:
    return "\ufffd" if unicodedata.category(character) == "Cs" else ""


def spreadsheet_cell(value: object) -> object:
    """A value as a spreadsheet is to have it: numbers as they are, text that it would run as a formula behind a `'`."""
    if value is None or isinstance(value, int | float):
        return value
    text = shown(value)
    return f"'{text}" if _FORMULA.match(text) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
