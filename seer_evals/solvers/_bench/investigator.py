"""The loop of one investigator: Inspect's `react`, with an end to its turns and compaction where possible."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from inspect_ai.agent import Agent, AgentContinue, AgentPrompt, AgentState, AgentSubmit, as_solver, react
from inspect_ai.log import transcript
from inspect_ai.model import ChatMessage, ChatMessageUser, CompactionAuto, CompactionStrategy, Model
from inspect_ai.solver import Solver
from inspect_ai.tool import Tool

from seer_evals.lab import AnyTool
from seer_evals.solvers._bench.countdown import append_to_result, countdown
from seer_evals.solvers._bench.models import agent_model

CONTINUE = "Go on with the next step. When you are done, call {submit}."
LAST_TURNS = "You have {left} turns left. Finish what you are doing and call {submit}."
WARN_AT = 3
"""Turns before the end at which the agent is told so."""


@dataclass(frozen=True)
class Bench:
    """What an investigator works with."""

    model: Model
    tools: Sequence[AnyTool]
    submit: Tool
    """The tool that ends the loop."""
    submit_name: str = "submit_report"
    max_turns: int = 50
    compaction: float = 0.9
    """Share of the context window at which older messages are compacted."""
    numbered: bool = field(kw_only=True)
    """Whether evidence is given by the numbers of this conversation's messages, so that they have to be said."""
    name: str = field(default="investigator", kw_only=True)


class Terms(Protocol):
    """For how long an agent may go on."""

    @property
    def max_turns(self) -> int: ...

    @property
    def compaction(self) -> float: ...


async def carried_out(
    name: str, instructions: str, tools: Sequence[AnyTool], submit: Tool, submit_name: str, terms: Terms
) -> Solver:
    """An agent that cites nothing, on its own model, as a solver.

    It has no turn limit: what the models behind its tools say would count against it.
    """
    bench = Bench(
        agent_model(), tools, submit, submit_name, terms.max_turns, terms.compaction, name=name, numbered=False
    )
    return as_solver(await investigator(bench, instructions))


async def investigator(bench: Bench, instructions: str, on_continue: AgentContinue | None = None) -> Agent:
    """An agent that works until it has submitted or its turns are used up.

    Whoever runs it adds Inspect's `turn_limit` for the replies that do not count as turns here, such as refusals.

    Args:
        bench: Its model and tools.
        instructions: Its system message.
        on_continue: Called after every turn that did not submit, the last one excepted: True goes on, a text is said to
            the agent as well, False ends it.
    """
    return react(
        name=bench.name,
        prompt=AgentPrompt(instructions=instructions, handoff_prompt=None, assistant_prompt=None, submit_prompt=None),
        tools=bench.tools,
        model=bench.model,
        submit=AgentSubmit(name=bench.submit_name, tool=bench.submit, answer_only=True, keep_in_messages=True),
        on_continue=_continue(bench, on_continue),
        compaction=await _compaction(bench),
    )


def _continue(bench: Bench, own: AgentContinue | None) -> AgentContinue:
    turns = 0

    async def proceed(state: AgentState) -> bool | str | AgentState:
        nonlocal turns
        turns += 1
        if turns >= bench.max_turns:
            # Inspect's limit would only stop a reply too late, which is paid for and thrown away
            transcript().info(f"The {bench.max_turns} turns are used up.", source=bench.name)
            return False
        said = await own(state) if own is not None else True
        if not isinstance(said, str) and said is not True:
            return said
        notes = _count_down(bench, turns, state.messages)
        if isinstance(said, str) and notes:
            # what somebody says stays a message of its own
            state.messages.append(ChatMessageUser(content=notes.pop()))
        notes += [said] if isinstance(said, str) else []
        if bench.max_turns - turns == WARN_AT:
            notes.append(LAST_TURNS.format(left=WARN_AT, submit=bench.submit_name))
        if said is True and not state.output.message.tool_calls:
            notes.append(CONTINUE.format(submit=bench.submit_name))
        return "\n\n".join(notes) or True

    return proceed


def _count_down(bench: Bench, turns: int, messages: Sequence[ChatMessage]) -> list[str]:
    """Say what is left below the last result, or return it where that cannot hold it."""
    count = len(messages) if bench.numbered else None
    if append_to_result(messages[-1], countdown(turns, bench.max_turns, count)):
        return []
    return [countdown(turns, bench.max_turns, None if count is None else count + 1)]


async def _compaction(bench: Bench) -> CompactionStrategy | None:
    """Compaction, where the model's tokens can be counted; most providers need the network for that."""
    try:
        await bench.model.count_tokens("Can tokens be counted?")
    except Exception as error:
        reason = f"Long conversations are not compacted: tokens cannot be counted ({error})."
        transcript().info(reason, source=bench.name)
        return None
    return CompactionAuto(threshold=bench.compaction)
