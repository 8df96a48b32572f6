"""Typographic signs that people and models write for those of a keyboard."""

STRAIGHT = {"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " "}
"""Quotation marks and spaces as a keyboard has them, for `str.maketrans`."""
