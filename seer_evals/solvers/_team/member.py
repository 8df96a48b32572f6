"""One member of a team: a kernel of its own, a starting point, and an end that concerns nobody else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
from inspect_ai.agent import run
from inspect_ai.log import transcript
from inspect_ai.model import Model
from inspect_ai.util import LimitExceededError, time_limit, tool_state_scope, turn_limit

from seer_evals.inspect_private import TerminateSampleError
from seer_evals.lab import Lab
from seer_evals.reports import Report
from seer_evals.solvers._bench import Bench, investigator, read_prompt, replies, research_method
from seer_evals.solvers._team.angles import Angle
from seer_evals.solvers._team.record import MemberResult, TeamRecord

CELLS = 1000
"""The cells of member N have numbers from N times this, plus one."""


@dataclass(frozen=True)
class Terms:
    """What every member may use."""

    model: Model
    turns: int
    seconds: float
    compaction: float


@dataclass(frozen=True)
class Member:
    """Who, and from where."""

    number: int
    """From 1."""
    angle: Angle

    @property
    def name(self) -> str:
        """Also that of its notebook."""
        return f"member-{self.number}"


async def take_part(lab: Lab, question: str, member: Member, terms: Terms, record: TeamRecord) -> MemberResult:
    """Let one member investigate until it has a report, or ends without one; its kernel ends with it.

    Raises:
        LimitExceededError: One of the whole sample's limits was exceeded. Those of the member, and failures of its
            model, its kernel or its tools, are in the result.
    """
    result = MemberResult(name=member.name, angle=member.angle.name)
    record.put(result)
    kept: list[Report] = []
    update: dict[str, object]
    try:
        async with _own_notebook(lab, member) as notebook:
            result = result.model_copy(update={"notebook": notebook if notebook == member.name else ""})
            limit = await _investigate(lab, question, member, terms, notebook, kept)
        update = {"ending": "limit", "detail": limit} if limit else {"ending": "no report"}
    except (LimitExceededError, TerminateSampleError):
        raise
    except Exception as error:
        update = {"ending": "failed", "detail": f"{type(error).__name__}: {error}"}
    if kept:
        update = {"ending": "report", "report": kept[-1]}
    result = record.put(result.model_copy(update=update))
    transcript().info(result.model_dump(mode="json"), source="team")
    return result


async def _investigate(lab: Lab, question: str, member: Member, terms: Terms, notebook: str, kept: list[Report]) -> str:
    """Run the member's loop; says which limit ended it, if one did."""

    async def keep(report: Report) -> None:
        for finding in report.findings:
            lab.check(finding.evidence)
        kept.append(report)

    bench = Bench(
        model=terms.model,
        tools=lab.tools(notebook),
        submit=lab.submit_tool(keep),
        max_turns=terms.turns,
        compaction=terms.compaction,
        name=member.name,
        numbered=lab.cites_messages,
    )
    instructions = read_prompt(
        "team_member",
        angle=member.angle.text,
        max_turns=terms.turns,
        method=research_method(),
        briefing=lab.briefing(),
    )
    agent = await investigator(bench, instructions)
    limits = [turn_limit(terms.turns), time_limit(terms.seconds)]
    with tool_state_scope(member.name):
        state, limit = await run(agent, question, limits, name=f"{member.name} ({member.angle.name})")
    if limit is None and replies(state.messages) >= terms.turns:
        return f"its {terms.turns} turns are used up"
    return limit.message if limit else ""


@asynccontextmanager
async def _own_notebook(lab: Lab, member: Member) -> AsyncIterator[str]:
    """A notebook with the models loaded, where the session is one of notebooks; its kernel is ended afterwards."""
    if lab.plan.session.name != "notebook":
        yield "main"
        return
    session = await lab.open_notebook(member.name, models=True, first_cell=member.number * CELLS + 1)
    try:
        yield member.name
    finally:
        with anyio.CancelScope(shield=True):
            await session.close()
