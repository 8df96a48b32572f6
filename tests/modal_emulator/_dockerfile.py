"""Dockerfile lines as instructions."""

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_PACKAGES = re.compile(r"\b(pip3?|uv|apt|apt-get|debconf-\S+|conda|micromamba|poetry|npm|curl|wget)\b|git clone")


@dataclass(frozen=True)
class Instruction:
    """One instruction: its upper-case keyword and the rest, continuation lines joined."""

    keyword: str
    rest: str

    @property
    def text(self) -> str:
        """The instruction as one line."""
        return f"{self.keyword} {self.rest}".strip()

    @property
    def fetches(self) -> bool:
        """Whether it is a command that brings something in from outside."""
        return self.keyword == "RUN" and bool(_PACKAGES.search(self.rest))

    def words(self, shell: tuple[str, ...] = ("/bin/sh", "-c")) -> tuple[str, ...]:
        """The argv of RUN, CMD and ENTRYPOINT: a JSON list, or a line for the shell."""
        if self.rest.startswith("["):
            return tuple(json.loads(self.rest))
        return (*shell, self.rest) if self.rest else ()

    def operands(self) -> tuple[list[str], dict[str, str]]:
        """The sources and destination of COPY and ADD, and their `--name=value` options."""
        rest = self.rest
        options = {}
        while match := re.match(r"--([a-z]+)=(\S+)\s+", rest):
            options[match[1]] = match[2]
            rest = rest[match.end() :]
        return (json.loads(rest) if rest.startswith("[") else shlex.split(rest)), options

    def pairs(self, known: Mapping[str, str]) -> dict[str, str]:
        """The variables that ENV and ARG set, with `$NAME` from `known` filled in."""
        words = shlex.split(self.rest)
        if self.keyword == "ENV" and words and "=" not in words[0]:
            words = [f"{words[0]}={' '.join(words[1:])}"]
        return {name: expand(value, known) for name, equals, value in (w.partition("=") for w in words) if equals}


def expand(text: str, known: Mapping[str, str]) -> str:
    """`text` with `$NAME` and `${NAME}` filled in; unknown names become empty."""
    return re.sub(r"\$(?:(\w+)|\{(\w+)\})", lambda m: known.get(m[1] or m[2], ""), text)


def parse(lines: Iterable[str]) -> list[Instruction]:
    """The instructions of a Dockerfile, without comments and blank lines."""
    joined = re.sub(r"\\\s*\n", " ", "\n".join(line for line in "\n".join(lines).split("\n") if _matters(line)))
    instructions = []
    for line in joined.split("\n"):
        keyword, _, rest = line.strip().partition(" ")
        instructions.append(Instruction(keyword.upper(), rest.strip()))
    return [instruction for instruction in instructions if instruction.keyword]


def _matters(line: str) -> bool:
    return bool(line.strip()) and not line.strip().startswith("#")
