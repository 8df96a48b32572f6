"""Text of others inside a prompt: marked as such, bounded, and unable to close its own quotation."""

import re
import unicodedata

from seer_evals.prompting._code import code_of

# Not what is indexed in code, such as `ids[begin:end]`, which a judge should read as it was run.
_DELIMITER = re.compile(r"(?<![\w)\]])[\[⟦〔【「『〖](?=[^\w\"'`]{0,12}(BEGIN|END)(?:\b|_))", re.IGNORECASE)

_EXTENT = "all of it, up to the line that has this code again"


def quoted(label: str, text: str, limit: int | None = 20_000) -> str:
    """The text between two lines with a code that nobody can know who wrote it.

    What looks like such a line within it loses its bracket as well: a reader in a hurry does not compare codes.

    Args:
        label: What it is, in capitals.
        text: Written by an agent or a model.
        limit: Characters; longer text is cut in the middle. None for all of it.
    """
    inside = _disarmed(text if limit is None else shortened(text, limit))
    code = code_of(label, inside)
    return f"[BEGIN {label}] {code} ({_EXTENT})\n{inside}\n[END {label}] {code}"


def _disarmed(text: str) -> str:
    """The text with a round bracket, in lower case, where it has what looks like the begin or end of a quotation."""
    folded, places = _folded(text)
    characters = list(text)
    for match in _DELIMITER.finditer(folded):
        characters[places[match.start()]] = "("
        for place in places[match.start(1) : match.end(1)]:
            characters[place] = characters[place].lower()
    return "".join(characters)


def unmarked(text: str, marks: str) -> str:
    """The text with `> ` before each line that looks like a heading of whoever shows it, so that nobody feigns a turn.

    Args:
        text: Written by an agent or a model.
        marks: A regular expression for the beginnings of headings; letter case does not matter.
    """
    mark = re.compile(rf"\W*(?:{marks})", re.IGNORECASE)
    return "".join(f"> {line}" if mark.match(_folded(line)[0]) else line for line in text.splitlines(keepends=True))


def _folded(text: str) -> tuple[str, list[int]]:
    """The text as it looks, without full-width and invisible characters, and where each character stands in `text`."""
    folded, places = [], []
    for place, character in enumerate(text):
        if unicodedata.category(character) not in ("Cf", "Mn", "Me"):
            seen = unicodedata.normalize("NFKC", character)
            folded.append(seen)
            places += [place] * len(seen)
    return "".join(folded), places


def shortened(text: str, limit: int) -> str:
    """The begin and the end of a text that is longer than `limit` characters, with a note of what is left out."""
    if len(text) <= limit:
        return text
    begin, end = limit * 2 // 3, limit // 3
    return f"{text[:begin]}\n… {len(text) - begin - end:,} characters are left out here …\n{text[len(text) - end :]}"
