"""Things that have numbers for life."""

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Numbered(Protocol):
    """What is looked up."""

    @property
    def number(self) -> int:
        """Its own."""


N = TypeVar("N", bound=Numbered)


def by_number(things: Iterable[N], number: int, named: str) -> N:
    """The one with this number; a KeyError that calls it `named` if there is none."""
    for each in things:
        if each.number == number:
            return each
    raise KeyError(f"there is no {named}{number}")
