"""Language models that follow a script: every output with usage, so that nothing needs the network."""

from collections.abc import Callable, Iterable
from typing import Any

from inspect_ai.model import ChatMessage, Model, ModelOutput, ModelUsage, get_model

Step = str | tuple[str, dict[str, Any]] | Callable[[list[ChatMessage]], "Step"]
"""Text, a tool call (name and arguments), or a function of the conversation that gives either."""


def scripted(steps: Iterable[Step], then: Step = "I have nothing to add.") -> Model:
    """A model that takes one step per turn, and afterwards says `then` for ever."""
    remaining = iter(steps)

    def reply(input: list[ChatMessage], *_: Any) -> ModelOutput:
        output = _output(next(remaining, then), input)
        output.usage = ModelUsage(input_tokens=10, output_tokens=5, total_tokens=15)
        return output

    return get_model("mockllm/model", custom_outputs=reply)


def _output(step: Step, input: list[ChatMessage]) -> ModelOutput:
    if callable(step):
        return _output(step(input), input)
    if isinstance(step, str):
        return ModelOutput.from_content("mockllm/model", step)
    name, arguments = step
    return ModelOutput.for_tool_call("mockllm/model", name, arguments)
