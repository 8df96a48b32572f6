"""What a kernel host says, checked: nothing of it is believed before."""

from contextlib import suppress
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from seer_evals.lab.notebook._outputs import bundle_in, outputs_in
from seer_evals.runtime.untrusted import problem_of
from seer_evals.sandboxes import Count, Said, Seconds, Text, Word

Outputs = Annotated[list[dict[str, Any]], BeforeValidator(outputs_in)]
"""As the notebook format allows them."""
MAX_STATES = 400
"""States of models that the record of one cell may tell apart."""
Words = Annotated[Text, Field(max_length=20_000)]


class Refusal(Said):
    """Why a request was refused."""

    type: Word
    message: Words
    log: Words = ""


class Refused(Said):
    """An answer that is no more than a refusal."""

    error: Refusal


class Edited(Said):
    """An edit that was in force."""

    kind: Word
    layers: Annotated[list[Count], Field(max_length=1000)]
    site: Word
    positions: Word | int | Annotated[list[int], Field(max_length=64)]
    strength: float
    made: Word


class Ran(Said):
    """What a model read in one state, as `seer_runtime.record` has it."""

    model: Word
    adapter: Word
    weights: Word
    hooks: bool
    edits: Annotated[list[Edited], Field(max_length=64)]
    passes: Count
    texts: Count
    generated: Count
    prompts: Count
    digest: Word
    of: Annotated[dict[Word, tuple[Count, Count]], Field(max_length=64)]


def ran_in(value: object) -> list[Ran]:
    """What can be read of a record; the rest of it is dropped, since a cell may have meddled with it."""
    found = []
    for each in value[:MAX_STATES] if isinstance(value, list) else ():
        with suppress(ValidationError):
            found.append(Ran.model_validate(each, strict=False))
    return found


class Cell(Said):
    """How a cell stands."""

    run: Word
    status: Literal["running", "ok", "error", "interrupted", "timeout", "dead"]
    unresponsive: bool
    execution_count: Count | None
    duration: Seconds
    outputs: Outputs
    ran: Annotated[list[Ran], BeforeValidator(ran_in)] = Field(default_factory=list)


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
