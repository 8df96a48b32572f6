"""A folder of files that come with the package, and how some of them, or others, are chosen."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Generic, TypeVar

from seer_evals import by_path
from seer_evals.audits._parse import Entry
from seer_evals.audits._problem import Unusable

T = TypeVar("T", bound=Entry)
TAG = "tag:"
TEXT = "text:"
"""Begins a selection that is one entry itself, commas and all."""
_SHOWN = 60
"""Characters of a wrong entry in an error: some people paste a whole text."""
_SKIPPED = ("README.md", "AGENTS.md")


@dataclass(frozen=True)
class Shelf(Generic[T]):
    """Entries by id, by tag, by file and by folder."""

    noun: str
    folder: Path
    read: Callable[[Path], T]
    groups: Mapping[str, Callable[[T], bool]] = field(default_factory=dict)
    """Words that stand for several: `all`, and others."""
    written: Callable[[str], T] | None = None
    """Makes an entry of a text that is given in place of a file, where that is possible."""

    def available(self) -> tuple[str, ...]:
        """Ids of those that come with the package."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.md")))

    def find(self, selection: str | Iterable[str]) -> tuple[T, ...]:
        """Read what is selected, in that order and each once.

        Raises:
            ValueError: Something does not exist, nothing is selected, a file is malformed, or two have the same id.
        """
        if self.written and (text := _text_in(selection)):
            return (self.written(text),)
        found: dict[str, T] = {}
        for path in self.paths(selection):
            entry = self._usable(path)
            if entry.id in found:
                raise ValueError(
                    f"two {self.noun}s have the id {entry.id!r}, the second in {path}; rename the file and its id"
                )
            found[entry.id] = entry
        return tuple(found.values())

    def paths(self, selection: str | Iterable[str] = "all") -> list[Path]:
        """The files of a selection; those given by path are not read.

        Raises:
            ValueError: As for `find`.
        """
        listed = selection.split(",") if isinstance(selection, str) else list(selection)
        entries = [entry.strip() for entry in listed if entry.strip()]
        if not entries:
            raise ValueError(f"no {self.noun} is selected; {self._choices()}")
        return list(dict.fromkeys(path for entry in entries for path in self._paths_of(entry)))

    def _paths_of(self, entry: str) -> list[Path]:
        if entry in self.groups:
            return self._where(self.groups[entry])
        if entry.startswith(TAG):
            return self._tagged(entry.removeprefix(TAG).strip())
        if "/" not in entry and "\n" not in entry and (ours := self._ours(entry)):
            return [ours]
        return _in_file_system(entry, self.noun) or self._refuse(entry)

    def _ours(self, entry: str) -> Path | None:
        spellings = {name.replace("-", "_"): name for name in self.available()}
        name = spellings.get(entry.replace("-", "_"))
        return self.folder / f"{name}.md" if name else None

    def _where(self, holds: Callable[[T], bool]) -> list[Path]:
        paths = [self.folder / f"{name}.md" for name in self.available()]
        return [path for path in paths if holds(self._usable(path))]

    def _tagged(self, tag: str) -> list[Path]:
        found = self._where(lambda entry: tag in entry.tags)
        if found:
            return found
        raise ValueError(
            f"no {self.noun} has the tag {tag!r}{_hint(_close(tag, self._tags()))} (tags: {', '.join(self._tags())})"
        )

    def _usable(self, path: Path) -> T:
        try:
            return self.read(path)
        except Unusable as error:
            raise ValueError(f"the {self.noun} in {path.name} cannot be used:\n{error}") from error

    def _refuse(self, entry: str) -> list[Path]:
        shown = entry if len(entry) <= _SHOWN else f"{entry[:_SHOWN]}…"
        close = [*_close(entry, [*self.available(), *self.groups]), *(TAG + tag for tag in _close(entry, self._tags()))]
        raise ValueError(f"unknown {self.noun} {shown!r}{_hint(close)} ({self._choices()})")

    def _tags(self) -> list[str]:
        return sorted({tag for path in self._where(lambda _: True) for tag in self._usable(path).tags})

    def _choices(self) -> str:
        words = ", ".join(f"`{word}`" for word in self.groups)
        text = f"; or one {self.noun} in place, as `{TEXT}` and what it says" if self.written else ""
        return (
            f"give {words}, ids (`seer {self.noun}s list`), `tag:…`, or the path of a .md file or of a folder of them, "
            f"separated by commas{text}"
        )


def _text_in(selection: str | Iterable[str] | Mapping[str, str]) -> str:
    """What stands after `text:`; empty if the selection is another.

    On the command line Inspect makes a list of a text with commas, and a mapping of one with a colon.
    """
    if isinstance(selection, Mapping):
        selection = [f"{key}: {value}" for key, value in selection.items()]
    text = selection if isinstance(selection, str) else ",".join(selection)
    return text.strip().removeprefix(TEXT).strip() if text.strip().startswith(TEXT) else ""


def _close(word: str, words: Iterable[str]) -> list[str]:
    return get_close_matches(word, list(words), n=3, cutoff=0.6)


def _hint(close: list[str]) -> str:
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


def _in_file_system(entry: str, noun: str) -> list[Path]:
    """The file, or the files in the folder, that an entry names; none if it names neither."""
    if "\n" in entry or len(entry) > 1000:
        return []
    place = by_path.given(entry, lambda path: path.is_dir() or (path.is_file() and path.suffix == ".md"))
    if place is None or place.is_file():
        return [place] if place else []
    found = sorted(file.resolve() for file in place.rglob("*.md") if _is_entry(file, place))
    if not found:
        raise ValueError(f"the folder {entry!r} has no .md file, so no {noun}")
    return found


def _is_entry(file: Path, folder: Path) -> bool:
    parts = file.relative_to(folder).parts
    return file.name not in _SKIPPED and not any(part.startswith((".", "_")) for part in parts)
