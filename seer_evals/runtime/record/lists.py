"""The study's lists of prompts, found again in what a model reads. Standard library only: the host uses it as well."""

from collections.abc import Iterator, Mapping
from typing import Any

MAX_ITEMS = 4000
"""Of one list."""
MAX_CHARACTERS = 160
"""Of an item, blanks not counted: enough to tell it from others."""


class Lists:
    """Lists by name; an item is in a text if the text contains all of its pieces, blanks aside."""

    def __init__(self, items: Mapping[str, list[list[str]]]) -> None:
        self.items = {name: [[_bare(piece) for piece in item] for item in each] for name, each in items.items()}

    @classmethod
    def of_files(cls, contents: Mapping[str, Any]) -> "Lists":
        """The prompts in JSON files, by the names of the files; what is no list of prompts is left out."""
        found = {name: [list(item) for item in dict.fromkeys(_items(content))] for name, content in contents.items()}
        return cls({name: items[:MAX_ITEMS] for name, items in found.items() if len(items) > 1})

    def within(self, text: str) -> dict[str, set[int]]:
        """By list, the numbers of the items that the text contains."""
        bare = "".join(text.split())
        found = {
            name: {i for i, pieces in enumerate(items) if all(piece in bare for piece in pieces)}
            for name, items in self.items.items()
        }
        return {name: numbers for name, numbers in found.items() if numbers}


def _items(content: Any) -> Iterator[tuple[str, ...]]:
    """The pieces of each prompt: of pairs the first part, of objects the longest text, of conversations every turn."""
    if isinstance(content, Mapping):
        for each in content.values():
            yield from _items(each) if isinstance(each, Mapping | list) else _items([each])
        return
    for each in content if isinstance(content, list) else ():
        pieces = tuple(piece for piece in _pieces(each) if piece.strip())
        if pieces:
            yield pieces


def _pieces(item: Any) -> list[str]:
    if isinstance(item, str):
        return item.split("{}")  # what is filled in there differs from prompt to prompt
    if isinstance(item, list):
        return [text for text in item if isinstance(text, str) and text.strip()][:1]
    if not isinstance(item, Mapping):
        return []
    if isinstance(turns := item.get("messages"), list):
        return [str(turn["content"]) for turn in turns if isinstance(turn, Mapping) and "content" in turn]
    if isinstance(said := item.get("content"), str):
        return [said]
    texts = [value for value in item.values() if isinstance(value, str)]
    return [max(texts, key=len)] if texts else []


def _bare(text: str) -> str:
    return "".join(text.split())[:MAX_CHARACTERS]
