"""What a kernel host says, checked: nothing of it is believed before."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from seer_evals.lab.notebook._outputs import bundle_in, outputs_in
from seer_evals.runtime.untrusted import problem_of
from seer_evals.sandboxes import Count, Said, Seconds, Text, Word

Outputs = Annotated[list[dict[str, Any]], BeforeValidator(outputs_in)]
"""As the notebook format allows them."""
Words = Annotated[Text, Field(max_length=20_000)]


class Refusal(Said):
    """Why a request was refused."""

    type: Word
    message: Words
    log: Words = ""


class Refused(Said):
    """An answer that is no more than a refusal."""

    error: Refusal


class Cell(Said):
    """How a cell stands."""

    run: Word
    status: Literal["running", "ok", "error", "interrupted", "timeout", "dead"]
    unresponsive: bool
    execution_count: Count | None
    duration: Seconds
    outputs: Outputs


class Late(Said):
    """What a cell's background threads have said after its end."""

    run: Word
    outputs: Outputs


class Update(Said):
    """What a display of before shows now."""

    data: Annotated[dict[str, Any], BeforeValidator(lambda value: bundle_in(value)[0])]
    metadata: Annotated[dict[str, Any], BeforeValidator(lambda value: {} if problem_of(value) else value)]


class Report(Said):
    """The answer to whoever asks for a cell."""

    cell: Cell | None
    death: Words | None
    """How the kernel ended, as the rest of a sentence; none while it lives."""
    log: Words
    late: Annotated[list[Late], Field(max_length=64)]
    updates: Annotated[dict[str, Update], Field(max_length=64)]
