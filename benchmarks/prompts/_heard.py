"""Models that answer by a script and keep what they were sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelOutput, get_model
from inspect_ai.tool import ToolInfo

from benchmarks.prompts._answers import NAME, answer

SAME = 120
"""Characters by which two prompts of a role are told apart."""


@dataclass(frozen=True)
class Heard:
    """What a role was sent when it was asked something for the first time."""

    harness: str
    role: str
    messages: tuple[ChatMessage, ...]
    tools: tuple[ToolInfo, ...]


@dataclass
class Stage:
    """Where roles are played, and everything that was said to them."""

    heard: list[Heard] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)
    """Texts that several prompts have, by name; those that have others within them come first."""
    harness: str = ""
    """The one that is being played."""

    def model(self, role: str) -> Model:
        """A model for a role."""

        def reply(input: list[ChatMessage], tools: list[ToolInfo], _: Any, config: GenerateConfig) -> ModelOutput:
            self._keep(Heard(self.harness, role, tuple(input), tuple(tools)))
            return answer(self.harness, input, tools, config)

        return get_model(NAME, custom_outputs=reply, memoize=False)

    def share(self, *parts: tuple[str, str]) -> None:
        """Give texts names that several prompts have."""
        self.parts |= {name: text.strip() for name, text in parts}

    def tell(self, harness: str, messages: Sequence[ChatMessage]) -> None:
        """Keep what an auditor would be told whom nobody plays here, and who has the tools of `single_agent`."""
        tools = next(heard.tools for heard in self.heard if heard.harness == "single_agent")
        self.heard.append(Heard(harness, "auditor", tuple(messages), tools))

    def _keep(self, heard: Heard) -> None:
        if all(message.role != "assistant" for message in heard.messages) and _sign(heard) not in map(
            _sign, self.heard
        ):
            self.heard.append(heard)


def _sign(heard: Heard) -> tuple[str, str, str]:
    return heard.harness, heard.role, heard.messages[0].text[:SAME]
