"""A text, and what it says to whoever decodes it."""

import base64
import binascii
import codecs
import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

SHORTEST = 3
"""Characters of what something reads as when it is decoded."""
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{6,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-f]{2}[\s:,]?){4,}", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(?:u([0-9a-f]{4})|x([0-9a-f]{2}))", re.IGNORECASE)


def readings(text: str) -> Iterator[tuple[str, str]]:
    """The text, and what it says to whoever decodes it: how, and what."""
    yield "", text
    yield "in rot13", codecs.encode(text, "rot13")
    if (unescaped := _unescaped(text)) != text:
        yield "escaped", unescaped
    if read := " ".join(_bytes_as_text(bytes.fromhex(re.sub(r"[\s:,]", "", each[0]))) for each in _HEX.finditer(text)):
        yield "in hexadecimal", read
    # Something may stand before what is encoded.
    tokens = [each[0][begin:] for each in _ENCODED.finditer(text) for begin in range(4)]
    if read := " ".join(filter(None, map(_base64, tokens))):
        yield "in base64", read


def _unescaped(text: str) -> str:
    said = _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), text)
    return unquote(html.unescape(said))


def _base64(token: str) -> str:
    whole = token.rstrip("=").replace("-", "+").replace("_", "/")
    whole = whole[: len(whole) - (len(whole) % 4 == 1)]
    try:
        return _bytes_as_text(base64.b64decode(whole + "=" * (-len(whole) % 4)))
    except (binascii.Error, ValueError):
        return ""


def _bytes_as_text(found: bytes) -> str:
    """What it reads as; nothing where it is no text, as an ordinary word is not that was taken for an encoded one."""
    text = found.decode("utf-8", errors="ignore")
    return text if len(text) >= SHORTEST and sum(map(str.isprintable, text)) > 0.7 * len(text) else ""
