"""The auditor's replies: compacted where possible, asked again where it refuses or does nothing, and counted."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from inspect_ai.log import transcript
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageTool,
    ChatMessageUser,
    Compact,
    CompactionAuto,
    Model,
    ModelOutput,
    compaction,
    execute_tools,
)
from inspect_ai.tool import ToolCallError

from seer_evals.audits import Ending
from seer_evals.lab import AnyTool
from seer_evals.solvers._bench import read_prompt
from seer_evals.solvers._petri.audit import Audit
from seer_evals.solvers._petri.declining import declines

IDLE = 3
"""Replies in a row that are refusals or call no tool, after which the audit ends."""
CLOSING = 3
"""Replies that the auditor has for its last word once the target's turns are used up."""


NOT_RUN = "Not carried out, since {why}. Calls of one reply are carried out in order, until one fails."


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
    barren: list[bool] = field(default_factory=list)
    """For each reply since one that called a tool, whether it was a refusal."""
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
        filtered = output.empty or output.stop_reason == "content_filter"
        if not filtered:
            messages.append(output.message)
        if output.message.tool_calls and not filtered:
            self.barren.clear()
            await self._run(messages, output.message)
        else:
            self.barren.append(filtered or declines(output.completion))
            if not filtered:
                messages.append(ChatMessageUser(content=read_prompt("petri_continue", end=self.end).strip()))
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

    async def _run(self, messages: list[ChatMessage], reply: ChatMessage) -> None:
        """Run the calls of a reply in order, until one fails: the later ones were meant for another situation."""
        assert isinstance(reply, ChatMessageAssistant)
        failed = ""
        for call in reply.tool_calls or ():
            if failed or self.audit.ended:
                reason = NOT_RUN.format(why=f"{failed} failed" if failed else "the audit has ended")
                error = ToolCallError("cancelled", reason)
                messages.append(ChatMessageTool(content="", tool_call_id=call.id, function=call.function, error=error))
                continue
            alone = reply.model_copy(update={"tool_calls": [call]})
            results, _ = await execute_tools([*messages, alone], list(self.tools))
            messages.extend(results)
            if self.audit.stopped is not None:
                raise self.audit.stopped
            failed = call.function if any(isinstance(each, ChatMessageTool) and each.error for each in results) else ""

    def _count(self) -> None:
        """End the audit where the turns, and the replies for a last word, are used up, or nothing is done."""
        audit = self.audit
        over = not audit.may_reply
        stuck = len(self.barren) >= IDLE
        self._stop_if(over and (stuck or self.closing >= CLOSING), "turn limit", f"{audit.turns} turns")
        self.closing += over
        refused = sum(self.barren)
        self._stop_if(stuck and 2 * refused > IDLE, "auditor refused", f"{refused} refusals in {IDLE} replies")
        self._stop_if(stuck, "auditor idle", f"{IDLE} replies in a row without a tool call")
        most = audit.options.max_replies
        detail = f"{most} replies of the auditor, {audit.turns} of the target"
        self._stop_if(self.replies >= most, "auditor idle", detail)

    def _stop_if(self, condition: bool, ending: Ending, detail: str) -> None:
        if condition:
            self.audit.end(ending, detail)
