"""The front matter: Inspect's rules, and what we read from its metadata."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from inspect_ai.tool import read_skills

from seer_evals.inspect_private import SkillParsingError
from seer_evals.lab.skills._needs import parse_needs, parse_packages
from seer_evals.problem import Problem

KEYS = ("name", "description", "license", "compatibility", "metadata", "allowed-tools")
OURS = {"needs": parse_needs, "packages": parse_packages}


def front_matter_problems(folder: Path, text: str) -> Iterator[Problem]:
    """What is wrong with the block between the two lines `---`."""
    for message in _refused_by_inspect(folder):
        yield Problem("SKILL.md", _with_remedy(message, folder), _line(text, message))
    metadata = _metadata(text)
    for key, parse in OURS.items():
        try:
            parse(str(metadata.get(key, "")))
        except ValueError as error:
            yield Problem("SKILL.md", str(error), _line(text, f"'{key}'"))
    for key in metadata:
        if key not in OURS and (close := get_close_matches(str(key), OURS, n=1)):
            yield Problem(
                "SKILL.md", f"metadata: unknown key {key!r}; did you mean {close[0]!r}?", _line(text, repr(key))
            )


def _refused_by_inspect(folder: Path) -> list[str]:
    try:
        read_skills([folder])
    except SkillParsingError as error:
        return error.errors or [error.message]
    except (ValueError, UnicodeDecodeError) as error:
        return [str(error)]
    return []


def _with_remedy(message: str, folder: Path) -> str:
    if "does not match directory" in message:
        return f"{message}; write `name: {folder.name}`, or rename the folder"
    if "were unexpected" in message or "was unexpected" in message:
        return f"{message}; the keys are {', '.join(KEYS)}"
    if "does not match" in message:
        return f"{message}: a name has lower-case letters, digits and hyphens, such as {_proper(folder.name)!r}"
    if "required property" in message:
        return f"{message}; the file begins with `---`, `name: …`, `description: …`, `---`"
    return message


def _proper(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "my-skill"


def _metadata(text: str) -> Mapping[str, Any]:
    try:
        front = yaml.safe_load(text.split("---", 2)[1]) if text.startswith("---") else {}
    except (yaml.YAMLError, IndexError):
        return {}
    metadata = front.get("metadata") if isinstance(front, dict) else None
    return metadata if isinstance(metadata, dict) else {}


def _line(text: str, message: str) -> int:
    """The line of the key that a message is about; the first one where it names none."""
    named = re.findall(r"'([\w-]+)'", message) + [key for key in KEYS if key in message.lower()]
    front = text.split("---", 2)[1] if text.count("---") > 1 else ""
    for number, line in enumerate(front.splitlines(), start=1):
        if any(re.match(rf"\s*{re.escape(key)}\s*:", line) or f": {key}" in line for key in named):
            return number
    return 1
