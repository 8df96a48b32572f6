"""From exchanges with a target to the record of an audit: all that it said, and nothing that it did not say."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageTool, ModelOutput
from inspect_ai.tool import ToolCall, ToolInfo

from seer_evals.audits import AuditMessage, AuditRecord, Call, Ending, Realism, TargetToolRecord
from seer_evals.solvers._peers.exchange import Exchange
from seer_evals.solvers._petri.outputs import reasoning_in, stop_of

FILTERED = "content_filter"


def to_record(
    exchanges: Iterable[Exchange], ending: Ending = "running", detail: str = "", realism: Realism | None = None
) -> AuditRecord:
    """The record of an audit.

    A message is the same in two exchanges if it has the same id and follows the same message; where the paths part,
    the record has a branch. An assistant message that was no answer of the target's is the auditor's: it is kept as
    the prefill of the answer that follows it.

    Args:
        exchanges: In the order in which they took place.
        ending: How the audit ended.
        detail: More about the ending.
        realism: What a check of the auditor's messages found.
    """
    tree = _Tree()
    for exchange in exchanges:
        tree.grow(exchange)
    return AuditRecord(
        messages=tuple(tree.messages),
        tools=tuple(tree.tools),
        ending=ending,
        detail=detail,
        failures=tuple(tree.failures),
        realism=realism,
    )


@dataclass
class _Tree:
    """The record as it grows."""

    messages: list[AuditMessage] = field(default_factory=list)
    tools: list[TargetToolRecord] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    known: dict[tuple[int | None, str | None], int] = field(default_factory=dict)
    """Numbers, by the message before and Inspect's id."""
    has: dict[str, ToolInfo] = field(default_factory=dict)
    """What the target has now."""

    def grow(self, exchange: Exchange) -> None:
        """Add what is new in an exchange."""
        self._equip(exchange.tools)
        head: int | None = None
        prefill = ""
        for message in exchange.read:
            if isinstance(message, ChatMessageAssistant) and (head, message.id) not in self.known:
                prefill += message.text
                continue
            # What was begun for an answer stands in front of it in every later exchange, and is kept with it.
            prefill = ""
            head = self._number(head, message)
        output = exchange.output
        if output is None or output.empty or (output.error and output.stop_reason != FILTERED):
            self.failures.append(exchange.error or (output.error if output else "") or "the answer is empty")
        else:
            self._reply(head, output, prefill)

    def _number(self, head: int | None, message: ChatMessage) -> int:
        key = (head, message.id)
        if key not in self.known:
            self.known[key] = self._add(head, message.role, **_written(message))
        return self.known[key]

    def _reply(self, head: int | None, output: ModelOutput, prefill: str) -> None:
        # Where a provider's filter stepped in, the text is the provider's and not the target's.
        words = output.error if output.stop_reason == FILTERED else None
        self.known[head, output.message.id] = self._add(
            head,
            "assistant",
            text="" if words else output.message.text,
            prefill=prefill,
            reasoning=reasoning_in(output),
            calls=() if words else tuple(_call(call) for call in output.message.tool_calls or ()),
            stop=stop_of(output, words),
        )

    def _add(self, parent: int | None, role: str, **fields: Any) -> int:
        number = len(self.messages) + 1
        self.messages.append(AuditMessage.model_validate({"number": number, "parent": parent, "role": role, **fields}))
        return number

    def _equip(self, tools: Iterable[ToolInfo]) -> None:
        now, last = {tool.name: tool for tool in tools}, len(self.messages)
        gone = {name for name, tool in self.has.items() if now.get(name) != tool}
        came = [tool for name, tool in now.items() if self.has.get(name) != tool]
        self.tools = [
            tool.model_copy(update={"until": last}) if tool.name in gone and tool.until is None else tool
            for tool in self.tools
        ]
        self.tools += [
            TargetToolRecord(
                name=tool.name,
                description=tool.description,
                parameters=tool.parameters.model_dump(mode="json", exclude_none=True),
                since=last,
            )
            for tool in came
        ]
        self.has = now


def _written(message: ChatMessage) -> dict[str, Any]:
    """What the auditor wrote."""
    if not isinstance(message, ChatMessageTool):
        return {"text": message.text}
    failed = message.error is not None
    return {
        "text": message.error.message if message.error is not None else message.text,
        "answers": message.tool_call_id or "",
        "function": message.function or "",
        "failed": failed,
    }


def _call(call: ToolCall) -> Call:
    # As JSON has them: that is how the record is kept.
    arguments = json.loads(json.dumps(call.arguments, default=str))
    return Call(id=call.id, function=call.function, arguments=arguments, problem="")
