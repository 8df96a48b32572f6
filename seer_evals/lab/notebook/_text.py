"""Text as an agent should read it: without terminal codes, and not longer than it can use."""

import re

_CONTROL = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours and cursor movements, in the form of 7 bits or 8
    "|(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\\\|\x9c)"  # titles, links
    "|\x1b[ -/]*[0-~]?"
    "|[\x00-\x08\x0b-\x1f\x7f-\x9f]"  # what providers may refuse and nobody can see
)
_TAG = re.compile(r"<[^>]+>")


def plain(text: str) -> str:
    """`text` without colours, cursor movements and other control characters than line ends and tabs."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def without_tags(html: str) -> str:
    """The words of a piece of HTML."""
    body = re.sub(r"(?is)<(script|style)\b.*?</\1>", "", html)
    lines = (" ".join(line.split()) for line in _TAG.sub(" ", body).splitlines())
    return "\n".join(line for line in lines if line)


def cut_middle(text: str, limit: int, rest: str) -> str:
    """`text` in at most about `limit` characters: its begin and its end, with a note on what is missing between.

    `rest` says where that can be read; `{start}` in it becomes the offset of the first character that is missing.
    """
    if len(text) <= limit:
        return text
    begin, end = limit * 2 // 3, limit // 3
    missing = len(text) - begin - end
    note = f"[... {missing:,} of {len(text):,} characters are left out here; {rest.format(start=begin)} ...]"
    return f"{text[:begin]}\n{note}\n{text[-end:]}"
