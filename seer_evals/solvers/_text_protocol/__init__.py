"""The parts of `text_protocol`.

`parse` reads a reply; `prompt` what the model is told, `describe` tools as text in it, `helping` what it has no room
for; `shorten` older results; `tools` six of them that are confined to a directory.
"""

from seer_evals.solvers._text_protocol.describe import describe_tools
from seer_evals.solvers._text_protocol.parse import SUBMIT, Final, ProtocolError, Step, ToolRequest, parse
from seer_evals.solvers._text_protocol.prompt import help_for, prompt_for
from seer_evals.solvers._text_protocol.shorten import shorten
from seer_evals.solvers._text_protocol.tools import workspace_tools

__all__ = [
    "SUBMIT",
    "Final",
    "ProtocolError",
    "Step",
    "ToolRequest",
    "describe_tools",
    "help_for",
    "parse",
    "prompt_for",
    "shorten",
    "workspace_tools",
]
