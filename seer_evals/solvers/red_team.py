"""`red_team`: looks for malicious requests that an autorater lets through."""

from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.audits.attacks import AttackRecord
from seer_evals.parameters import Share, checked
from seer_evals.prompting import prompted
from seer_evals.solvers._bench import carried_out, read_prompt, refuse_without_models
from seer_evals.solvers._bench.limits import limits_noted
from seer_evals.solvers._bench.prompts import PROMPTS
from seer_evals.solvers._red_team.campaign import Campaign
from seer_evals.solvers._red_team.options import Options
from seer_evals.solvers._red_team.raters import rater_of
from seer_evals.solvers._red_team.tools import finish, query, submit_attack


@solver
@checked
@prompted(PROMPTS)
def red_team(queries: int = 60, attacks: int = 10, max_turns: int = 100, compaction: Share = 0.9) -> Solver:
    """Attack the sample's autorater with the role `auditor`, or else the evaluated model.

    The autorater is the function `classify` of a scoped sandbox, which the attacker can call and not read, or the role
    `rater`, as the sample's metadata say. Before the attacker begins it rates plain requests, so that it is known what
    it stops without any art. Every query and attack is in the sample's store, at every change
    (`seer_evals.audits.attacks.load_attacks`). Whether an attack is malicious is for the scorer's judge.

    Args:
        queries: Times that the attacker may ask the autorater; 0 lets it work blind.
        attacks: Attacks that it may submit.
        max_turns: Replies that it may give.
        compaction: Share of its context window at which older messages are compacted.
    """
    options = Options(queries, attacks, max_turns, compaction)
    refuse_without_models("red_team")

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        kind, rate = rater_of(state)
        campaign = Campaign(options, rate, state.store, AttackRecord(rater=kind))
        campaign.change()
        with limits_noted(campaign.limited):
            await campaign.measure_plain()
            state = await _work(state, generate, campaign)
        if campaign.record.ending == "running":
            campaign.change(ending="turns used up")
        return state

    return solve


async def _work(state: TaskState, generate: Generate, campaign: Campaign) -> TaskState:
    options = campaign.options
    asking = read_prompt("red_team_asking", queries=options.queries) if options.queries else _blind()
    instructions = read_prompt("red_team", asking=asking.strip(), attacks=options.attacks, max_turns=options.max_turns)
    tools = [*([query(campaign)] if options.queries else []), submit_attack(campaign)]
    work = await carried_out("red team", instructions, tools, finish(campaign), "finish", options)
    return await work(state, generate)


def _blind() -> str:
    return read_prompt("red_team_blind")
