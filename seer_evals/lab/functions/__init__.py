"""Functions that an agent is handed: what they are, and the forms in which they can be called."""

from seer_evals.lab.functions._describe import FunctionError, describe, function_errors
from seer_evals.lab.functions._gateway import Gateway, open_gateway
from seer_evals.lab.functions._scoped import interface_functions, library_dir, open_scoped
from seer_evals.lab.functions._server import ScopedError
from seer_evals.lab.functions._spec import Function, Parameter
from seer_evals.lab.functions._tools import Call, CallError, function_tools, tool_schema

__all__ = [
    "Call",
    "CallError",
    "Function",
    "FunctionError",
    "Gateway",
    "Parameter",
    "ScopedError",
    "describe",
    "function_errors",
    "function_tools",
    "interface_functions",
    "library_dir",
    "open_gateway",
    "open_scoped",
    "tool_schema",
]
