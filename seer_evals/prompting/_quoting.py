"""Text of others inside a prompt: marked as such, bounded, and unable to close its own quotation."""

import re

_DELIMITER = re.compile(r"\[\s*(BEGIN|END)\b", re.IGNORECASE)


def quoted(label: str, text: str, limit: int = 20_000) -> str:
    """The text between `[BEGIN LABEL]` and `[END LABEL]`; delimiters within it lose their force.

    Args:
        label: What it is, in capitals.
        text: Written by an agent or a model.
        limit: Characters; longer text is cut in the middle.
    """
    return f"[BEGIN {label}]\n{disarmed(shortened(text, limit))}\n[END {label}]"


def disarmed(text: str) -> str:
    """The text without delimiters that could close, or open, a quotation."""
    return _DELIMITER.sub(lambda match: f"({match[1].lower()}", text)


def shortened(text: str, limit: int) -> str:
    """The begin and the end of a text that is longer than `limit` characters, with a note of what is left out."""
    if len(text) <= limit:
        return text
    begin, end = limit * 2 // 3, limit // 3
    return f"{text[:begin]}\n… {len(text) - begin - end:,} characters are left out here …\n{text[len(text) - end :]}"
