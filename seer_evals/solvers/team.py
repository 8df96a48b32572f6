"""`team`: investigators in parallel, each from another starting point, and a reader who writes the one report."""

from inspect_ai.agent import as_solver
from inspect_ai.model import ChatMessageUser
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import collect, turn_limit

from seer_evals.lab import Lab
from seer_evals.parameters import Share, checked
from seer_evals.prompting import prompted
from seer_evals.solvers._bench import Bench, agent_model, investigator, read_prompt, refuse_without_models
from seer_evals.solvers._bench.prompts import PROMPTS, research_method
from seer_evals.solvers._team.angles import hand_over, parse_angles
from seer_evals.solvers._team.material import material, read_cell
from seer_evals.solvers._team.member import Member, Terms, take_part
from seer_evals.solvers._team.record import TeamRecord


@solver
@checked
@prompted(PROMPTS)
def team(
    members: int = 3,
    angles: str | list[str] = "",
    member_turns: int = 30,
    member_time: float = 1500,
    reader_turns: int = 15,
    compaction: Share = 0.9,
) -> Solver:
    """Members (role `member`) investigate independently, then a reader (role `reader`) compares, checks and concludes.

    Each member has a notebook and a kernel of its own with the models loaded, so a team of N takes the models' memory
    N + 1 times; cells are numbered from 1001, 2001 …, so that evidence can name any of them. All are in one sandbox and
    see one workspace: no provider can fork a sandbox yet. Where the session has no notebooks, members share the kernel
    that has the models, and the reader gets their reports only. A member that reaches a limit or fails ends alone: its
    kernel ends, its notebook stays, and the reader is told. Both roles fall back to `auditor`. The members' reports are
    in the store under `seer:team`.

    Args:
        members: How many investigate.
        angles: Their starting points, taken in turn: of `behaviour`, `weights`, `elicitation` and `conditions`,
            `skill:NAME` for one that starts with a technique, or texts of several words (those with commas in a file,
            for `--solver-config`). All four by default.
        member_turns: Replies that a member may give.
        member_time: Seconds that a member may take.
        reader_turns: Replies that the reader may give.
        compaction: Share of the context window at which older messages are compacted.
    """
    if min(members, member_turns, reader_turns) < 1:
        raise ValueError(
            "members, member_turns and reader_turns must be at least 1, "
            f"got {members}, {member_turns} and {reader_turns}"
        )
    if member_time <= 0:
        raise ValueError(f"member_time must be more than 0 seconds, got {member_time:g}")
    starting = parse_angles(angles)
    refuse_without_models("team", "reader", "member")

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab = Lab.of(state)
        reader = agent_model("reader")
        terms = Terms(agent_model("member"), member_turns, member_time, compaction)
        record = TeamRecord(state.store)
        team = [Member(number + 1, starting[number % len(starting)]) for number in range(members)]
        for each in team:
            await hand_over(lab, each.angle)
        results = await collect(*(take_part(lab, state.input_text, each, terms, record) for each in team))
        state.messages.append(ChatMessageUser(content=material(lab, results)))
        theirs = [read_cell(lab)] if lab.plan.session.evidence == "cell" else []
        bench = Bench(
            model=reader,
            tools=[*lab.tools(), *theirs],
            submit=lab.submit_tool(),
            max_turns=reader_turns,
            compaction=compaction,
            name="reader",
            numbered=lab.cites_messages,
        )
        instructions = read_prompt(
            "team_reader",
            max_turns=reader_turns,
            evidence=read_prompt(f"team_reader_{'cells' if theirs else 'messages'}").strip(),
            method=research_method(),
            briefing=lab.briefing(),
        )
        agent = await investigator(bench, instructions)
        return await as_solver(agent, limits=[turn_limit(reader_turns)])(state, generate)

    return solve
