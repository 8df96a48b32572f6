"""`lab/…`: the model in the sample's own sandbox as an Inspect model.

`lab/default` is the first model of the environment, `lab/<name>` the one with that variable name, in the agent's kernel
or in a scoped sandbox. It is reached through the sample's sandbox, so it exists only while a sample with an open
laboratory runs, and a request waits for the cell that runs in the notebook. Model arguments: `sandbox` (name of another
sandbox with a kernel) and `adapter` (`false` answers with the adapter switched off).

To steer a reply, generate with `GenerateConfig(extra_body={"steering": [{"vector": name, "strength": share}]})`: each
vector is a direction that code beside the model has put into `LanguageModel.vectors`, and is added at every token, as
long as `share` of the token's own residual stream.

Every sample has another model under the same name: do not use Inspect's generation cache with it.
"""

import json
from typing import Any

import anyio
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageTool,
    ContentReasoning,
    GenerateConfig,
    ModelAPI,
    ModelCall,
    ModelOutput,
    modelapi,
)
from inspect_ai.tool import ToolChoice, ToolInfo
from inspect_ai.util import sandbox

from seer_evals.runtime.untrusted import NotPlain, parse_object
from seer_evals.sandboxes import find_layout
from seer_evals.targets._answers import MAX_VALUES, Failed, answer_in, output_of
from seer_evals.targets._routes import route

DEFAULT_MAX_TOKENS = 256
UNSUPPORTED = {
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "logit_bias": {},
    "response_schema": None,
    "num_choices": 1,
    "best_of": 1,
}
"""Settings of `GenerateConfig` that are not honoured here, each with the value that asks for nothing."""


class TargetError(RuntimeError):
    """The model in the laboratory could not answer."""


@modelapi(name="lab")
class LabModel(ModelAPI):
    """A model loaded in the sample's sandbox."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),
        sandbox: str | None = None,
        adapter: bool = True,
        **unknown: Any,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        if unknown:
            raise ValueError(f"unknown model argument of lab/…: {', '.join(unknown)}; available: sandbox, adapter")
        self.sandbox = sandbox
        self.adapter = adapter

    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> tuple[ModelOutput, ModelCall]:
        """Continue the conversation; a final assistant message is a prefill, and only what follows it is returned.

        Raises:
            TargetError: The model cannot answer, with its reason.
        """
        message = {
            "model": self.model_name,
            "adapter": self.adapter,
            "steering": _steering(config),
            "request": _request(input, tools, config),
        }
        try:
            answer = answer_in(await self._ask(message, config.timeout)).model_dump()
            return _output(self.model_name, answer, tools), ModelCall.create(message, answer)
        except NotPlain as error:
            raise TargetError(f"the model in the laboratory gave an answer that cannot be read: {error}") from None

    async def _ask(self, message: dict[str, Any], timeout: int | None) -> dict[str, Any]:
        ask = route(self.model_name) if self.sandbox is None else None
        if ask is None:
            return await self._ask_kernel(message, timeout)
        try:
            with anyio.fail_after(timeout):
                return await ask(message)
        except TimeoutError:
            raise TargetError(f"no answer within {timeout} s: is a long call running beside the model?") from None

    async def _ask_kernel(self, message: dict[str, Any], timeout: int | None) -> dict[str, Any]:
        box = sandbox(self.sandbox) if self.sandbox else sandbox()
        layout = await find_layout(box)
        client = f"{layout.runtime}/seer_runtime/carry.py"
        command = [layout.python, "-I", "-S", client, f"{layout.run}/target.sock"]
        # A waiting client takes no processor; under the limit on processes requests could not share a batch.
        options: dict[str, Any] = {"timeout": timeout, "timeout_retry": False, "concurrency": False}
        try:
            result = await box.exec(command, input=json.dumps(message), **options)
        except TimeoutError:
            raise TargetError(f"no answer within {timeout} s: is a long cell running in its kernel?") from None
        if not result.success:
            raise TargetError(
                "the model in the laboratory does not answer: its kernel is dead, or the laboratory was opened "
                f"without models ({result.stderr.strip()[-500:]})"
            )
        return parse_object(result.stdout, values=MAX_VALUES)

    def max_connections(self) -> int:
        """As many as are answered in one batch."""
        return 32

    def connection_key(self) -> str:
        """All laboratories share one limit."""
        return "lab"

    def collapse_user_messages(self) -> bool:
        """Chat templates want alternating roles."""
        return True

    def collapse_assistant_messages(self) -> bool:
        """Chat templates want alternating roles."""
        return True

    async def count_text_tokens(self, text: str) -> int:
        """Estimate, four characters a token: the tokenizer is in the sandbox."""
        return len(text) // 4 + 1


def _output(model_name: str, fields: dict[str, Any], tools: list[ToolInfo]) -> ModelOutput:
    answer = answer_in(fields)
    if isinstance(answer, Failed):
        raise TargetError(answer.error)
    return output_of(model_name, answer, tools)


def _request(input: list[ChatMessage], tools: list[ToolInfo], config: GenerateConfig) -> dict[str, Any]:
    if refused := [name for name, neutral in UNSUPPORTED.items() if getattr(config, name) not in (None, neutral)]:
        raise TargetError(f"the model in the laboratory does not support {', '.join(refused)}")
    return {
        "messages": [_message(message) for message in input],
        "tools": [{"type": "function", "function": tool.model_dump(exclude_none=True)} for tool in tools] or None,
        "max_tokens": config.max_tokens or DEFAULT_MAX_TOKENS,
        "temperature": 1.0 if config.temperature is None else config.temperature,
        "top_p": 1.0 if config.top_p is None else config.top_p,
        "top_k": config.top_k or 0,
        "seed": config.seed,
        "stop": config.stop_seqs or [],
        "logprobs": bool(config.logprobs),
        "top_logprobs": config.top_logprobs or 0,
    }


def _steering(config: GenerateConfig) -> list[dict[str, Any]]:
    extra = config.extra_body or {}
    if unknown := extra.keys() - {"steering"}:
        raise TargetError(f"the model in the laboratory does not understand extra_body {', '.join(sorted(unknown))}")
    return list(extra.get("steering", ()))


def _message(message: ChatMessage) -> dict[str, Any]:
    plain: dict[str, Any] = {"role": message.role, "content": message.text}
    if reasoning := _reasoning(message):
        # Under this name templates look for it, and keep what still matters.
        plain["reasoning_content"] = reasoning
    if isinstance(message, ChatMessageAssistant) and message.tool_calls:
        plain["tool_calls"] = [
            {"type": "function", "id": call.id, "function": {"name": call.function, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    if isinstance(message, ChatMessageTool):
        plain |= {"name": message.function, "tool_call_id": message.tool_call_id}
    return plain


def _reasoning(message: ChatMessage) -> str:
    parts = message.content if isinstance(message.content, list) else []
    return "\n\n".join(part.reasoning for part in parts if isinstance(part, ContentReasoning))
