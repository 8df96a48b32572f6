"""Numbers in what a cell printed, however they are written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>[-+−–]?)(?P<digits>\d{1,3}(?:[,_ \u00a0\u202f'’]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)"
    r"(?P<power>[eE][-+−]?\d+)?(?P<percent>\s*%)?"
)
RATIO = re.compile(r"(?<![\w.])(\d+)\s*(?:/|of|out of)\s*(\d+)(?![\w.]*\d)")
MOST_ROUNDED = 0.005
"""A rounded number is the same number if it is as near as this, or as `SHARE` of itself."""
SHARE = 0.025
_SEPARATORS = re.compile(r"[,_ \u00a0\u202f'’]")


@dataclass(frozen=True)
class Shown:
    """A number that is to be seen."""

    value: float
    decimals: int
    """Of its last digit: 2 for hundredths."""

    def is_(self, reported: float) -> bool:
        """Whether the reported number is this one, rounded by whoever reported it or by whoever printed it."""
        if self.value == 0 or reported == 0:
            return abs(reported - self.value) <= min(MOST_ROUNDED, 0.5 * 10.0 ** -min(_decimals(reported), 300))
        most = max(MOST_ROUNDED if abs(self.value) <= 1 else 0.0, SHARE * abs(self.value))
        rounded = 0.5 * 10.0 ** -_decimals(reported)
        printed = 0.5 * 10.0**-self.decimals if self.decimals >= 2 else 0.0
        return abs(reported - self.value) <= min(most, max(rounded, printed)) + 1e-9


def shown_in(text: str) -> list[Shown]:
    """The numbers of a text; where it speaks of per cent, also as shares of one; of ratios the quotient."""
    return list(_shown(text))


def _shown(text: str) -> Iterator[Shown]:
    per_cent = "%" in text or "per cent" in text.lower() or "percent" in text.lower()
    for match in NUMBER.finditer(text):
        digits = _SEPARATORS.sub("", match["digits"])
        power = int((match["power"] or "e0")[1:].replace("−", "-"))
        if abs(power) > 300:
            continue
        value = float(f"{digits}e{power}") * (-1 if match["sign"] in ("-", "−", "–") else 1)
        decimals = len(digits.partition(".")[2]) - power
        yield Shown(value, decimals)
        if per_cent:
            yield Shown(value / 100, decimals + 2)
    for hits, n in RATIO.findall(text):
        if int(n) > 0 and int(hits) <= int(n):
            yield Shown(int(hits) / int(n), 6)


def _decimals(value: float) -> int:
    text = f"{value:.12g}"
    mantissa, _, power = text.partition("e")
    return len(mantissa.partition(".")[2]) - int(power or 0)
