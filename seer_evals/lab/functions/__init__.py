"""Functions that an agent is handed: what they are, and the forms in which they can be called."""

from seer_evals.lab.functions._asked import Asked
from seer_evals.lab.functions._describe import FunctionError, describe, function_errors
from seer_evals.lab.functions._gateway import Gateway, open_gateway
from seer_evals.lab.functions._handover import INTERFACE_FORMS, interface_briefing, interface_form, interface_tools
from seer_evals.lab.functions._kernel import KernelFunctions, kernel_preload, library_dir
from seer_evals.lab.functions._mcp import MCP_PACKAGE, mcp_command, mcp_missing, mcp_source, variables_of
from seer_evals.lab.functions._schema import UnknownType, schema_of
from seer_evals.lab.functions._scoped import interface_functions, open_scoped
from seer_evals.lab.functions._server import ScopedError
from seer_evals.lab.functions._spec import Function, Parameter
from seer_evals.lab.functions._tools import Call, CallError, function_tools, tool_schema

__all__ = [
    "INTERFACE_FORMS",
    "MCP_PACKAGE",
    "Asked",
    "Call",
    "CallError",
    "Function",
    "FunctionError",
    "Gateway",
    "KernelFunctions",
    "Parameter",
    "ScopedError",
    "UnknownType",
    "describe",
    "function_errors",
    "function_tools",
    "interface_briefing",
    "interface_form",
    "interface_functions",
    "interface_tools",
    "kernel_preload",
    "library_dir",
    "mcp_command",
    "mcp_missing",
    "mcp_source",
    "open_gateway",
    "open_scoped",
    "schema_of",
    "tool_schema",
    "variables_of",
]
