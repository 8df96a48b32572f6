"""The target: a model that answers a conversation, with or without something that acts on it."""

from dataclasses import dataclass
from typing import Any

from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelOutput
from inspect_ai.tool import ToolInfo

from seer_evals.audits import Steering

STEERING = "steering"
"""Key of `GenerateConfig.extra_body` with what acts on the model: dictionaries with `vector` and `strength`."""


class NoAnswer(RuntimeError):
    """The API answered, but not with words of the model."""


@dataclass
class Target:
    """The model under audit."""

    model: Model
    steering: tuple[Steering, ...] = ()
    """What acts on its replies. While there is any, every reply is sampled twice: without it, then with it."""

    async def sample(
        self, conversation: list[ChatMessage], tools: list[ToolInfo], steering: tuple[Steering, ...] = ()
    ) -> ModelOutput:
        """One reply; a final assistant message is a prefill, and only what follows it is in the output.

        Args:
            conversation: What the target reads.
            tools: What it may call.
            steering: What acts on it during this reply.

        Raises:
            NoAnswer: The provider put an error into the place of the reply.
            Exception: Whatever the provider raises once Inspect has given up retrying.
        """
        output = await self.model.generate(conversation, tools=tools, config=_config(steering))
        if output.empty or (output.error and output.stop_reason != "content_filter"):
            raise NoAnswer(output.error or "the answer is empty")
        return output


def _config(steering: tuple[Steering, ...]) -> GenerateConfig:
    if not steering:
        return GenerateConfig()
    body: dict[str, Any] = {STEERING: [{"vector": each.vector, "strength": each.strength} for each in steering]}
    return GenerateConfig(extra_body=body)
