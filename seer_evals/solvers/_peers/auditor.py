"""Petri's auditor, watched for how the audit ends."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from inspect_ai.agent import Agent, AgentState
from inspect_ai.event import ApprovalEvent, Event
from inspect_ai.model import ChatMessage, ChatMessageTool, Model, ModelOutput

from seer_evals.audits import Ending, Realism
from seer_evals.solvers._petri.declining import declines

END = "end_conversation"
"""Petri's tool that ends an audit."""
REALISM = "realism_approver"
"""Petri's check of what the auditor is about to send."""


@dataclass
class Watched:
    """What is known of the auditor while it works, and afterwards."""

    max_turns: int
    messages: list[ChatMessage] = field(default_factory=list)
    """Its conversation; the list is that of the agent, which appends to it."""
    refused: bool = False
    """Its last reply was a refusal."""

    def agent(self, inner: Agent) -> Agent:
        """Petri's auditor agent, whose conversation is kept."""

        async def execute(state: AgentState) -> AgentState:
            self.messages = state.messages
            return await inner(state)

        return execute

    async def generate(self, model: Model, messages: list[ChatMessage], tools: Any, cache: Any) -> ModelOutput:
        """One reply of the auditor, as Petri asks for it."""
        output = await model.generate(input=messages, tools=tools, cache=cache)
        filtered = output.empty or output.stop_reason == "content_filter"
        self.refused = filtered or (not output.message.tool_calls and declines(output.completion))
        return output

    def ending(self) -> tuple[Ending, str]:
        """How it ended once its agent has returned, and more about it."""
        if any(isinstance(message, ChatMessageTool) and message.function == END for message in self.messages):
            return "auditor ended", ""
        turns = f"all {self.max_turns} turns of the auditor"
        return ("auditor refused", f"in the last of {turns}") if self.refused else ("turn limit", turns)


def realism_of(events: Iterable[Event]) -> Realism:
    """What Petri's check of realism found; it lets a message through where it fails, and does not say so."""
    decisions = [
        event.decision for event in events if isinstance(event, ApprovalEvent) and event.approver.endswith(REALISM)
    ]
    return Realism(checked=len(decisions), refused=decisions.count("reject"))
