"""`claude_code`: Anthropic's command-line agent, at work in the laboratory's sandbox."""

from inspect_ai.solver import Solver, solver

from seer_evals.parameters import checked
from seer_evals.prompting import prompted
from seer_evals.solvers._bench.prompts import PROMPTS
from seer_evals.solvers._cli_agents import Choice, Program, cli_agent

PROGRAM = Program(
    name="claude_code", agent="claude_code", binary="claude", options={"disallowed_tools": ["WebSearch", "WebFetch"]}
)


@solver
@checked
@prompted(PROMPTS)
def claude_code(max_turns: int = 50, time_limit: int = 0, version: str = "auto") -> Solver:
    """Claude Code as the role `auditor` if one is bound, otherwise as the evaluated model, whatever model that is.

    The laboratory's tools are an MCP server to it, skills in the form `skill` are its own skills, and it has its own
    shell and editor in the sandbox. Its requests to the model go through Inspect: the sandbox needs no network and has
    no key. It ends when a report is accepted or the turns are used up. It searches no web.

    Needs the package inspect_swe (the extra `swe`) and a sandbox with curl.

    Args:
        max_turns: Replies of the model, those of sub-agents included.
        time_limit: Seconds that it may take, or 0 for no limit but the sample's.
        version: `auto` (the one in the sandbox, otherwise downloaded), `sandbox` (the one in the sandbox), `stable`,
            `latest`, or a number such as `2.1.197`. A download is made on this machine and copied into the sandbox.
    """
    return cli_agent(PROGRAM, Choice(max_turns, time_limit, version))
