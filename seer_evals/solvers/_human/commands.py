"""What a person can do besides using the shell: Inspect's commands, with a report for an answer, and cells."""

from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import Literal

from inspect_ai.agent import AgentState
from inspect_ai.model import ContentText
from pydantic import JsonValue

from seer_evals.inspect_private import (
    HumanAgentCommand,
    HumanAgentState,
    InstructionsCommand,
    SubmitCommand,
    ValidateCommand,
    call_human_agent,
    human_agent_commands,
)
from seer_evals.lab import Lab
from seer_evals.lab.notebook import NotebookError
from seer_evals.lab.notebook.rendering import render
from seer_evals.plain_text import shown
from seer_evals.solvers._human.report import NAME, Unusable, report_of

STOPPED = "The clock is stopped (`task start` starts it)."


class Validate(ValidateCommand):
    """Says what is wrong with the report, before anything is submitted."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(answer=False)
        self._lab = lab

    def service(self, state: HumanAgentState) -> Callable[..., Awaitable[JsonValue]]:
        """The answer to `task submit`: what to mend, or nothing."""

        async def validate() -> str | None:
            if not state.running:
                return STOPPED
            try:
                await report_of(self._lab)
            except Unusable as problem:
                return str(problem)
            return None

        return validate


class Submit(SubmitCommand):
    """Ends the investigation with the report."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(record_session=False)
        self._lab = lab

    @property
    def description(self) -> str:
        """For the list of commands."""
        return f"Submit the report in {NAME} and end the investigation."

    @property
    def cli_args(self) -> list[HumanAgentCommand.CLIArg]:
        """None: the report is in its file."""
        return []

    def service(self, state: HumanAgentState) -> Callable[..., Awaitable[JsonValue]]:
        """Keep the report as it is now; the file may have changed since it was looked at."""

        async def submit() -> None:
            report = await report_of(self._lab)
            self._lab.submit(report)
            state.running = False
            state.answer = report.answer

        return submit


class Cell(HumanAgentCommand):
    """Runs a cell of the laboratory's notebook, which has the models."""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab

    @property
    def name(self) -> str:
        """`task cell`."""
        return "cell"

    @property
    def description(self) -> str:
        """For the list of commands."""
        return "Run a cell of the notebook: task cell 'print(model)', or task cell < probe.py"

    @property
    def group(self) -> Literal[1, 2, 3]:
        """Where it stands in the list."""
        return 1

    @property
    def cli_args(self) -> list[HumanAgentCommand.CLIArg]:
        """The code, unless it comes through standard input."""
        return [HumanAgentCommand.CLIArg(name="code", description="Python code; without it, standard input is read")]

    def cli(self, args: Namespace) -> None:
        """Runs in the sandbox, where nothing is but its own source."""
        import sys

        code = args.code if args.code is not None else sys.stdin.read()
        print(call_human_agent("cell", code=code))

    def service(self, state: HumanAgentState) -> Callable[..., Awaitable[JsonValue]]:
        """Outside of it."""

        async def cell(code: str) -> str:
            if not state.running:
                return STOPPED
            try:
                found = render(await self._lab.notebook().run(code), pages=False)
            except NotebookError as error:
                return shown(error)
            return shown("\n".join(map(_as_text, found)) if isinstance(found, list) else found)

        return cell


def _as_text(part: object) -> str:
    return part.text if isinstance(part, ContentText) else "(an image, which is in the notebook)"


def commands_for(lab: Lab, state: AgentState) -> list[HumanAgentCommand]:
    """Inspect's commands, of which those that submit and validate an answer are ours.

    Args:
        lab: The laboratory.
        state: Its messages are the instructions.
    """
    theirs = human_agent_commands(state, False, False, False, None)
    replaced = (SubmitCommand, ValidateCommand, InstructionsCommand)
    kept = [command for command in theirs if not isinstance(command, replaced)]
    cells = [Cell(lab)] if lab.plan.session.evidence == "cell" else []
    commands = [Submit(lab), Validate(lab), *cells, *kept]
    return [*commands, InstructionsCommand(commands, None)]
