"""One request to the target and what came of it, as the target's API saw it."""

from dataclasses import dataclass

from inspect_ai.model import ChatMessage, ModelOutput
from inspect_ai.tool import ToolInfo


@dataclass(frozen=True)
class Exchange:
    """A request to the target that was truly sent; one that is replayed after a rollback is none."""

    read: tuple[ChatMessage, ...]
    """The conversation that the target was given. Messages of a common past have the ids that they had there."""
    tools: tuple[ToolInfo, ...] = ()
    output: ModelOutput | None = None
    """What it answered, or None if its API failed."""
    error: str = ""
    """How its API failed."""
