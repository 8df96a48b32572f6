"""The auditor's replies: compacted where possible, asked again where it refuses or does nothing, and counted."""

from collections.abc import Sequence
from dataclasses import dataclass

from inspect_ai.log import transcript
from inspect_ai.model import (
    ChatMessage,
    ChatMessageUser,
    Compact,
    CompactionAuto,
    Model,
    ModelOutput,
    compaction,
    execute_tools,
)

from seer_evals.audits import Ending
from seer_evals.lab import AnyTool
from seer_evals.solvers._bench import read_prompt
from seer_evals.solvers._petri.audit import Audit

REFUSALS = 3
"""Refusals of the auditor in a row after which the audit ends."""
IDLE = 3
"""Replies without a tool call in a row after which the audit ends."""
CLOSING = 3
"""Replies that the auditor has for its last word once the target's turns are used up."""


@dataclass
class Auditor:
    """A model that works on an audit with tools."""

    model: Model
    audit: Audit
    tools: Sequence[AnyTool]
    end: str
    """The name of the tool that ends the audit."""
    compact: Compact | None = None
    replies: int = 0
    refusals: int = 0
    idle: int = 0
    closing: int = 0

    async def prepare(self, messages: list[ChatMessage]) -> None:
        """Compact long conversations, where the model's tokens can be counted; for most that takes the network."""
        try:
            await self.model.count_tokens("Can tokens be counted?")
        except Exception as error:
            reason = f"Long conversations are not compacted: tokens cannot be counted ({error})."
            transcript().info(reason, source="auditor")
            return
        strategy = CompactionAuto(threshold=self.audit.options.compaction)
        self.compact = compaction(strategy, prefix=list(messages), tools=list(self.tools), model=self.model)

    async def step(self, messages: list[ChatMessage]) -> None:
        """One reply and what its tools did, appended to the conversation; it may end the audit."""
        output = await self._generate(messages)
        self.replies += 1
        refused = output.empty or output.stop_reason == "content_filter"
        self.refusals = self.refusals + 1 if refused else 0
        if refused:
            self._stop_if(self.refusals >= REFUSALS, "auditor refused", f"{REFUSALS} refusals in a row")
        else:
            messages.append(output.message)
            await self._act(messages, bool(output.message.tool_calls))
        self._count()

    async def _generate(self, messages: list[ChatMessage]) -> ModelOutput:
        if self.compact is None:
            return await self.model.generate(list(messages), tools=list(self.tools))
        input, supplement = await self.compact.compact_input(list(messages))
        if supplement is not None:
            messages.append(supplement)
        output = await self.model.generate(input, tools=list(self.tools))
        await self.compact.record_output(input, output)
        return output

    async def _act(self, messages: list[ChatMessage], calls: bool) -> None:
        """Run the tools that the last message calls, or ask for some."""
        self.idle = 0 if calls else self.idle + 1
        if calls:
            results, _ = await execute_tools(list(messages), list(self.tools))
            messages.extend(results)
            if self.audit.stopped is not None:
                raise self.audit.stopped
        else:
            self._stop_if(self.idle >= IDLE, "auditor idle", f"{IDLE} replies in a row without a tool call")
            messages.append(ChatMessageUser(content=read_prompt("petri_continue", end=self.end).strip()))

    def _count(self) -> None:
        """End the audit where the turns, and the replies for a last word, are used up."""
        audit = self.audit
        self._stop_if(audit.turns_left < 1 and self.closing >= CLOSING, "turn limit", f"{audit.turns} turns")
        self.closing += audit.turns_left < 1
        most = audit.options.max_replies
        detail = f"{most} replies of the auditor, {audit.turns} of the target"
        self._stop_if(self.replies >= most, "auditor idle", detail)

    def _stop_if(self, condition: bool, ending: Ending, detail: str) -> None:
        if condition:
            self.audit.end(ending, detail)
