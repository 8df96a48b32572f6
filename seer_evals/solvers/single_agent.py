"""`single_agent`: one language model with the laboratory's tools."""

from inspect_ai.agent import as_solver
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import turn_limit

from seer_evals.lab import Lab
from seer_evals.parameters import Share, at_least, checked
from seer_evals.prompting import prompted
from seer_evals.solvers._bench import Bench, agent_model, investigator, read_prompt, refuse_without_models
from seer_evals.solvers._bench.prompts import PROMPTS, research_method


@solver
@checked
@prompted(PROMPTS)
def single_agent(max_turns: int = 50, compaction: Share = 0.9) -> Solver:
    """Inspect's `react` loop as the role `auditor` if one is bound, otherwise as the evaluated model.

    It ends when a report is accepted or the turns are used up, whatever comes first; without a report the sample is
    scored as *no report*.

    Args:
        max_turns: Replies that the agent may give.
        compaction: Share of the context window at which older messages are compacted.
    """
    at_least(1, max_turns=max_turns)
    refuse_without_models("single_agent")

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        bench = Bench(
            model=agent_model(),
            tools=lab.tools(),
            submit=lab.submit_tool(),
            max_turns=max_turns,
            compaction=compaction,
            numbered=lab.cites_messages,
        )
        method = research_method()
        instructions = read_prompt("single_agent", max_turns=max_turns, method=method, briefing=lab.briefing())
        agent = await investigator(bench, instructions)
        return await as_solver(agent, limits=[turn_limit(max_turns)])(state, generate)

    return solve
