"""`human`: a person at the bench, with what an agent gets."""

import anyio
from inspect_ai.agent import AgentState
from inspect_ai.model import ChatMessageUser
from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.lab import Lab
from seer_evals.parameters import checked
from seer_evals.prompting import prompted
from seer_evals.solvers._bench import read_prompt
from seer_evals.solvers._bench.prompts import PROMPTS
from seer_evals.solvers._human.desk import BRIEFING, seat, way_in
from seer_evals.solvers._human.report import NAME


@solver
@checked
@prompted(PROMPTS)
def human() -> Solver:
    """A person who logs in to the laboratory's sandbox, investigates with a shell, and submits a report.

    Inspect shows the command to log in with. Inside, the same briefing that an agent reads is in `briefing.md`;
    `task cell` runs cells of the notebook (with `-T session=notebook`), the report is written into `report.yaml`, and
    `task submit` ends the investigation, or says what is wrong with the report. The clock, notes and `task quit` are
    Inspect's. Give `--time-limit` if the person's time is to be limited; without a report it is scored as *no report*.

    Needs a sandbox that one can log in to: on a workstation, one with bubblewrap. One person works at a time. Of what
    the person types in the shell, only cells and notes are in the log.
    """
    desk = anyio.Lock()

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        connection = await way_in(lab)
        told = read_prompt(
            "human",
            question=state.input_text.strip(),
            briefing=lab.briefing(),
            cells=read_prompt("human_cells").strip() if lab.plan.session.evidence == "cell" else "",
            folder=lab.layout.workspace,
            briefing_file=BRIEFING,
            report_file=NAME,
        ).strip()
        state.messages = [ChatMessageUser(content=told)]
        seated = AgentState(messages=list(state.messages))
        async with desk:
            await seat(lab, connection, seated)
        state.output = seated.output
        return state

    return solve
