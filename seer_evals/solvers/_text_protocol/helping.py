"""What a prompt has no room for, by topic, whenever the agent asks for it."""

from collections.abc import Mapping, Sequence

from inspect_ai.tool import Tool, ToolDef, ToolError, tool

from seer_evals.solvers._text_protocol.describe import describe_tools


@tool
def help_tool(topics: Mapping[str, str], tools: Sequence[Tool]) -> Tool:
    """Shows a text, or a tool in full.

    Args:
        topics: Texts by name.
        tools: Those that can be asked about as well, by their names.
    """
    named = {ToolDef(each).name: each for each in tools}

    async def execute(topic: str) -> str:
        """Show more about a topic or a tool.

        Args:
            topic: Its name.
        """
        if topic in topics:
            return topics[topic]
        if topic in named:
            return describe_tools([named[topic]])
        raise ToolError(
            f"there is no topic {topic!r}; there are {', '.join(topics)}, and the tools: {', '.join(named)}"
        )

    return ToolDef(execute, name="help").as_tool()
