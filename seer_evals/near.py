"""What somebody who mistyped a name may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: object, known: Iterable[str], most: int = 1) -> str:
    """`; did you mean 'x'?`, to be appended to a message; empty if nothing comes close.

    Args:
        word: What was said.
        known: What there is.
        most: Names that are proposed at the most, best first.
    """
    close = get_close_matches(str(word), list(known), n=most)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
