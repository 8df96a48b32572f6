"""The commands that README and docs print."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs/*.md", "seer_evals/tasks/*/README.md")
PAGES = [
    *("README.md", "AGENTS.md", "logs/README.md"),
    *sorted(str(path.relative_to(ROOT)) for pattern in FOLDERS for path in ROOT.glob(pattern)),
]
PROGRAM = r"(?:\.\./\S*/bin/|sudo \S*/bin/)?(?:inspect|seer|make|python3?|pip|modal|source|export)\b"
SHELLS = ("bash", "sh", "console")


@dataclass(frozen=True)
class Command:
    """A command as it is printed."""

    page: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text}"


def printed(page: str) -> list[Command]:
    """The commands that stand in lines of their own, in order; lines that end with a backslash go on."""
    found: list[Command] = []
    goes_on, fence = False, ""
    for number, line in enumerate((ROOT / page).read_text(encoding="utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            fence = "" if fence else line.lstrip()[3:] or "text"
            continue
        if goes_on:
            last = found.pop()
            found.append(Command(page, last.line, f"{last.text[:-1]} {line.strip()}"))
        elif re.match(rf"\s*{PROGRAM} " if fence in SHELLS else rf" {{4,}}{PROGRAM} ", line) and fence in ("", *SHELLS):
            found.append(Command(page, number, line.strip()))
        goes_on = bool(found) and found[-1].text.endswith("\\")
    return found


def mentioned(page: str) -> Iterator[Command]:
    """The commands that stand within a sentence, in backticks."""
    text = re.sub(r"```.*?```", lambda match: "\n" * match[0].count("\n"), (ROOT / page).read_text(), flags=re.DOTALL)
    for match in re.finditer(r"(?<!`)`([^`\n]+)`(?!`)", text):
        if re.match(r"(?:inspect|seer|make|python3? -m) \S", match[1]):
            yield Command(page, text[: match.start()].count("\n") + 1, match[1])


def parameters(page: str, flag: str) -> Iterator[Command]:
    """`-T NAME=VALUE` or `-S NAME=VALUE` wherever the page says it."""
    for number, line in enumerate((ROOT / page).read_text(encoding="utf-8").splitlines(), 1):
        for match in re.finditer(rf"(?<!\S)[`(]*{flag} ([a-z_]+)=", line):
            yield Command(page, number, match[1])
