"""What passes between a program and its model: written down as it happens, bounded, and stopped outside of a turn."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageTool,
    ChatMessageUser,
    GenerateConfig,
    Model,
    ModelOutput,
)
from inspect_ai.tool import ToolCall, ToolChoice, ToolInfo
from inspect_ai.util import LimitExceededError

from seer_evals.audits import Call
from seer_evals.prompting import shortened
from seer_evals.solvers._petri.audit import Audit
from seer_evals.solvers._petri.outputs import reasoning_in, stop_of

SPENT = "(The work was interrupted here.)"
"""What the program gets in the place of a reply once the turn has had its replies; it is no word of the target's."""
LIMIT = 6000
"""Characters of a tool's result that are kept; the model's events in the log have all of it."""
NAME = 100


@dataclass
class Traffic:
    """Requests of one program to its model. Replies to requests without tools are none where the program has tools."""

    audit: Audit
    tools: bool
    most: int
    open: bool = False
    """A turn is going on."""
    replies: int = 0
    """In this turn."""
    stopped: bool = False
    """The turn had all its replies."""
    _waiting: dict[str, str] = field(default_factory=dict)
    """Functions of calls whose results have not been seen, by the call's id."""

    def begin(self) -> None:
        """A turn begins."""
        self.open, self.replies, self.stopped = True, 0, False

    async def pass_on(
        self,
        model: Model,
        messages: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice | None,
        config: GenerateConfig,
    ) -> ModelOutput:
        """A request of the program's, as the bridge has it."""
        counts = bool(tools) or not self.tools
        self.stopped |= counts and self.open and self.replies >= self.most
        if not self.open or self.stopped:
            return ModelOutput.from_content(model.name, SPENT)
        if counts:
            self._results(messages)
        ask = partial(model.generate, messages, tools=tools, tool_choice=tool_choice, config=config)
        output = await self._generated(ask)
        if counts and self.open:
            self._reply(output)
        return output

    async def _generated(self, ask: Callable[[], Awaitable[ModelOutput]]) -> ModelOutput:
        try:
            with self.audit.trail.here():
                return await ask()
        except LimitExceededError as limit:
            self.audit.stopped = limit
            self.audit.end("limit", limit.message)
            raise

    def _reply(self, output: ModelOutput) -> None:
        if output.empty:
            return
        self.replies += 1
        filtered = output.error if output.stop_reason == "content_filter" else None
        calls = () if filtered else tuple(map(_call, output.message.tool_calls or ()))
        self._waiting |= {call.id: call.function for call in calls}
        self.audit.add(
            "assistant",
            "" if filtered else output.message.text,
            reasoning=reasoning_in(output),
            calls=calls,
            stop=stop_of(output, filtered),
        )

    def _results(self, messages: list[ChatMessage]) -> None:
        """Write down what the program did since its model's last reply."""
        fresh = _since_last_reply(messages)
        for message in messages:
            if isinstance(message, ChatMessageTool) and (call := self._answered(message, message in fresh)):
                self._result(call, message)
        if not self.tools and self.replies:
            for message in fresh:
                if isinstance(message, ChatMessageUser):
                    self._keep(message.text, answers="in words", function="its program")

    def _answered(self, message: ChatMessageTool, fresh: bool) -> str:
        """The call that a result is of; without its id (Google's API has none), the first one of the same function."""
        call = _line(message.tool_call_id or "")
        if call in self._waiting or not fresh:
            return call if call in self._waiting else ""
        return next((each for each, function in self._waiting.items() if function == _line(message.function or "")), "")

    def _result(self, call: str, message: ChatMessageTool) -> None:
        said = message.error.message if message.error else ""
        failed = message.error is not None
        self._keep(message.text or said, answers=call, function=self._waiting.pop(call), failed=failed)

    def _keep(self, text: str, **fields: Any) -> None:
        self.audit.add("tool", shortened(text, LIMIT), real=True, **fields)


def _since_last_reply(messages: list[ChatMessage]) -> list[ChatMessage]:
    last = max((place for place, each in enumerate(messages) if isinstance(each, ChatMessageAssistant)), default=-1)
    return messages[last + 1 :]


def _call(call: ToolCall) -> Call:
    # As JSON has them: that is how the record is kept.
    arguments = json.loads(json.dumps(call.arguments, default=str))
    problem = call.parse_error or ""
    return Call(id=_line(call.id), function=_line(call.function), arguments=arguments, problem=problem)


def _line(text: str) -> str:
    """A name that a model made up, which must not look like a heading of the transcript."""
    return " ".join(text.split())[:NAME]
