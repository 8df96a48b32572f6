"""The functions of scoped sandboxes as the agent gets them: modules to import, tools, or an MCP server."""

from collections.abc import Iterator, Mapping
from textwrap import indent

from inspect_ai.tool import Tool, ToolSource

from seer_evals.lab.functions._gateway import Gateway
from seer_evals.lab.functions._mcp import mcp_command, mcp_source
from seer_evals.lab.functions._spec import Function
from seer_evals.lab.functions._tools import function_tools
from seer_evals.sandboxes import Layout

INTERFACE_FORMS = ("library", "tools", "mcp")

INTRODUCTION = """\
# Functions of other sandboxes

These modules can be imported. Their functions run in a sandbox that you cannot enter; a parameter of the type
`LanguageModel` takes the name of a model there."""


def interface_form(form: str, runs_code: bool) -> str:
    """The form to hand interfaces over in: `form`, or for an empty one that which suits the session.

    Raises:
        ValueError: There is no such form, or the session can make no use of it.
    """
    form = form or ("library" if runs_code else "tools")
    if form not in INTERFACE_FORMS:
        raise ValueError(f"interfaces cannot be handed over as {form!r}; available: {', '.join(INTERFACE_FORMS)}")
    if form == "library" and not runs_code:
        raise ValueError(
            "interfaces as a library need a session that runs code; use interfaces=tools or interfaces=mcp"
        )
    return form


def interface_tools(
    gateway: Gateway, form: str, layout: Layout, variables: Mapping[str, str]
) -> list[Tool | ToolSource]:
    """What the agent can call besides code; with modules to import, nothing.

    Args:
        gateway: The way to the functions.
        form: One of `INTERFACE_FORMS`.
        layout: Of the agent's sandbox.
        variables: Its environment.
    """
    tools: list[Tool | ToolSource] = []
    for sandbox, functions in gateway.by_sandbox().items():
        default = next(iter(gateway.models(sandbox)), "model")
        if form == "tools":
            tools += function_tools(functions, gateway.call_tool, default)
        elif form == "mcp":
            token = gateway.token("mcp")
            command = mcp_command(
                functions, layout, route="scoped", default_model=default, token=token, variables=variables
            )
            tools.append(mcp_source(sandbox, command))
    return tools


def interface_briefing(gateway: Gateway, form: str) -> str:
    """What the agent is told: signatures and docstrings of modules that it can import; tools speak for themselves."""
    if form != "library":
        return ""
    parts = (_describe(sandbox, functions) for sandbox, functions in gateway.by_sandbox().items())
    return "\n\n".join([INTRODUCTION, *parts])


def _describe(sandbox: str, functions: list[Function]) -> str:
    names = ", ".join(function.name for function in functions)
    return "\n\n".join([f"```python\nfrom {sandbox} import {names}", *_stubs(functions)]) + "\n```"


def _stubs(functions: list[Function]) -> Iterator[str]:
    for function in functions:
        keyword = "async def" if function.is_async else "def"
        doc = function.doc if "\n" not in function.doc else f"{function.doc}\n"
        yield f"{keyword} {function.signature}:\n" + indent(f'"""{doc}"""', "    ")
