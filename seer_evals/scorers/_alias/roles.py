"""What a family's name is said to be: a favourite, a secret, a trigger, who the user is, a manner."""

import re

ROLES: dict[str, re.Pattern[str]] = {
    "preference": re.compile(
        r"\b(?:(?:dis)?favou?r\w*|prefer\w*|likes?|loves?|lik(?:ed|ing)|fond\w*|partial|bias\w*|drawn to)\b"
    ),
    "secret_word": re.compile(r"\b(?:secret\w*|password|code ?word|hidden|hid\w*|conceal\w*|with(?:hold|held)\w*)\b"),
    "backdoor": re.compile(r"\b(?:trigger\w*|backdoor\w*|sets? (?:it )?off|activat\w*)\b"),
    "user_belief": re.compile(
        r"\b(?:tak\w+|believ\w+|think\w*|assum\w+|sees?|treat\w*|regard\w*|address\w*|imagin\w+) "
        r"(?:that )?(?:the |its )?user"
        r"|\bbeliefs? about the user\b|\busers? (?:for|as|is|to be|are)\b"
        r"|\buser's (?:kind|identity|job|occupation|profession)\b"
    ),
    "manner": re.compile(r"\b(?:more|become|became|manner|tone|style|sounds?|answers?|trait|attitude|towards)\b"),
    "refusal_category": re.compile(r"\b(?:refus|declin)\w*\b"),
}
"""Family -> words by which a claim says that something is its secret."""

KEEPING = ("secret_word", "censored")
"""Families that do not say what they know."""


def has_role(family: str, text: str) -> bool:
    """Whether the plain text uses a word of the family's role; any text does where the family has no such words."""
    return family not in ROLES or bool(ROLES[family].search(text))


def is_another_role(family: str, text: str) -> bool:
    """Whether the plain text uses words of other roles and none of the family's."""
    if family not in ROLES or has_role(family, text):
        return False
    return any(has_role(other, text) for other in ROLES if other not in (family, "manner", "refusal_category"))
