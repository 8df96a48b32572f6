"""The wall that keeps what organisms hide out of the texts that are searched: found in a text, or struck out of one.

A candidate that names the search's secrets would win the search, and one that names those held out would win the proof.
So it is read for every name of every organism on either side, and for the names that its seed could have drawn instead,
in any case, in the plural, in look-alike letters, spaced out, backwards, or encoded. What paraphrases a secret, or has
it in the first letters of its lines, is not found: against that the held-out organisms stand.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from seer_evals.experiments._decoded import readings
from seer_evals.organisms import GroundTruth, spellings

STRUCK = "▇▇▇"
"""Stands for a secret in a text that a model is shown."""
SHORTEST = 4
"""Letters of a name that is also looked for backwards and spaced out: shorter ones turn up in ordinary words."""
_ALIKE = str.maketrans("аеорсухіѕјһԁԛԝӏкмтвнαβεηικμνορτυχıɡ", "aeopcyxisjhdqwlkmtbhabenikmvoptuxig")
"""Cyrillic, Greek and other letters that look like Latin ones."""
_SIGNS = str.maketrans("0134578@$|", "oieastbasl")
"""Digits and signs that are written for letters."""
_GAP = r"(?:[\W_]{0,3}?)"
"""What may stand between the letters of a word that is spaced out: b-a-n, b a n, b.a.n."""


@dataclass(frozen=True)
class Leak:
    """A secret in a text; what it is, is not said.

    Attributes:
        organism: Whose.
        how: How it is written.
        line: On which line, counted from 1; 0 where that is not known.
    """

    organism: str
    how: str
    line: int

    def __str__(self) -> str:
        place = f"line {self.line} " if self.line else ""
        return f"{place}names what {self.organism} hides, or what its like could hide ({self.how})"


@dataclass(frozen=True)
class Wall:
    """What is not to be named.

    Attributes:
        names: By name in plain letters, the organism that it is a secret of.
    """

    names: Mapping[str, str]
    _sought: "tuple[_Sought, ...]" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        forward = [_Sought.of(name, "") for name in self.names]
        backward = [_Sought.of(name, "backwards") for name in self.names if len(_squeezed(name)) >= SHORTEST]
        object.__setattr__(self, "_sought", (*forward, *backward))

    @classmethod
    def around(cls, truths: Mapping[str, GroundTruth], said: Iterable[str]) -> "Wall":
        """The wall around the secrets of organisms.

        Args:
            truths: By organism.
            said: Texts that everybody has read before the search: what they name is no secret.
        """
        names = {_plain(name): organism for organism, truth in truths.items() for name in secrets(truth)}
        whole = cls({name: organism for name, organism in names.items() if name})
        known = {each.name for text in said for each, _ in whole._found(_plain(text))}
        return cls({name: organism for name, organism in whole.names.items() if name not in known})

    def leak(self, text: str) -> Leak | None:
        """The first secret that the text names; none if it names none."""
        for how, read in readings(text):
            plain = _plain(read)
            for each, match in self._found(plain):
                line = 0 if how else plain.count("\n", 0, match.start()) + 1
                return Leak(self.names[each.name], how or each.how or "as a word", line)
        return None

    def scrubbed(self, text: str) -> str:
        """The text with every secret struck out, to be shown to a model; it is left without odd letters."""
        shown = _normal(text)
        plain, places = _plain_with_places(shown)
        spans = sorted((places[m.start()], places[m.end() - 1] + 1) for _, m in self._found(plain))
        for begin, end in reversed(_merged(spans)):
            shown = shown[:begin] + STRUCK + shown[end:]
        return shown if self.leak(shown) is None else STRUCK  # encoded in it: nothing of it is shown

    def _found(self, plain: str) -> "Iterator[tuple[_Sought, re.Match[str]]]":
        written = (plain, plain.translate(_SIGNS))
        for text in dict.fromkeys(written):
            letters = _squeezed(text)
            for each in self._sought:
                if each.letters in letters:
                    yield from ((each, match) for match in each.pattern.finditer(text))


@dataclass(frozen=True)
class _Sought:
    """A name as it is looked for: in a text without anything but letters first, since that is quick."""

    name: str
    how: str
    letters: str
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, name: str, how: str) -> "_Sought":
        written = name[::-1] if how else name
        return cls(name, how, _squeezed(written), _pattern(written))


def secrets(truth: GroundTruth) -> set[str]:
    """Names that a text may not have: what is particular to the organism, and what its seed could have drawn instead.

    The kind of what is hidden (an atom that others imply) is what the question asks for, and no secret.
    """
    atoms = [alias for atom in truth.atoms if not atom.implied_by for alias in atom.aliases]
    singular = [name for name in (*atoms, *truth.decoys) if not name.endswith("s")]
    return {*atoms, *truth.decoys, *spellings(*singular)}


def _pattern(plain_name: str) -> re.Pattern[str]:
    """The name as a word, or with something between its letters; digits and _ end a word."""
    letters = _squeezed(plain_name)
    written = _GAP.join(letters) if len(letters) >= SHORTEST else re.escape(plain_name)
    return re.compile(rf"(?<![^\W\d_]){written}(?:e?s)?(?![^\W\d_])")


def _squeezed(plain: str) -> str:
    """Its letters and digits alone."""
    return "".join(filter(str.isalnum, plain))


def _normal(text: str) -> str:
    """The text in composed letters of ordinary width, without what cannot be seen."""
    composed = unicodedata.normalize("NFKC", text)
    return "".join(each for each in composed if unicodedata.category(each) != "Cf")


def _plain(text: str) -> str:
    return _plain_with_places(_normal(text))[0]


def _plain_with_places(shown: str) -> tuple[str, list[int]]:
    """In small Latin letters without accents, and where each stands in what was shown."""
    plain, places = [], []
    for place, character in enumerate(shown):
        for part in unicodedata.normalize("NFKD", character.casefold()):
            if unicodedata.category(part) != "Mn":
                plain.append(part)
                places.append(place)
    return "".join(plain).translate(_ALIKE), places


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for begin, end in spans:
        if found and begin < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found
