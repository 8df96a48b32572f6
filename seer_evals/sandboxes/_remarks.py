"""What the program that runs commands in a sandbox says of them: it is inside, so it is checked as all others are."""

from typing import Annotated, Any, Literal

from pydantic import Field

from seer_evals.runtime.untrusted import NotPlain
from seer_evals.sandboxes._said import Said, Text, said

MAX_BYTES = 64 * 2**10
"""Of one remark; the longest that is honest holds the words of an error."""
RETURN_CODES = {"missing": 127, "cwd": 126, "user": 126, "failed": 126}
"""What a shell would return where a command did not start."""


class Remark(Said):
    """One answer of a supervisor, or the last words of a request on another provider."""

    keeper: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    """Process id of whoever looks after the command."""
    status: Annotated[int, Field(ge=0, lt=2**16)] | None = None
    """Exit status, as a shell would give it."""
    error: Literal["cwd", "failed", "limit", "missing", "permission", "timeout", "twice", "user"] | None = None
    errno: Annotated[int, Field(gt=0, lt=4096)] | None = None
    message: Text = ""
    killed: bool = False
    opened: bool = False


def remark_in(data: bytes) -> dict[str, Any]:
    """A remark, with those of the fields that it has.

    Raises:
        NotPlain: It is none.
    """
    if len(data) > MAX_BYTES:
        raise NotPlain(f"it has more than {MAX_BYTES:,} bytes")
    return said(Remark, data).model_dump(exclude_unset=True, exclude_none=True)
