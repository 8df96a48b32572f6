"""Text as it is read, and as it is compared: what setting and typing change is the same, and nothing else is."""

import re
import unicodedata

from seer_evals.plain_text import STRAIGHT, shown

_SIGNS = str.maketrans(
    {
        **STRAIGHT,
        **{"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st"},
        **{"„": '"', "«": '"', "»": '"', "‚": "'", "‹": "'", "›": "'", "…": "..."},
        **dict.fromkeys("‐‑‒–—―−", "-"),
    }
)
_SOFT_HYPHEN = re.compile("\u00ad[ \t]*\n")
# Not between figures, where it is a range, nor before one, where it may be a sign.
_HYPHEN = re.compile(r"(?<=[^\W_])-\s*(?=[^\W\d_])")
_BROKEN = re.compile(r"(?<=\w)-\s*\n\s*(?=\d)")


def clean(text: str) -> str:
    """The text without what cannot be seen, and with line breaks of one kind."""
    return shown(_SOFT_HYPHEN.sub("-\n", text))


def canonical(text: str) -> str:
    """A clean text as it is compared: no two numbers are the same in it that are not.

    Compatibility forms are not folded: `10⁵` would be 105.
    """
    joined = _BROKEN.sub("-", unicodedata.normalize("NFC", text).translate(_SIGNS))
    return " ".join(_HYPHEN.sub("", joined).split())
