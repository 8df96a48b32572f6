"""What a model in a laboratory answers, checked: whoever owns its process can say anything in its place."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    Content,
    ContentReasoning,
    ContentText,
    Logprob,
    Logprobs,
    ModelOutput,
    ModelUsage,
    TopLogprob,
)
from inspect_ai.tool import ToolCall, ToolInfo
from pydantic import BeforeValidator, Field

from seer_evals.prompting import split_reasoning
from seer_evals.runtime.untrusted import problem_of
from seer_evals.sandboxes import Count, Said, Text, checked
from seer_evals.targets._calls import calls_in

MAX_VALUES = 500_000
"""Values in an answer: twenty alternatives for each of some thousand tokens."""
MAX_TEXT = 1_000_000
"""Characters."""
MAX_PARSED = 100_000
"""Characters of a text in which tool calls are looked for."""
_NONE = -9999.0
"""Stands for the logarithm of zero, which JSON has no word for."""

Nats = Annotated[
    float, BeforeValidator(lambda value: _NONE if isinstance(value, float) and not math.isfinite(value) else value)
]


class Token(Said):
    """A token that was generated, with the likeliest ones in its place."""

    token: Text
    logprob: Nats
    top: list[Annotated[list[Any], Field(min_length=2, max_length=2)]]

    def as_logprob(self) -> Logprob:
        """In Inspect's words."""
        top = [checked(_Likely, {"token": token, "logprob": logprob}) for token, logprob in self.top]
        alternatives = [TopLogprob(token=each.token, logprob=each.logprob) for each in top]
        return Logprob(token=self.token, logprob=self.logprob, top_logprobs=alternatives or None)


class _Likely(Said):
    token: Text
    logprob: Nats


class Completed(Said):
    """What the model added."""

    text: Annotated[Text, Field(max_length=MAX_TEXT)]
    stop_reason: Literal["stop", "max_tokens", "model_length"]
    input_tokens: Count
    output_tokens: Count
    logprobs: list[Token]


class Failed(Said):
    """Why it could not answer."""

    error: Annotated[Text, Field(max_length=20_000)]


def answer_in(fields: Mapping[str, Any]) -> Completed | Failed:
    """An answer of `seer_runtime.target.target`.

    Raises:
        NotPlain: It is none.
    """
    return checked(Failed, dict(fields)) if "error" in fields else checked(Completed, dict(fields))


def output_of(model_name: str, answer: Completed, tools: list[ToolInfo]) -> ModelOutput:
    """An answer in Inspect's words: its reasoning, the tool calls that it makes, and the text that is left.

    Raises:
        NotPlain: Its alternatives are none.
    """
    tokens = [token.as_logprob() for token in answer.logprobs]
    message = _assistant(model_name, answer.text, tools)
    choice = ChatCompletionChoice(
        message=message,
        stop_reason="tool_calls" if message.tool_calls and answer.stop_reason == "stop" else answer.stop_reason,
        logprobs=Logprobs(content=tokens) if tokens else None,
    )
    used = answer.input_tokens, answer.output_tokens
    usage = ModelUsage(input_tokens=used[0], output_tokens=used[1], total_tokens=sum(used))
    return ModelOutput(model=f"lab/{model_name}", choices=[choice], usage=usage)


def _assistant(model_name: str, text: str, tools: list[ToolInfo]) -> ChatMessageAssistant:
    reasoning, said = split_reasoning(text)
    calls: list[ToolCall] = []
    if tools and len(said) <= MAX_PARSED:
        calls, said = calls_in(said, tools)
    content: str | list[Content] = said
    if reasoning:
        content = [ContentReasoning(reasoning=reasoning), *([ContentText(text=said)] if said else [])]
    sound = [_sound(call) for call in calls] or None
    return ChatMessageAssistant(content=content, tool_calls=sound, model=model_name, source="generate")


def _sound(call: ToolCall) -> ToolCall:
    """A call with arguments that a log can hold."""
    if problem := problem_of(call.arguments):
        return ToolCall(id=call.id, function=call.function, arguments={}, parse_error=f"its arguments: {problem}")
    return call
