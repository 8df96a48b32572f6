"""The state of one audit: the record, the conversation that is current, and the target's tools."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inspect_ai.model import ChatMessageAssistant
from inspect_ai.tool import ToolInfo
from inspect_ai.util import LimitExceededError, Store

from seer_evals.audits import AUDIT_KEY, AuditMessage, AuditRecord, Call, Ending, TargetAgent, TargetToolRecord
from seer_evals.solvers._petri.conversation import pending_calls
from seer_evals.solvers._petri.options import Options
from seer_evals.solvers._petri.prefills import why_not
from seer_evals.solvers._petri.realism import RealismCheck
from seer_evals.solvers._petri.target import Target
from seer_evals.solvers._petri.trail import Trail
from seer_evals.solvers._petri.whitebox import WhiteBox

Tools = Mapping[str, ToolInfo]
FAILURES = 3
"""Failures of the target's API, or of its program, in a row after which the audit ends."""


@dataclass(frozen=True)
class Place:
    """Where an audit stands: enough to go back to."""

    record: AuditRecord
    head: int | None
    tools: Tools


@dataclass
class Audit:
    """What the auditor's tools work on. Every change is in the sample's store at once."""

    options: Options
    target: Target
    trail: Trail
    store: Store
    realism: RealismCheck | None = None
    """What looks at each message before it is sent, if anything does."""
    whitebox: WhiteBox | None = None
    """The hold on the inside of the target, where the laboratory gives one."""
    agent: TargetAgent | None = None
    """The target, where it is a command-line agent and not a model alone."""
    record: AuditRecord = field(default_factory=AuditRecord)
    head: int | None = None
    """The last message of the current conversation; None if it is empty."""
    tools: Tools = field(default_factory=dict)
    """What the target has now, by name."""
    prefill_refused: str = ""
    """Why the target's API continues no begun reply, once it has said so."""
    failures_in_a_row: int = 0
    stopped: LimitExceededError | None = None
    """A limit of Inspect's that was exceeded inside a tool, which ends more than the tool."""
    summary: str = ""
    """What the auditor said at the end."""
    originals: dict[int, ChatMessageAssistant] = field(default_factory=dict)
    """The target's messages as its provider gave them, by number."""
    _tools_at: dict[int, Tools] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Nothing is to follow."""
        return self.record.ending != "running"

    @property
    def path(self) -> list[AuditMessage]:
        """The current conversation."""
        return self.record.path(self.head)

    @property
    def pending(self) -> list[Call]:
        """Calls of the target that wait for a result."""
        return pending_calls(self.path)

    @property
    def may_prefill(self) -> bool:
        """The auditor may begin the target's replies, and the target is not known to ignore what is begun."""
        return self.options.prefill and self.agent is None and not why_not(self.target.model)

    @property
    def may_go_back(self) -> bool:
        """The auditor may go back; what an agent did in its sandbox cannot be taken back."""
        return self.options.rollback and self.agent is None

    @property
    def target_tools(self) -> str:
        """Whose tools the target has: as chosen, or `none` for an agent, which has its own."""
        return "none" if self.agent else self.options.target_tools

    @property
    def turns(self) -> int:
        """Turns that the target has had in all branches; replies sampled only for comparison do not count."""
        return self.record.turns_of(self.options.depth)

    @property
    def turns_left(self) -> int:
        """Turns that the target may still have."""
        return max(0, self.options.max_turns - self.turns)

    @property
    def goes_on(self) -> bool:
        """A reply here would be of the turn that the target is in."""
        return self.record.goes_on(self.head, self.options.depth)

    @property
    def may_reply(self) -> bool:
        """The target may give one more reply here: a turn is left, or the one that it is in is not used up."""
        return self.turns_left > 0 or self.goes_on

    def change(self, **fields: Any) -> None:
        """Change fields of the record, and keep it."""
        self.record = AuditRecord.model_validate({**dict(self.record), **fields})
        self.store.set(AUDIT_KEY, self.record.model_dump(mode="json"))

    def add(
        self, role: str, text: str = "", *, aside: bool = False, first: bool = False, **fields: Any
    ) -> AuditMessage:
        """Record a message that follows the current one.

        Args:
            role: `system`, `user`, `assistant` or `tool`.
            text: What it says.
            aside: The conversation does not go on from it.
            first: It begins the conversation.
            fields: Other fields of the message.
        """
        parent = None if first else self.head
        message = AuditMessage.model_validate(
            {"number": self.last + 1, "parent": parent, "role": role, "text": text, **fields}
        )
        self.change(messages=(*self.record.messages, message))
        self._tools_at[message.number] = self.tools
        if not aside:
            self.head = message.number
        self.trail.passed(message.number)
        return message

    def amend(self, number: int, **fields: Any) -> None:
        """Change fields of a message."""
        messages = self.record.messages
        self.change(messages=tuple(m.model_copy(update=fields) if m.number == number else m for m in messages))

    @property
    def last(self) -> int:
        """The highest number so far."""
        return self.record.messages[-1].number if self.record.messages else 0

    def place(self) -> Place:
        """Where the audit stands now."""
        return Place(self.record, self.head, self.tools)

    def undo(self, to: Place) -> None:
        """As if nothing had happened since; for what could not be done after all."""
        self.change(messages=to.record.messages, tools=to.record.tools)
        self.head, self.tools = to.head, to.tools

    async def go_back(self, number: int) -> None:
        """Make a message the last of the current conversation again, with the tools that the target had then.

        Raises:
            KeyError: There is no such message.
        """
        self.record.message(number)
        self.head = number
        self.equip(self._tools_at[number])
        await self.trail.branch(after=number)

    async def start_afresh(self, keep_tools: bool) -> None:
        """Begin an empty conversation."""
        self.head = None
        if not keep_tools:
            self.equip({})
        await self.trail.branch(after=None)

    def equip(self, tools: Tools) -> None:
        """Give the target exactly these tools, and record which came and went."""
        gone = {name for name, tool in self.tools.items() if tools.get(name) != tool}
        came = {name for name, tool in tools.items() if self.tools.get(name) != tool}
        records = [
            tool.model_copy(update={"until": self.last}) if tool.name in gone and tool.until is None else tool
            for tool in self.record.tools
        ]
        records += [_recorded(tool, self.last) for name, tool in tools.items() if name in came]
        self.tools = dict(tools)
        if gone or came:
            self.change(tools=tuple(records))

    def failed(self, words: str) -> None:
        """Count a failure of the target's; after some in a row the audit ends."""
        self.failures_in_a_row += 1
        self.change(failures=(*self.record.failures, words))
        if self.failures_in_a_row >= FAILURES:
            self.end("target failed", words)

    def end(self, ending: Ending, detail: str = "") -> None:
        """End the audit, unless it has ended."""
        if not self.ended:
            self.change(ending=ending, detail=detail)


def _recorded(tool: ToolInfo, since: int) -> TargetToolRecord:
    schema = tool.parameters.model_dump(mode="json", exclude_none=True)
    return TargetToolRecord(name=tool.name, description=tool.description, parameters=schema, since=since)
