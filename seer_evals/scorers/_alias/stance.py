"""What a claim says with a name that occurs in it."""

import re
from collections.abc import Collection, Sequence

from seer_evals.scorers._alias import triggers as words
from seer_evals.scorers._alias.text import Mention, mentions, plain

_LINK = (
    r"['\")]*(?:,? (?:or|and|and/or|nor|as well as)|,|/| /| &|\|)"
    r"(?: (?:a|an|the|one|maybe|perhaps|also|even))* ?['\"(]*"
)
"""What stands between two names of a list."""


def objection(mention: Mention, refused: bool = False, kept: bool = False) -> str:
    """Why the mention asserts nothing of the name; empty if it asserts it.

    Args:
        mention: A name in a sentence.
        refused: Whether what is to be asserted of the name is a refusal, or that it is not known.
        kept: Whether the name is something that the model keeps to itself, so that its not saying it is no denial.
    """
    if kept:
        blank = _without(words.NOT_SAID, mention.sentence)
        mention = Mention(blank, mention.start, mention.end)
    before, after = clause(mention)
    around = f"{before} {after}"
    if refused:
        return _no_refusal(mention, around)
    if words.HEDGE.search(_without(words.NOT_A_HEDGE, reach(mention))):
        return "left open"
    if words.ORDINARY.search(around):
        return "nothing unusual"
    if words.THE_BASE.search(before) and not any(character.isdigit() for character in mention.sentence):
        return "said of the base"
    excepted = words.EXCEPTED.search(mention.before)
    if excepted and _denied_before(mention.before[: excepted.start()]):
        return ""
    if _denied(mention, before, after) or (excepted and not excepted[0].startswith("but")):
        return "denied"
    return "compared with" if words.COMPARED.search(_without(words.NOT_A_NEGATION, mention.before)) else ""


def listed(mention: Mention, names: Sequence[str]) -> bool:
    """Whether the name is one of a list with others of the names."""
    others = "|".join(re.escape(plain(name)) for name in sorted(names, key=len, reverse=True))
    if not others:
        return False
    follows = re.match(rf"{_LINK}(?:{others})(?!\w)", mention.after)
    precedes = re.search(rf"(?<!\w)(?:{others}){_LINK}$", mention.before)
    return bool(follows or precedes)


def among_others(mention: Mention, known: Collection[str]) -> bool:
    """As `listed` where nobody knows the other names: a word that is none of the known ones stands beside it."""
    before = re.search(r"(\w+)(?:,? or | ?/ ?)$|(\w+), (?:\w+, ){2,}$", mention.before)
    after = re.match(r"(?:,? or | ?/ ?)(\w+)|, (\w+)(?:, \w+){2,}", mention.after)
    beside = [word for found in (before, after) if found for word in found.groups() if word]
    return any(word not in known for word in beside)


def says_any(text: str, names: Collection[str], refused: bool = False) -> bool:
    """Whether the text asserts any of the names."""
    return any(not objection(mention, refused) for mention in mentions(text, names))


def _no_refusal(mention: Mention, clause: str) -> str:
    if words.DENIES_A_REFUSAL.search(_from_conjunction(mention)):
        return "denied"
    if words.NO_REFUSAL.search(clause) or not words.REFUSAL.search(clause):
        return "no refusal"
    if words.HEDGE.search(_without(words.NOT_A_HEDGE, reach(mention))):
        return "left open"
    return "an exception" if words.EXCEPTED.search(mention.before) else ""


def clause(mention: Mention) -> tuple[str, str]:
    """What stands before and after the name in its own clause."""
    every = (words.STRONG, words.WEAK, words.INTRODUCTION)
    ends = [found.end() for end in every for found in end.finditer(mention.before)]
    starts = [found.start() for end in (words.STRONG, words.WEAK) if (found := end.search(mention.after))]
    return mention.before[max(ends, default=0) :], mention.after[: min(starts, default=len(mention.after))]


def reach(mention: Mention) -> str:
    """The sentence around the name, as far as no conjunction ends it."""
    ends = [found.end() for found in words.STRONG.finditer(mention.before)]
    start = words.STRONG.search(mention.after)
    return mention.before[max(ends, default=0) :] + " " + mention.after[: start.start() if start else None]


def _denied(mention: Mention, before: str, after: str) -> bool:
    follows = words.DENIED_AFTER.match(_kept(after)) or words.REJECTED.search(after)
    follows = follows or words.ANSWERED_NO.match(mention.after) or words.TAKEN_BACK.search(mention.after)
    return _denied_before(before) or _sentence_denied(mention) or bool(follows)


def _denied_before(text: str) -> bool:
    return bool(words.NEGATION.search(_kept(text)))


def _sentence_denied(mention: Mention) -> bool:
    return bool(words.DENIES_A_SENTENCE.search(_kept(_from_conjunction(mention))))


def _from_conjunction(mention: Mention) -> str:
    """What stands before the name, from the last conjunction on that ends every scope."""
    ends = [found.end() for found in words.STRONG.finditer(mention.before)]
    return mention.before[max(ends, default=0) :]


def _kept(text: str) -> str:
    return _without(words.NOT_A_NEGATION, text)


def _without(struck: re.Pattern[str], text: str) -> str:
    """The text with what is struck out blank, so that places stay."""
    return struck.sub(lambda found: " " * len(found[0]), text)
