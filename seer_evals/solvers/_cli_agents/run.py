"""The harness of a command-line agent."""

from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from inspect_ai.agent import as_solver
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, Model
from inspect_ai.solver import Generate, Solver, TaskState
from inspect_ai.util import Limit, apply_limits, time_limit

from seer_evals.inspect_private import active_model_context_var
from seer_evals.lab import Lab
from seer_evals.parameters import at_least
from seer_evals.refusal import Refusal
from seer_evals.solvers._bench import agent_model, read_prompt, refuse_without_models, research_method
from seer_evals.solvers._cli_agents.gate import Gate
from seer_evals.solvers._cli_agents.handover import SHELL, Handover, hand_over
from seer_evals.solvers._cli_agents.needs import free_port, must_have, not_downloaded
from seer_evals.solvers._cli_agents.program import Program

REMINDERS = 2
"""Times that an agent which stops without a report is asked to go on."""


@dataclass(frozen=True)
class Choice:
    """The parameters of the harness, checked."""

    max_turns: int = 50
    time_limit: int = 0
    version: str = "auto"

    def __post_init__(self) -> None:
        """Raise a ValueError for what makes no sense, with what is allowed."""
        at_least(1, max_turns=self.max_turns)
        if self.time_limit < 0:
            raise ValueError(f"time_limit is a number of seconds, or 0 for none, got {self.time_limit}")


def cli_agent(program: Program, choice: Choice) -> Solver:
    """A solver that lets a program investigate the laboratory from inside its sandbox.

    Raises:
        Refusal: The package that runs it is not installed.
    """
    program.make()
    refuse_without_models(program.name)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        lab, gate = Lab.of(state), Gate(Lab.of(state), choice.max_turns)
        await must_have(lab, program, choice.version)
        state.store.set(program.port_key, free_port() - 1)
        async with AsyncExitStack() as stack:
            handover = await hand_over(lab, stack)
            stack.enter_context(_serving(agent_model()))
            stack.enter_context(apply_limits(_limits(choice)))
            state.messages = [
                ChatMessageSystem(content=_instructions(lab, choice)),
                ChatMessageUser(content=state.input_text),
            ]
            investigate = as_solver(_agent(program, choice, lab, handover, gate))
            for reminder in range(REMINDERS + 1):
                if reminder:
                    state.messages.append(ChatMessageUser(content=read_prompt("cli_agent_reminder").strip()))
                try:
                    state = await investigate(state, generate)
                except httpx.TransportError as error:
                    if gate.turns:
                        raise
                    raise Refusal(not_downloaded(program, choice.version, error)) from error
                if gate.over:
                    break
        return state

    return solve


def _agent(program: Program, choice: Choice, lab: Lab, handover: Handover, gate: Gate) -> Any:
    return program.make(
        bridged_tools=[handover.server],
        skills=list(handover.skills) or None,
        filter=gate.filter(),
        cwd=lab.layout.workspace,
        env=handover.variables,
        version=choice.version,
    )


def _limits(choice: Choice) -> list[Limit]:
    return [time_limit(choice.time_limit)] if choice.time_limit else []


def _instructions(lab: Lab, choice: Choice) -> str:
    shell = read_prompt("cli_agent_shell").strip() if lab.plan.session.name == SHELL else ""
    method = research_method()
    return read_prompt(
        "cli_agent", max_turns=choice.max_turns, method=method, shell=shell, briefing=lab.briefing()
    ).strip()


@contextmanager
def _serving(model: Model) -> Iterator[None]:
    """Let `get_model()` be this model: the bridge into the sandbox knows no roles."""
    token = active_model_context_var.set(model)
    try:
        yield
    finally:
        active_model_context_var.reset(token)
