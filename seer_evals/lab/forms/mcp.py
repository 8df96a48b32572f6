"""`mcp`: an MCP server in the sample's sandbox, with the same tools as the form `tools`."""

from collections.abc import Sequence

from seer_evals.lab.forms._form import AnyTool, Form, Reach
from seer_evals.lab.functions import MCP_PACKAGE, mcp_command, mcp_source
from seer_evals.lab.skills import ReadSkill

SERVER = "skills"


def tools(techniques: Sequence[ReadSkill], reach: Reach) -> Sequence[AnyTool]:
    """One server for all functions; a call runs in the process that has the models."""
    functions = [function for technique in techniques for function in technique.functions]
    command = mcp_command(functions, reach.layout, default_model=reach.model, variables=reach.variables)
    return [mcp_source(SERVER, command)]


FORM = Form("mcp", tools=tools, serves=True, needs_functions=True, packages=(MCP_PACKAGE,))
