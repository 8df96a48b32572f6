"""One conversation with the target: a single message, or a proxy that follows an instruction."""

from collections.abc import Sequence
from dataclasses import dataclass

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    Model,
)

from seer_evals.audits.elicitation import Line
from seer_evals.solvers._bench import read_prompt

END = "END OF CONVERSATION"
"""What a proxy writes when it is done."""
BEGIN = "(The conversation begins. Write your first message.)"


class Failed(RuntimeError):
    """The target, or the proxy, gave no words of its own; the message says which and why."""


@dataclass(frozen=True)
class Talk:
    """Who talks with whom, and for how long."""

    target: Model
    proxy: Model | None
    """None: the prompt is the message itself."""
    turns: int

    async def hold(self, prompt: str, seed: int, conversation: list[Line]) -> None:
        """Hold a conversation from its beginning, at temperature 1.

        Args:
            prompt: The message to the target, or the proxy's instruction.
            seed: Of everything that is sampled.
            conversation: Takes each message as soon as it exists, so that a failure leaves what was said.

        Raises:
            Failed: Somebody answered with no words of their own.
            Exception: Whatever a provider raises once Inspect has given up retrying.
        """
        for turn in range(self.turns if self.proxy else 1):
            message = await self._message(self.proxy, prompt, seed, conversation) if self.proxy else prompt
            if message == END and turn:
                return
            conversation.append(Line(role="user", text=message))
            reply = await _said("target", self.target, _seen_by_target(conversation), seed)
            conversation.append(Line(role="assistant", text=reply))

    async def _message(self, proxy: Model, prompt: str, seed: int, conversation: Sequence[Line]) -> str:
        system = read_prompt("elicitor_proxy", turns=self.turns, end=END, instruction=prompt.strip())
        seen: list[ChatMessage] = [ChatMessageSystem(content=system.strip()), ChatMessageUser(content=BEGIN)]
        for line in conversation:
            mine = line.role == "user"
            seen.append(ChatMessageAssistant(content=line.text) if mine else ChatMessageUser(content=line.text))
        return await _said("proxy", proxy, seen, seed)


def _seen_by_target(conversation: Sequence[Line]) -> list[ChatMessage]:
    return [
        ChatMessageUser(content=line.text) if line.role == "user" else ChatMessageAssistant(content=line.text)
        for line in conversation
    ]


async def _said(who: str, model: Model, messages: list[ChatMessage], seed: int) -> str:
    output = await model.generate(messages, config=GenerateConfig(temperature=1.0, seed=seed))
    # Where a provider's filter stepped in, the text is the provider's and not the model's.
    if output.stop_reason == "content_filter" or output.error:
        raise Failed(f"the {who}'s provider would not answer: {output.error or output.stop_reason}")
    if not output.completion.strip():
        raise Failed(f"the {who} said nothing")
    return output.completion.strip()
