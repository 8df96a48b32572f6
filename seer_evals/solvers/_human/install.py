"""Where the command `task` lies in the sandbox.

Inspect puts it below `/opt`, which a workstation sandbox keeps read-only. The person is alone there, so that a place
which the person could change is as good.
"""

from collections.abc import Sequence

from seer_evals.inspect_private import (
    HUMAN_AGENT_DIR,
    TASK_PY,
    HumanAgentCommand,
    human_agent_bashrc,
    human_agent_commands_script,
)
from seer_evals.lab import Lab

FOLDER = "/var/tmp/human_agent"


async def install(lab: Lab, commands: Sequence[HumanAgentCommand]) -> None:
    """Make `task` known to the shell with which a person logs in.

    Raises:
        RuntimeError: The shell's start-up file cannot be written.
    """
    await lab.sandbox.write_file(f"{FOLDER}/{TASK_PY}", human_agent_commands_script(list(commands)))
    start = f"export PYTHONPATH={lab.library}:{lab.layout.runtime}\ncd {lab.layout.workspace}\n"
    lines = human_agent_bashrc(list(commands), start, record_session=False).replace(HUMAN_AGENT_DIR, FOLDER)
    done = await lab.sandbox.exec(["sh", "-c", 'cat >> "$HOME/.bashrc"'], input=lines)
    if not done.success:
        raise RuntimeError(f"the person's shell cannot be set up: {done.stderr.strip()}")
