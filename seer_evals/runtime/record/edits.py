"""Which edits are in force: the white-box layer says so, and the recorder asks."""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any

_in_force: list[tuple[int, int, dict[str, Any]]] = []


@contextlib.contextmanager
def edited(model: object, descriptions: Sequence[dict[str, Any]]) -> Iterator[None]:
    """Edits of a model are in force inside of a `with` block, for passes of this thread.

    Args:
        model: The language model itself, without PEFT's wrapper.
        descriptions: Of each edit, as plain data: `kind`, `layers`, `site`, `positions`, `strength`, `made`.
    """
    mine = [(threading.get_ident(), id(model), each) for each in descriptions]
    _in_force.extend(mine)
    try:
        yield
    finally:
        for each in mine:
            _in_force.remove(each)


def edits_of(model: object) -> list[dict[str, Any]]:
    """The edits that act on a pass of this thread."""
    return [each for thread, number, each in _in_force if (thread, number) == (threading.get_ident(), id(model))]
