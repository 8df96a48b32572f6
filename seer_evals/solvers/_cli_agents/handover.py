"""What the laboratory gives, in the form in which a command-line agent takes it: MCP tools, and folders of skills."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from inspect_ai.agent import BridgedToolsSpec
from inspect_ai.tool import Skill, Tool, ToolDef, ToolSource, mcp_connection

from seer_evals.lab import Lab

SERVER = "lab"
"""Name of the MCP server that has the laboratory's tools."""
SHELL = "cli"
"""The session whose tools are a shell and an editor, which the agent has of its own."""


@dataclass(frozen=True)
class Handover:
    """The laboratory for a command-line agent."""

    tools: tuple[Tool, ...]
    skills: tuple[Skill, ...]
    """Those that are handed over as folders which the agent opens when it wants."""
    variables: dict[str, str]
    """For its shell, so that the Python there finds what the notebook's does."""

    @property
    def server(self) -> BridgedToolsSpec:
        """The tools as an MCP server; a call reaches them on the host, from code as well."""
        return BridgedToolsSpec(name=SERVER, tools=list(self.tools), require_proposal=False)


async def hand_over(lab: Lab, stack: AsyncExitStack) -> Handover:
    """Everything that the agent may use, the tool that submits the report included.

    Args:
        lab: The laboratory.
        stack: Keeps MCP servers of the laboratory's connected as long as it is open.
    """
    given = lab.tools()
    own = {ToolDef(tool).name for tool in lab.plan.session.tools(lab, "main")} if lab.plan.session.name == SHELL else ()
    skills = tuple(each.technique.skill for each in lab.plan.handed if each.form.opens)
    left_out = {*own, *(("skill",) if skills else ())}
    await stack.enter_async_context(mcp_connection(given))
    found: list[Tool] = []
    for each in given:
        found += await each.tools() if isinstance(each, ToolSource) else [each]
    tools = [tool for tool in found if ToolDef(tool).name not in left_out]
    path = f"{lab.library}:{lab.layout.runtime}"
    return Handover((*tools, lab.submit_tool()), skills, {"PYTHONPATH": path})
