"""The parts of `text_protocol`: the form of a reply, tools as text, and six tools confined to a directory."""

from seer_evals.solvers._text_protocol.describe import describe_tools
from seer_evals.solvers._text_protocol.parse import Final, ProtocolError, ToolRequest, parse
from seer_evals.solvers._text_protocol.shorten import shorten
from seer_evals.solvers._text_protocol.tools import workspace_tools

__all__ = ["Final", "ProtocolError", "ToolRequest", "describe_tools", "parse", "shorten", "workspace_tools"]
