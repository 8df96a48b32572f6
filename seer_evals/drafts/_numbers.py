"""The numbers in a text, however they are written: `10,000`, `0.30`, `.3`, `forty-two`."""

import re
from decimal import Decimal

_DIGITS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,]|\.\d)|\d{1,3}(?:,\d{3})+\.\d+|\d+\.\d+|(?<!\d)\.\d+|\d+")
_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_UNITS += ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_WORDS = {**{word: number for number, word in enumerate(_UNITS)}, **_TENS, "hundred": 100, "thousand": 1000}
_WORD = re.compile(rf"\b({'|'.join(_TENS)})[- ]({'|'.join(_UNITS[1:10])})\b|\b({'|'.join(_WORDS)})\b", re.IGNORECASE)
_NO_NUMBER = {"zero", "one"}
"""`one direction` counts nothing."""


def numbers(text: str) -> frozenset[Decimal]:
    """The numbers in a text, without signs and units."""
    found = {Decimal(each.replace(",", "")).normalize() for each in _DIGITS.findall(text)}
    for match in _WORD.finditer(text):
        tens, unit, alone = (part and part.lower() for part in match.groups())
        if alone not in _NO_NUMBER:
            found.add(Decimal(_WORDS[alone] if alone else _TENS[tens] + _WORDS[unit]).normalize())
    return frozenset(found)
