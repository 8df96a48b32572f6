"""`supervisor`: an investigator, and someone who reads along and says when something is missing."""

from typing import Literal

from inspect_ai.agent import as_solver
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import turn_limit

from seer_evals.lab import Lab
from seer_evals.parameters import Share, checked
from seer_evals.prompting import prompted
from seer_evals.solvers._bench import Bench, agent_model, investigator, read_prompt, refuse_without_models
from seer_evals.solvers._bench.prompts import PROMPTS, research_method
from seer_evals.solvers._supervisor.by_human import human_supervisor, must_reach_somebody
from seer_evals.solvers._supervisor.by_model import model_supervisor
from seer_evals.solvers._supervisor.watch import Watch


@solver
@checked
@prompted(PROMPTS)
def supervisor(
    max_turns: int = 50,
    every: int = 8,
    max_returns: int = 2,
    who: Literal["model", "human"] = "model",
    patience: float = 1800,
    compaction: Share = 0.9,
) -> Solver:
    """A driver with the laboratory (role `auditor`), and a supervisor who reads along (role `supervisor`).

    The supervisor looks in every so many turns and when something is noticed: a cell that is run again, failures, a
    result without an output, a report (`_supervisor/triggers.py`). They say nothing, give feedback, redirect, ask for a
    control experiment, accept the report or send it back. What was decided is in the store under `seer:supervisor`. A
    report that was sent back stands if the run ends before a better one comes.

    Args:
        max_turns: Replies that the driver may give; those of the supervisor do not count.
        every: Turns after which the supervisor looks in although nothing was noticed.
        max_returns: How often a report may be sent back; the next one is accepted.
        who: `model`, or `human`: the run stops at each checkpoint and asks the operator (`--acp-server` and
            `inspect acp`, or the full-screen display).
        patience: Seconds to wait for a human supervisor; if nobody comes, the run goes on unsupervised.
        compaction: Share of the context window at which older messages are compacted.
    """
    if max_turns < 1 or every < 1:
        raise ValueError(f"max_turns and every must be at least 1, got {max_turns} and {every}")
    if max_returns < 0:
        raise ValueError(f"max_returns must not be negative, got {max_returns}; 0 accepts every report")
    if patience <= 0:
        raise ValueError(f"patience must be more than 0 seconds, got {patience:g}")
    refuse_without_models("supervisor")

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        if who == "human":
            must_reach_somebody()
        decides = human_supervisor(patience) if who == "human" else model_supervisor(agent_model("supervisor"))
        watch = Watch(lab, decides, state.input_text, every, max_turns, max_returns)
        bench = Bench(
            model=agent_model(),
            tools=lab.tools(),
            submit=lab.submit_tool(watch.keep),
            max_turns=max_turns,
            compaction=compaction,
            name="driver",
            numbered=lab.cites_messages,
        )
        method = research_method()
        instructions = read_prompt("supervisor_driver", max_turns=max_turns, method=method, briefing=lab.briefing())
        agent = await investigator(bench, instructions, watch.on_continue)
        try:
            return await as_solver(agent, limits=[turn_limit(max_turns)])(state, generate)
        finally:
            watch.leave_nothing_behind()

    return solve
