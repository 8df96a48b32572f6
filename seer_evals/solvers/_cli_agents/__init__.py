"""What the harnesses of command-line agents share, such as `claude_code`: each runs in the laboratory's sandbox.

`program` what differs between them; `needs` what a laboratory must have for one; `handover` what the laboratory gives
in the form in which such an agent takes it; `gate` turns, and the end; `run` the harness itself.
"""

from seer_evals.solvers._cli_agents.program import Program
from seer_evals.solvers._cli_agents.run import Choice, cli_agent

__all__ = ["Choice", "Program", "cli_agent"]
