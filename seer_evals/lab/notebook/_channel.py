"""One request to the kernel host in a sandbox and its answer, over any provider that can `exec`."""

import inspect
import json
import math
from typing import Any

from inspect_ai.util import ExecResult, SandboxEnvironment

from seer_evals.lab.notebook._said import Refused, Report
from seer_evals.runtime.kernel.address import SOCKET
from seer_evals.runtime.kernel.messages import ANSWER_DEPTH, ANSWER_VALUES
from seer_evals.runtime.untrusted import NotPlain, parse_object
from seer_evals.sandboxes import Layout, ceilings_met, checked

GRACE = 20
"""Seconds that an `exec` may take beyond what it was asked to wait."""
_START_TIMEOUT = 60


class NotebookError(Exception):
    """Something about the notebook or its kernel that can be told to the agent.

    Attributes:
        kind: For programs: `HostGone`, `NoAnswer`, `BadAnswer`, or a kind of the kernel host, such as `Dead`.
        log: The end of the kernel's own log, if it helps.
    """

    def __init__(self, message: str, *, kind: str = "Refused", log: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.log = log


class KernelChannel:
    """The way to one kernel of the kernel host in one sandbox.

    Requests go around Inspect's event log: each would be written down a second time beside the tool call that caused
    it, with the preload in it.
    """

    def __init__(self, sandbox: SandboxEnvironment, layout: Layout, kernel: str) -> None:
        self._sandbox = sandbox.as_type(SandboxEnvironment)  # type: ignore[type-abstract]
        self._layout = layout
        self._kernel = kernel
        self._unqueued = "concurrency" in inspect.signature(self._sandbox.exec).parameters

    async def ensure_host(self) -> None:
        """Start the kernel host unless it runs.

        Raises:
            NotebookError: It could not be started; the message has the end of its log.
        """
        command = [self._layout.python, "-P", "-m", "seer_runtime.kernel.daemon", self._layout.run]
        result = await self._exec(command, timeout=_START_TIMEOUT, env={"PYTHONPATH": self._layout.runtime})
        if not result.success:
            raise NotebookError(f"the kernel host could not be started: {result.stderr.strip()}", kind="StartFailed")

    async def request(self, op: str, *, within: float, **fields: Any) -> dict[str, Any]:
        """Ask the kernel host for `op`, which answers after `within` seconds at the latest.

        Raises:
            NotebookError: Nobody answers, or not in time, or with nonsense, or the request was refused.
        """
        client = f"{self._layout.runtime}/seer_runtime/carry.py"
        command = [self._layout.python, "-I", "-S", client, f"{self._layout.run}/{SOCKET}"]
        request = json.dumps({"op": op, "kernel": self._kernel, **fields})
        result = await self._exec(command, timeout=math.ceil(within) + GRACE, input=request)
        if not result.success:
            raise NotebookError(f"the kernel host does not answer: {result.stderr.strip()}", kind="HostGone")
        return _understood(result.stdout)

    async def report(self, op: str, *, within: float, **fields: Any) -> Report:
        """Ask for `op`, whose answer tells how a cell stands.

        Raises:
            NotebookError: As `request`.
        """
        try:
            report = checked(Report, await self.request(op, within=within, **fields))
        except NotPlain as error:
            raise _nonsense(error) from None
        # Inside nobody can tell why a process was killed; its provider can.
        if report.death and (why := ceilings_met(self._sandbox)):
            return report.model_copy(update={"death": f"{report.death} ({why})"})
        return report

    async def _exec(
        self, command: list[str], *, timeout: int, input: str | None = None, env: dict[str, str] | None = None
    ) -> ExecResult[str]:
        # a cell that runs for long must not hold one of Inspect's few places for subprocesses
        options: dict[str, Any] = {"concurrency": False} if self._unqueued else {}
        try:
            return await self._sandbox.exec(
                command, input=input, env=env, timeout=timeout, timeout_retry=False, **options
            )
        except TimeoutError:
            raise NotebookError(f"the kernel host gave no answer within {timeout} s", kind="NoAnswer") from None


def _understood(text: str) -> dict[str, Any]:
    """The answer in a text.

    Raises:
        NotebookError: It is none, or a refusal.
    """
    try:
        answer = parse_object(text, depth=ANSWER_DEPTH, values=ANSWER_VALUES)
        refusal = None if answer.get("ok") is True else checked(Refused, answer).error
    except NotPlain as error:
        raise _nonsense(error) from None
    if refusal is not None:
        raise NotebookError(refusal.message, kind=refusal.type, log=refusal.log)
    return answer


def _nonsense(error: NotPlain) -> NotebookError:
    return NotebookError(f"the kernel host gave an answer that cannot be read: {error}", kind="BadAnswer")
