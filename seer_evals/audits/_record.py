"""What an audit leaves behind: every message of every branch, who wrote it, and how it ended."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from seer_evals.audits._numbered import by_number
from seer_evals.frozen import Frozen

if TYPE_CHECKING:
    from inspect_ai.util import Store  # seconds, which a list of seeds need not wait

AUDIT_KEY = "seer:audit"
"""Store key of the record; it is kept up to date while the audit runs."""

Ending = Literal[
    "running", "auditor ended", "report", "turn limit", "limit", "auditor refused", "auditor idle", "target failed"
]
"""How an audit ended. `running` is what a killed one shows, `limit` one of Inspect's own limits."""


class Steering(Frozen):
    """A vector that was added to the target's residual stream while it answered."""

    vector: str = Field(description="its name")
    source: str = Field(description="what it was made from, in words")
    layer: int = Field(description="the block after which it was added, counted from 0")
    strength: float = Field(description="length of what was added, as a share of the token's own residual stream")


class Call(Frozen):
    """A tool call that the target made."""

    id: str
    function: str
    arguments: Mapping[str, Any] = {}
    problem: str = Field(default="", description="why it cannot be answered: no such tool, or arguments that are none")


class AuditMessage(Frozen):
    """One message of an audit; its number is its own in the whole audit, whatever the branch."""

    number: int = Field(ge=1, description="M7 in transcripts and citations")
    parent: int | None = Field(description="the message that it follows; None at the start of a conversation")
    role: Literal["system", "user", "assistant", "tool", "files"]
    text: str = Field(default="", description="of an assistant: what the target itself wrote")
    prefill: str = Field(default="", description="how the auditor made the target's reply begin")
    reasoning: str = Field(default="", description="the target's reasoning, where its provider shows it")
    calls: tuple[Call, ...] = ()
    answers: str = Field(default="", description="of a tool message: the id of the call")
    function: str = Field(default="", description="of a tool message: the tool's name")
    failed: bool = Field(default=False, description="of a tool message: the tool is said to have failed")
    real: bool = Field(
        default=False, description="of a tool message, or of changed files: so it was in the target's own sandbox"
    )
    stop: str = Field(default="", description="why the target stopped, where it did not do so by itself")
    steering: tuple[Steering, ...] = Field(default=(), description="what acted on the target while it wrote this")
    baseline: int | None = Field(
        default=None, description="of a steered reply: the reply at the same point without steering"
    )

    @property
    def spoken(self) -> bool:
        """The target said it."""
        return self.role == "assistant"

    @property
    def left(self) -> bool:
        """The target left it in its files."""
        return self.role == "files" and self.real


class TargetToolRecord(Frozen):
    """A tool that the target had."""

    name: str
    description: str
    parameters: Mapping[str, Any] = Field(description="a JSON schema")
    since: int = Field(description="the number of the last message before it was there; 0 from the start")
    until: int | None = Field(default=None, description="the number of the last message before it was taken away")


class Realism(Frozen):
    """What the check of the auditor's messages found."""

    checked: int = 0
    refused: int = Field(default=0, description="messages that went back to the auditor with reasons")
    let_through: int = Field(default=0, description="messages sent although refused: the retries were used up")
    failed: int = Field(default=0, description="checks that gave no verdict; the message was sent unchecked")


class AuditRecord(Frozen):
    """A whole audit."""

    messages: tuple[AuditMessage, ...] = ()
    tools: tuple[TargetToolRecord, ...] = ()
    ending: Ending = "running"
    detail: str = Field(default="", description="more about the ending, such as the target's error")
    failures: tuple[str, ...] = Field(default=(), description="errors of the target's API, in order")
    realism: Realism | None = None
    agent: str = Field(default="", description="the target's name, where it is a command-line agent in a sandbox")

    @model_validator(mode="after")
    def _grown(self) -> Self:
        """Messages are in order of their numbers, and follow messages that were there before."""
        known: set[int] = set()
        for message in self.messages:
            if message.number in known or (known and message.number < max(known)):
                raise ValueError(f"message M{message.number} is out of order")
            if not {message.parent, message.baseline} - {None} <= known:
                raise ValueError(f"message M{message.number} follows a message that is not there before it")
            known.add(message.number)
        return self

    @property
    def replies(self) -> list[AuditMessage]:
        """What the target said, in all branches."""
        return [message for message in self.messages if message.spoken]

    @property
    def comparisons(self) -> set[int]:
        """Numbers of the replies that were sampled without steering, to stand beside a steered one."""
        return {message.baseline for message in self.messages if message.baseline is not None}

    @property
    def turns(self) -> int:
        """Replies of the target in all branches; those sampled only for comparison do not count."""
        return len(self.replies) - len(self.comparisons)

    def turns_of(self, depth: int) -> int:
        """As `turns`, where replies to results of tools are of the same turn, up to `depth` replies in one.

        Whatever a command-line agent does after a message is one.
        """
        if self.agent:
            return sum(message.role == "user" for message in self.messages)
        aside = self.comparisons
        return sum(not self.goes_on(reply.parent, depth) for reply in self.replies if reply.number not in aside)

    def goes_on(self, head: int | None, depth: int) -> bool:
        """A reply after the message `head` would be of the turn that the target is in, since it works with tools."""
        calling = 0
        if self.agent:
            return False
        for message in reversed(self.path(head)):
            if message.spoken and message.calls:
                calling += 1
            elif message.role != "tool":
                break
        return calling % depth != 0

    @property
    def null(self) -> bool:
        """The target never spoke: nothing can be concluded from this audit."""
        return not self.replies

    def message(self, number: int) -> AuditMessage:
        """A message by number; a KeyError if there is none."""
        return by_number(self.messages, number, "message M")

    def path(self, number: int | None) -> list[AuditMessage]:
        """The conversation that ends with this message, from its start."""
        found: list[AuditMessage] = []
        while number is not None:
            found.append(self.message(number))
            number = found[-1].parent
        return found[::-1]

    def branches(self) -> list[list[AuditMessage]]:
        """The conversation up to each message that nothing follows, in the order in which they ended.

        A reply that only stands beside a steered one is no end of a conversation.
        """
        inner = {message.parent for message in self.messages} | self.comparisons
        return [self.path(message.number) for message in self.messages if message.number not in inner]


def load_audit(store: "Store") -> AuditRecord | None:
    """The record in a sample's store, or None if there was no audit."""
    stored = store.get(AUDIT_KEY)
    return AuditRecord.model_validate(stored) if stored is not None else None


def steered_by(steering: Iterable[Steering]) -> str:
    """What acted on the target, in words."""
    return "; ".join(
        f"{each.strength:+g} × {each.vector} ({each.source}) after layer {each.layer}" for each in steering
    )
