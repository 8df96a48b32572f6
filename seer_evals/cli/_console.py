"""Where commands print. Every text is printed as it stands, since much of it was written by agents and models."""

import io
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console, RenderableType
from rich.text import Text

from seer_evals.plain_text import shown

PICTURE_WIDTH = 132
"""Characters in a line of a picture."""


class PlainConsole(Console):
    """A console to which a string is text: no markup, no emoji codes, no control characters.

    What is to have a style is a `Text`.
    """

    def render_str(self, text: str, **options: object) -> Text:
        """The text that a string stands for, wherever it stands: alone, in a cell, in a heading."""
        kept = {name: options[name] for name in ("style", "justify", "overflow") if name in options}
        return super().render_str(shown(text), **kept, emoji=False, markup=False, highlight=False)  # type: ignore[arg-type]


console = PlainConsole()


def say(text: object, *, error: bool = False) -> None:
    """Print a line of text, however long, to standard output or standard error."""
    print(shown(text), file=sys.stderr if error else sys.stdout, flush=True)


def save_picture(lines: Sequence[RenderableType], path: Path, title: str) -> None:
    """Write what the console would print as an SVG."""
    picture = PlainConsole(record=True, width=PICTURE_WIDTH, file=io.StringIO())
    for line in lines:
        picture.print(line)
    picture.save_svg(str(path), title=title)
