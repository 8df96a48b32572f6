"""A way in for a person, for `debug`: an editor, a terminal and notebooks in the browser, behind a token.

JupyterLab listens in the sandbox, and Modal's tunnel brings it to the outside over TLS. The token is random, and is
told on the console of whoever runs the evaluation and nowhere else: not in the log, not in an argument list.
"""

import secrets
from collections.abc import Iterator

from inspect_ai.log import transcript
from packaging.requirements import Requirement

from seer_evals.environment import Environment
from seer_evals.sandboxes._operations import Command

from ._errors import unavailable
from ._exec import run
from ._remote import RUN, WORKSPACE, Remote

PORT = 8888
PACKAGE = "jupyterlab>=4.4,<5"
_LOG = f"{RUN}/editor.log"
_START = """\
setsid "$1" -m jupyterlab --allow-root --no-browser --ip=0.0.0.0 --port={port} --ServerApp.port_retries=0 \
    --ServerApp.root_dir={workspace} >{log} 2>&1 </dev/null &
for i in $(seq 300); do
    "$1" -I -S -c 'import socket; socket.create_connection(("127.0.0.1", {port}), 1)' 2>/dev/null && exit 0
    sleep 0.2
done
tail -c 800 {log} >&2; exit 1
"""
_SECONDS = 120


def requirements(environment: Environment) -> Iterator[str]:
    """What `debug` needs beside the environment's own packages."""
    if environment.debug and "jupyterlab" not in {Requirement(text).name for text in environment.packages}:
        yield PACKAGE


async def open_editor(remote: Remote) -> str:
    """Start the editor of a sandbox that was created with its port open; its address, with the token.

    Raises:
        SandboxUnavailableError: It did not start; the message has the end of its log.
    """
    token = secrets.token_urlsafe(32)
    script = _START.format(port=PORT, workspace=WORKSPACE, log=_LOG)
    argv = ["/bin/sh", "-c", script, "sh", remote.layout.python]
    result = await run(remote, Command(argv, "/", {"JUPYTER_TOKEN": token}, timeout=_SECONDS))
    if not result.success:
        raise unavailable(f"the editor for `debug` did not start: {result.stderr.strip()[-800:]}")
    tunnel = (await remote.sandbox.tunnels.aio())[PORT]
    transcript().info(f"debug: an editor is open at {tunnel.url} for whoever has the token.", source="modal_gpu")
    return f"{tunnel.url}/lab?token={token}"
