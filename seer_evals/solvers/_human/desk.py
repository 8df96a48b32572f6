"""A person's place in the laboratory, from login to report."""

from typing import cast

from inspect_ai.agent import AgentState
from inspect_ai.util import SandboxConnection, display_type, input_panel, sandbox

from seer_evals.inspect_private import (
    ConsoleView,
    HumanAgentPanel,
    HumanAgentView,
    SandboxEnvironmentProxy,
    run_human_agent_service,
)
from seer_evals.lab import Lab
from seer_evals.refusal import Refusal
from seer_evals.solvers._human.commands import commands_for
from seer_evals.solvers._human.install import install
from seer_evals.solvers._human.report import NAME, TEMPLATE

BRIEFING = "briefing.md"
"""What the person was told, in the workspace."""


async def way_in(lab: Lab) -> SandboxConnection:
    """How to log in.

    Raises:
        Refusal: Nobody can log in to this sandbox, or a person could not work there as it is meant.
    """
    if not lab.plan.session.runs_code:
        raise Refusal(
            f"a person works with a shell, so not with -T session={lab.plan.session.name}: use session=notebook or cli"
        )
    try:
        return await lab.sandbox.connection()
    except (NotImplementedError, ConnectionError) as error:
        raise Refusal(f"nobody can log in to this laboratory's sandbox: {error}") from error


async def seat(lab: Lab, connection: SandboxConnection, state: AgentState) -> None:
    """Show a person the way in, and wait until the report is submitted or the person quits.

    Args:
        lab: The laboratory.
        connection: The way in.
        state: Its messages are what the person is told.
    """
    if display_type() == "full":
        async with await input_panel(HumanAgentPanel) as panel:
            await _wait(lab, connection, state, panel)
    else:
        await _wait(lab, connection, state, ConsoleView())


async def _wait(lab: Lab, connection: SandboxConnection, state: AgentState, view: HumanAgentView) -> None:
    with cast(SandboxEnvironmentProxy, sandbox()).no_events():
        commands = commands_for(lab, state)
        text = "\n\n".join(message.text for message in state.messages)
        await lab.sandbox.write_file(f"{lab.layout.workspace}/{BRIEFING}", text)
        await lab.sandbox.write_file(f"{lab.layout.workspace}/{NAME}", TEMPLATE)
        await install(lab, commands)
        view.connect(connection)
        await run_human_agent_service(None, state, commands, view)
