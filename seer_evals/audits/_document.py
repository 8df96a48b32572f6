"""A Markdown file that begins with a block of YAML, the front matter."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from seer_evals.audits._problem import Unusable
from seer_evals.problem import Problem

_PARTS = re.compile(r"---[ \t]*\n(?P<front>.*?)^---[ \t]*$\n?(?P<body>.*)", re.DOTALL | re.MULTILINE)
_BEGIN = "begin with a line `---`, then `id: …` and the other keys, then again `---`, then the text"
_QUOTE = "a text with a colon, a quotation mark or a `#` goes on the next line, after `>-`"


@dataclass(frozen=True)
class Document:
    """A file, taken apart."""

    path: Path
    front: Mapping[str, Any]
    body: str
    body_line: int
    """The first line of the text below the front matter."""
    lines: tuple[str, ...]

    def line_of(self, key: str) -> int:
        """The line of a key of the front matter; the first line if it is not there."""
        for number, line in enumerate(self.lines[: self.body_line], start=1):
            if re.match(rf"{re.escape(key)}\s*:", line):
                return number
        return 1

    def line_at(self, position: int) -> int:
        """The line of a position in the body."""
        return self.body_line + self.body.count("\n", 0, position)


def read_document(path: Path) -> Document:
    """Take a file apart.

    Raises:
        Unusable: It is no text, or there is no front matter, or that is not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable([Problem(path, f"cannot be read as UTF-8 text: {error}", 1)]) from error
    return _taken_apart(path, text)


@lru_cache(maxsize=1024)  # every selection looks into every file of its shelf, and a judge selects for each sample
def _taken_apart(path: Path, text: str) -> Document:
    parts = _PARTS.match(text)
    if parts is None:
        raise Unusable([Problem(path, f"has no front matter; {_BEGIN}", 1)])
    body = parts["body"].lstrip("\n")
    return Document(
        path=path,
        front=_front(path, parts["front"]),
        body=body.rstrip(),
        body_line=text[: len(text) - len(body)].count("\n") + 1,
        lines=tuple(text.splitlines()),
    )


def _front(path: Path, text: str) -> Mapping[str, Any]:
    try:
        front = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        # The mark counts from 0, and the line `---` comes before.
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise Unusable([Problem(path, f"the front matter is not YAML ({error.problem}); {_QUOTE}", line)]) from error
    except yaml.YAMLError as error:
        raise Unusable([Problem(path, f"the front matter is not YAML ({error}); {_QUOTE}", 1)]) from error
    if not isinstance(front, dict):
        raise Unusable([Problem(path, f"the front matter has no keys; {_BEGIN}", 1)])
    return MappingProxyType({str(key): value for key, value in front.items()})
