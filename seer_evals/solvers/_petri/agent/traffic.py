"""What passes between a program and its model: written down as it happens, bounded, and stopped outside of a turn."""

import json
from dataclasses import dataclass, field

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
        output = await self._generated(model, messages, tools, tool_choice, config)
        if counts and self.open:
            self._reply(output)
        return output

    async def _generated(
        self,
        model: Model,
        messages: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice | None,
        config: GenerateConfig,
    ) -> ModelOutput:
        try:
            with self.audit.trail.here():
                return await model.generate(messages, tools=tools, tool_choice=tool_choice, config=config)
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
        for message in messages:
            if isinstance(message, ChatMessageTool):
                self._result(message)
        if not self.tools and self.replies:
            self._answers_in_words(messages)

    def _result(self, message: ChatMessageTool) -> None:
        call = _line(message.tool_call_id or "")
        if (function := self._waiting.pop(call, None)) is None:
            return
        said = message.error.message if message.error else ""
        text = shortened(message.text or said, LIMIT)
        self.audit.add("tool", text, answers=call, function=function, failed=message.error is not None, real=True)

    def _answers_in_words(self, messages: list[ChatMessage]) -> None:
        """Of a program that runs what its model writes: its answer is the user's side of their conversation."""
        last = max((i for i, each in enumerate(messages) if isinstance(each, ChatMessageAssistant)), default=-1)
        for message in messages[last + 1 :]:
            if isinstance(message, ChatMessageUser):
                text = shortened(message.text, LIMIT)
                self.audit.add("tool", text, answers="in words", function="its program", real=True)


def _call(call: ToolCall) -> Call:
    # As JSON has them: that is how the record is kept.
    arguments = json.loads(json.dumps(call.arguments, default=str))
    problem = call.parse_error or ""
    return Call(id=_line(call.id), function=_line(call.function), arguments=arguments, problem=problem)


def _line(text: str) -> str:
    """A name that a model made up, which must not look like a heading of the transcript."""
    return " ".join(text.split())[:NAME]
