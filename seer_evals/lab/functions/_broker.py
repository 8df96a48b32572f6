"""The process in the agent's sandbox that carries calls from there to this one."""

import anyio
from inspect_ai.util import SandboxEnvironment

from seer_evals.lab.functions._link import Link
from seer_evals.runtime.functions.client import SOCKET
from seer_evals.sandboxes import Layout, open_process

START_SECONDS = 60
_SCRIPT = "import sys; sys.path.append({runtime!r}); from seer_runtime.functions.broker import main; main()"


async def open_broker(sandbox: SandboxEnvironment, layout: Layout) -> Link:
    """Start a broker and wait until it listens.

    Raises:
        ConnectionError: It did not start; the message says why.
    """
    script = _SCRIPT.format(runtime=layout.runtime)
    command = [layout.python, "-I", "-S", "-c", script, f"{layout.run}/{SOCKET}"]
    link = Link(await open_process(sandbox, layout, command))
    try:
        with anyio.fail_after(START_SECONDS):
            async for _ in link.frames():
                return link
        raise ConnectionError(f"the broker did not start: {link.process.errors().strip()}")
    except BaseException:
        with anyio.CancelScope(shield=True):
            await link.process.close()
        raise
