"""Whether base64 holds a picture that can be shown: of the named format, whole, and of a size that can be drawn.

Nothing is decoded: a few kilobytes can stand for gigabytes of pixels. Standard library only.
"""

import binascii

MAX_SIDE = 8000
"""Pixels; models take no picture that is longer or wider."""
FORMATS = ("image/png", "image/jpeg")
_PNG = b"\x89PNG\r\n\x1a\n"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG's segments that begin a picture and hold its size."""
_BARE = frozenset(range(0xD0, 0xD8)) | {0x01}


def problem_of(mime: str, value: object) -> str:
    """What keeps a value of one of `FORMATS` from being shown, as the rest of a sentence; empty if nothing."""
    if not isinstance(value, str):
        return "is no text in base64"
    try:
        data = binascii.a2b_base64("".join(value.split()), strict_mode=True)
    except ValueError:
        return "is no base64"
    size = _size_of_png(data) if mime == "image/png" else _size_of_jpeg(data)
    if size is None:
        return f"is no {mime}, or only the beginning of one"
    if not all(0 < side <= MAX_SIDE for side in size):
        return f"has {size[0]:,} x {size[1]:,} pixels, of at most {MAX_SIDE:,} on each side"
    return ""


def _size_of_png(data: bytes) -> tuple[int, int] | None:
    if not data.startswith(_PNG) or data[12:16] != b"IHDR" or b"IEND" not in data[-12:]:
        return None
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def _size_of_jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    if not data.startswith(b"\xff\xd8") or b"\xff\xd9" not in data[-1024:]:
        return None
    while at + 9 <= len(data) and data[at] == 0xFF:
        kind = data[at + 1]
        if kind in _FRAMES:
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        # A marker may be preceded by any number of fill bytes, and some have no length.
        at += 1 if kind == 0xFF else 2 if kind in _BARE else 2 + int.from_bytes(data[at + 2 : at + 4])
    return None
