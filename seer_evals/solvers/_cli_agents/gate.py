"""What stands between a command-line agent and its model: turns are counted, and after the report there are none."""

from dataclasses import dataclass
from typing import Any

from inspect_ai.log import transcript
from inspect_ai.model import ChatMessage, GenerateFilter, Model, ModelOutput
from inspect_ai.tool import ToolInfo

from seer_evals.lab import Lab

OVER = "The report is submitted. The investigation is over."
SPENT = "The turns are used up. The investigation is over."


@dataclass
class Gate:
    """Lets requests through to the model until the investigation is over; the answer is then given in its place."""

    lab: Lab
    max_turns: int
    turns: int = 0

    @property
    def over(self) -> str:
        """Why there is nothing more to do, or nothing."""
        if self.lab.report is not None:
            return OVER
        return SPENT if self.turns >= self.max_turns else ""

    def filter(self) -> GenerateFilter:
        """The gate as inspect_swe wants it."""

        async def pass_on(
            model: Model, messages: list[ChatMessage], tools: list[ToolInfo], *_: Any
        ) -> ModelOutput | None:
            if self.over:
                transcript().info(self.over, source="lab")
                return ModelOutput.from_content(model.name, self.over)
            # Without tools the program asks for itself, such as for a title of the conversation.
            self.turns += bool(tools)
            return None

        return pass_on
