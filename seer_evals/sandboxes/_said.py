"""What a sandbox says is data: the one place where it is read, as frozen models within bounds.

Whatever cannot be read is a `NotPlain` with the reason, which whoever asked turns into an error of its own.
"""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from seer_evals.runtime.untrusted import NotPlain, parse_object, whole

_SHOWN = 3
"""Faults that a message names."""

Text = Annotated[str, BeforeValidator(lambda value: whole(value) if isinstance(value, str) else value)]
"""A text that can be written down: U+FFFD stands for halves of surrogate pairs."""
Word = Annotated[Text, Field(max_length=200)]
Count = Annotated[int, Field(ge=0, lt=2**53)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Said(BaseModel):
    """A message from a sandbox: what is not asked for is dropped, and no type is taken for another."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


S = TypeVar("S", bound=Said)


def said(kind: type[S], data: bytes | str, **bounds: Any) -> S:
    """A message as its model.

    Args:
        kind: What is expected.
        data: JSON.
        bounds: As in `seer_evals.runtime.untrusted.parse`.

    Raises:
        NotPlain: It is something else; the message says what is wrong, without repeating it.
    """
    return checked(kind, parse_object(data, **bounds))


def checked(kind: type[S], value: object) -> S:
    """A message that has been parsed, as its model.

    Raises:
        NotPlain: It is something else.
    """
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise NotPlain("; ".join(map(_in_words, faults[:_SHOWN]))) from None


def _in_words(fault: Any) -> str:
    where = ".".join(str(part)[:40] for part in fault["loc"][:8])
    return whole(f"{where}: {fault['msg'][:200]}" if where else fault["msg"][:200])
