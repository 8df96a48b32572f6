"""What every form of delivery has in common."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inspect_ai.tool import Tool, ToolSource

from seer_evals.lab.functions import Call, tool_schema
from seer_evals.lab.skills import ReadSkill
from seer_evals.sandboxes import Layout

AnyTool = Tool | ToolSource


@dataclass(frozen=True)
class Reach:
    """What is needed to run a skill's functions where the models are."""

    layout: Layout
    variables: Mapping[str, str]
    """The sandbox's environment variables."""
    call: Call
    model: str
    """Name of the model that is used where the agent names none."""


def no_words(techniques: Sequence[ReadSkill]) -> str:
    """Nothing is said in the briefing."""
    return ""


def no_tools(techniques: Sequence[ReadSkill], reach: Reach) -> list[AnyTool]:
    """The agent gets no tool."""
    return []


@dataclass(frozen=True)
class Form:
    """A way to hand skills over. All skills of one form are handed over together."""

    name: str
    brief: Callable[[Sequence[ReadSkill]], str] = no_words
    """Their part of the briefing."""
    tools: Callable[[Sequence[ReadSkill], Reach], Sequence[AnyTool]] = no_tools
    """What the agent can call."""
    importable: bool = False
    """The agent can import the skill's scripts."""
    serves: bool = False
    """The skill's functions are called from outside the agent's code, each by a tool of its name."""
    opens: bool = False
    """The agent can open the skill's page."""
    pages: bool = False
    """The skill's page is a file in the agent's workspace."""
    packages: tuple[str, ...] = ()
    """What must be installed in the sandbox, as pip requirements."""
    needs_functions: bool = False
    """Without functions there is nothing that this form could hand over."""

    def text(self, technique: ReadSkill) -> str:
        """What there is to read about a skill in this form, in the briefing or when the agent opens it."""
        return self.brief([technique]) or (technique.skill.instructions if self.opens else "")

    def tool_descriptions(self, technique: ReadSkill, model: str) -> dict[str, dict[str, Any]]:
        """The tools that the agent gets for a skill's functions: description and JSON schema by name."""
        if not self.serves:
            return {}
        return {
            function.name: {"description": function.summary, "parameters": tool_schema(function, model)}
            for function in technique.functions
        }
