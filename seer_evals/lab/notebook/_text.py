"""Text as an agent should read it: without terminal codes, and not longer than it can use."""

import re

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_TAG = re.compile(r"<[^>]+>")


def plain(text: str) -> str:
    """`text` without colours and cursor movements."""
    return _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def without_tags(html: str) -> str:
    """The words of a piece of HTML."""
    body = re.sub(r"(?is)<(script|style)\b.*?</\1>", "", html)
    lines = (" ".join(line.split()) for line in _TAG.sub(" ", body).splitlines())
    return "\n".join(line for line in lines if line)


def cut_middle(text: str, limit: int) -> str:
    """`text` in at most about `limit` characters: its begin and its end, with a note on what is missing between."""
    if len(text) <= limit:
        return text
    begin, end = limit * 2 // 3, limit // 3
    missing = len(text) - begin - end
    note = f"[... {missing:,} of {len(text):,} characters are left out here; they are whole in the notebook ...]"
    return f"{text[:begin]}\n{note}\n{text[-end:]}"
