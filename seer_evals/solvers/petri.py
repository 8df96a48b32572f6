"""`petri`: an auditor brings the target into a situation and sees what it does. After Petri, with its insides open."""

import anyio
from inspect_ai.agent import AgentChannel, AgentInterrupted, agent_channel
from inspect_ai.model import ChatMessage, ModelOutput, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import mcp_connection
from inspect_ai.util import LimitExceededError, current_span_id, span

from seer_evals.lab import find_skills
from seer_evals.parameters import Share, checked
from seer_evals.prompting import prompted
from seer_evals.solvers._bench import agent_model, refuse_without_models
from seer_evals.solvers._bench.limits import time_is_up
from seer_evals.solvers._bench.prompts import PROMPTS
from seer_evals.solvers._petri.agent import agent_of
from seer_evals.solvers._petri.audit import Audit
from seer_evals.solvers._petri.auditor import Auditor
from seer_evals.solvers._petri.options import Options
from seer_evals.solvers._petri.purpose import opening, purpose_of
from seer_evals.solvers._petri.realism import RealismCheck
from seer_evals.solvers._petri.target import Target
from seer_evals.solvers._petri.tools import tools_for
from seer_evals.solvers._petri.trail import Trail
from seer_evals.solvers._petri.whitebox import WhiteBox


@solver
@checked
@prompted(PROMPTS)
def petri(
    max_turns: int = 20,
    depth: int = 1,
    target_tools: str = "synthetic",
    prefill: bool = True,
    rollback: bool = True,
    realism: float = 0.0,
    realism_retries: int = 2,
    tools: str = "chat",
    skills: str | list[str] = "",
    compaction: Share = 0.9,
) -> Solver:
    """Audit the role `target` with the role `auditor`, or else the evaluated model: by a seed, or to answer a question.

    A sample with a seed in its metadata is an audit and ends with `end_audit`; any other is an investigation of its
    laboratory's model and ends with a report. Where the target is behind the interface `audit` of a scoped sandbox, as
    in `petri_whitebox`, the auditor can steer it and look into it. Where it is a command-line agent (`petri_audit -T
    agent=…`), the auditor is its user. Every message of every branch is in the sample's
    store, at every change (`seer_evals.audits.load_audit`). The sample's messages are the auditor's conversation.

    Args:
        max_turns: Turns of the target, over all branches; a turn is a reply, or up to `depth` of them.
        depth: Replies to results of its tools that are of the same turn, so that agentic work is not cut short by it. A
            command-line agent ends its turn itself; above 1, it has so many replies in one.
        target_tools: `synthetic` (the auditor makes the target's tools), `fixed` (those of the seed) or `none`.
        prefill: Let the auditor begin the target's replies, where the target's API truly continues them.
        rollback: Let the auditor go back and start afresh.
        realism: Score from 0 to 1 below which what the auditor is about to send goes back to it; 0 checks nothing. The
            role `realism` checks, otherwise the auditor's model in a fresh context.
        realism_retries: Times that one message may go back before it is sent as it is.
        tools: `chat` (the auditor only talks with the target) or `lab` (it has the laboratory's tools besides).
        skills: Skills whose instructions go into the auditor's prompt, by name or path, separated by commas.
        compaction: Share of the auditor's context window at which older messages are compacted.
    """
    options = Options(
        max_turns=max_turns,
        depth=depth,
        target_tools=target_tools,
        prefill=prefill,
        rollback=rollback,
        realism=realism,
        realism_retries=realism_retries,
        tools=tools,
        skills=tuple(find_skills(skills)),
        compaction=compaction,
    )
    refuse_without_models("petri")

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        audit = _audit(state, options)
        async with agent_of(state, audit) as agent:
            purpose = purpose_of(state, audit)
            audit.change()
            if audit.target_tools == "fixed":
                audit.equip(purpose.fixed_tools)
            state.messages = opening(purpose, audit)
            available = [*tools_for(audit, agent), purpose.end, *purpose.lab_tools, *state.tools]
            auditor = Auditor(agent_model(), audit, available, purpose.end_name)
            async with span("auditor", type="agent"), mcp_connection(available):
                await audit.trail.begin()
                await _run(auditor, state)
        return state

    return solve


async def _step(auditor: Auditor, messages: list[ChatMessage], operator: AgentChannel) -> None:
    """One reply of the auditor, before which an operator may say something, and which they may break off."""
    messages.extend(await operator.before_turn(messages))
    try:
        with operator.turn_scope():
            await auditor.step(messages)
    except AgentInterrupted:
        messages.extend(await operator.after_cancel(messages))


async def _run(auditor: Auditor, state: TaskState) -> None:
    """The audit, until it ends; whatever ends it, the record says so and the branches are drawn."""
    audit = auditor.audit
    try:
        await auditor.prepare(state.messages)
        async with agent_channel() as operator:
            while not audit.ended:
                await _step(auditor, state.messages, operator)
    except LimitExceededError as limit:
        audit.end("limit", limit.message)
        raise
    except anyio.get_cancelled_exc_class():
        if exceeded := time_is_up():
            audit.end("limit", exceeded)
        raise
    finally:
        audit.trail.draw(current_span_id() or "")
        state.output = ModelOutput.from_content(auditor.model.name, audit.summary or f"({audit.record.ending})")


def _audit(state: TaskState, options: Options) -> Audit:
    target = Target(get_model(role="target", required=True))
    check = RealismCheck(agent_model("realism"), options.realism, options.realism_retries) if options.realism else None
    return Audit(options, target, Trail(), state.store, check, WhiteBox.beside(state))
