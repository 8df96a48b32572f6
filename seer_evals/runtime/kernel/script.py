"""`%%bash` and its like, which end at half a character (IPython 9.18)."""

import codecs
from collections.abc import Callable

from IPython.core.magics import script


class _NotTheEnd(str):
    """Empty text that is not false, which IPython takes for the end of a command's output."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return True


class _Decoder:
    """An incremental decoder that says nothing false before the end, and there what is left."""

    def __init__(self, errors: str) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors)

    def decode(self, data: bytes, final: bool = False) -> str:
        text = self._decoder.decode(data, final or not data)
        return text if text or not data else _NotTheEnd()


def _decoder_of(encoding: str) -> Callable[..., _Decoder]:
    return _Decoder


def install() -> None:
    """Have IPython decode what scripts write with this."""
    if hasattr(script, "getincrementaldecoder"):
        script.getincrementaldecoder = _decoder_of
