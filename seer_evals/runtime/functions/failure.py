"""What a caller may know about a call that failed: the words of a `raise` that was written for it, and nothing else.

An exception that Python or a library raised can carry what the function keeps to itself: a key, a path, a prompt. Its
type is told, its message is not.
"""

import dis
import re
from collections.abc import Callable
from types import FrameType

MAX_MESSAGE = 2000
"""Characters."""
NEUTRAL = "the function failed, and its error is not for its caller"
_PATH = re.compile(r"(?<![\w./~])~?/(?:[\w.@+~-]+/)*[\w.@+~-]+")
_RAISE = dis.opmap["RAISE_VARARGS"]

Error = dict[str, str]
"""`type` and `message`."""


def in_words(error: BaseException, ours: Callable[[FrameType], bool]) -> Error:
    """An error as its caller may see it.

    Args:
        error: What was raised.
        ours: Whether the code of a frame is written for the caller to hear from.
    """
    message = _message(error) if _was_raised_by(error, ours) else NEUTRAL
    return {"type": type(error).__name__[:100], "message": message}


def _was_raised_by(error: BaseException, ours: Callable[[FrameType], bool]) -> bool:
    """Whether the place that the error comes from is a `raise` statement in such code."""
    trace = error.__traceback__
    if trace is None:
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code.co_code
    return ours(trace.tb_frame) and 0 <= trace.tb_lasti < len(code) and code[trace.tb_lasti] == _RAISE


def _message(error: BaseException) -> str:
    try:
        text = str(error.args[0]) if isinstance(error, KeyError) and len(error.args) == 1 else str(error)
    except Exception:
        return NEUTRAL
    text = _PATH.sub("<path>", text[: 2 * MAX_MESSAGE])
    return text if len(text) <= MAX_MESSAGE else f"{text[:MAX_MESSAGE]}…"
