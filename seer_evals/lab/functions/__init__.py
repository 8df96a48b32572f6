"""Functions that an agent is handed: what they are, and the forms in which they can be called."""

from seer_evals.lab.functions._describe import FunctionError, describe
from seer_evals.lab.functions._spec import Function, Parameter
from seer_evals.lab.functions._tools import Call, CallError, function_tools, tool_schema

__all__ = ["Call", "CallError", "Function", "FunctionError", "Parameter", "describe", "function_tools", "tool_schema"]
