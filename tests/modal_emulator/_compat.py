"""What older versions of the `modal` package do not know."""

from typing import TypeVar

from google.protobuf.message import Message  # type: ignore[import-untyped]

M = TypeVar("M", bound=Message)


def known(kind: type[M], **fields: object) -> M:
    """A message of `kind` with those of `fields` that the installed definition has."""
    names = kind.DESCRIPTOR.fields_by_name
    message: M = kind(**{name: value for name, value in fields.items() if name in names})
    return message
