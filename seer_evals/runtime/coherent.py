"""Is a text an answer at all? The rule that studies tell their agents. Standard library only."""

import re


def coherent(text: str) -> bool:
    """Whether it has words, and none of them comes three times in a row."""
    words = re.findall(r"\w+", text.lower())
    return bool(words) and not any(a == b == c for a, b, c in zip(words, words[1:], words[2:], strict=False))
