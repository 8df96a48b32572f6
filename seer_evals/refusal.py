"""What is refused before it starts, or cannot go on: a message that Inspect prints without a traceback."""

import re

from rich.markup import escape

from seer_evals.inspect_private import PrerequisiteError
from seer_evals.plain_text import short_paths, shown

__all__ = ["Refusal"]


class Refusal(PrerequisiteError):
    """A `PrerequisiteError` whose words arrive as they are, square brackets and all, and paths as short as can be.

    Args:
        message: What was wrong, with which value, and what to do. It may quote others.
    """

    def __init__(self, message: object) -> None:
        words = short_paths(shown(message))
        super().__init__(_Words(words))
        self.args = (words,)


class _Words(str):
    """Text for logs; Inspect formats it into what it has Rich print, where it has to be markup."""

    def __format__(self, spec: str) -> str:
        markup = escape(f"{self!s:{spec}}\n")[:-1]  # at its very end a backslash would be doubled; lines follow
        # A tag that changes nothing, since Rich would also draw `:warning:`.
        return re.sub(r":(?=\w+:)", ":[not dim][/not dim]", markup)
