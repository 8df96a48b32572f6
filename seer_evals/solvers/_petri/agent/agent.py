"""One turn of a command-line agent: a message goes in, and everything that it did comes out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from inspect_ai.agent import sandbox_agent_bridge
from inspect_ai.solver import TaskState
from inspect_ai.tool import ToolError
from inspect_ai.util import ExecResult, sandbox

from seer_evals.audits import AGENT_KEY, AuditMessage, TargetAgent
from seer_evals.prompting import shortened
from seer_evals.refusal import Refusal
from seer_evals.sandboxes import find_layout, place_files
from seer_evals.solvers._cli_agents.needs import free_port
from seer_evals.solvers._petri.agent.changes import Files, changes, files_in
from seer_evals.solvers._petri.agent.program import Program, model_is_there, placed
from seer_evals.solvers._petri.agent.traffic import Traffic
from seer_evals.solvers._petri.audit import Audit

COMPLAINT = 800
"""Characters of what a program that failed wrote."""


@dataclass
class Agent:
    """A command-line agent under audit."""

    program: Program
    traffic: Traffic
    python: str
    spoken_to: bool = False

    async def turn(self, audit: Audit, message: str) -> list[AuditMessage]:
        """Everything that it did after a message, in the record and as its result.

        Raises:
            ToolError: It said nothing; the message is not on record.
            LimitExceededError: One of Inspect's limits; it is also in `audit.stopped`.
        """
        before, files = audit.place(), await self._files()
        audit.add("user", message)
        sent = audit.last
        self.traffic.begin()
        try:
            ending = await self._run(message)
        finally:
            self.traffic.open = False
        if audit.stopped is not None:
            raise audit.stopped
        if not self.traffic.replies:
            audit.undo(before)
            raise _failed(audit, ending)
        self.spoken_to, audit.failures_in_a_row = True, 0
        _say_how_it_ended(audit, ending)
        if changed := changes(files, await self._files()):
            audit.add("files", changed, real=True)
        return [each for each in audit.record.messages if each.number > sent]

    async def _run(self, message: str) -> str:
        """How it ended, where it did not do so by itself."""
        try:
            result = await self.program.run(message, first=not self.spoken_to)
        except TimeoutError:
            return f"its turn was over after {self.program.agent.seconds} seconds"
        if self.traffic.stopped:
            return f"its turn was over after {self.traffic.most} replies"
        return "" if result.success else _complaint(result)

    async def _files(self) -> Files | None:
        return await files_in(self.program.box, self.python, self.program.workspace)


@asynccontextmanager
async def agent_of(state: TaskState, audit: Audit) -> AsyncIterator[Agent | None]:
    """The agent of a sample whose target is one, ready in its sandbox; None for a model.

    Raises:
        Refusal: There is no sandbox for it, its program is not there, or the options ask for played tools.
    """
    if AGENT_KEY not in state.metadata:
        yield None
        return
    about = TargetAgent.model_validate(state.metadata[AGENT_KEY])
    if audit.options.target_tools == "fixed":
        raise Refusal(f"target_tools=fixed gives the target tools that the auditor plays; {about.name} has its own")
    most = audit.options.depth if audit.options.depth > 1 else about.replies
    traffic, box, port = Traffic(audit, about.tools, most), sandbox(), free_port()
    layout = await find_layout(box)
    await place_files(box, layout, about.environment)
    program = await placed(about, box, layout.workspace, port)
    async with sandbox_agent_bridge(
        port=port,
        filter=traffic.pass_on,
        # Whatever name the program asks for, it gets the target.
        model_aliases={"inspect": audit.target.model},
        model_resolver=lambda _: audit.target.model,
    ):
        await model_is_there(box, layout.python, port)
        audit.agent = about
        audit.change(agent=about.name)
        yield Agent(program, traffic, layout.python)


def _complaint(result: ExecResult[str]) -> str:
    said = shortened(f"{result.stderr.strip()}\n{result.stdout.strip()}".strip(), COMPLAINT)
    return f"its program ended with code {result.returncode}: {said or '(it said nothing)'}"


def _failed(audit: Audit, ending: str) -> ToolError:
    """What to tell the auditor; it must never look like words of the target."""
    words = ending or "it ended without asking its model"
    audit.failed(words)
    return ToolError(f"The agent's program failed, and the target has said nothing: {words}\nSend it again, or finish.")


def _say_how_it_ended(audit: Audit, ending: str) -> None:
    if ending and audit.record.replies:
        last = audit.record.replies[-1]
        stop = "; ".join(part for part in (last.stop, ending) if part)
        audit.amend(last.number, stop=stop)
