"""What a laboratory must have for a command-line agent."""

import socket

from seer_evals.lab import Lab
from seer_evals.refusal import Refusal
from seer_evals.sandboxes import exec_unnoticed
from seer_evals.solvers._cli_agents.program import Program

IN_SANDBOX = "sandbox"
"""The version that says: the one that is there."""


async def must_have(lab: Lab, program: Program, version: str) -> None:
    """Refuse a laboratory in which the agent cannot work.

    Raises:
        Refusal: With what is missing.
    """
    if not lab.plan.session.runs_code:
        raise Refusal(
            f"{program.name} brings a shell of its own, so it cannot do justice to -T session={lab.plan.session.name}, "
            "in which the agent runs no code: use session=notebook or session=cli, or another harness"
        )
    if not await _is_there(lab, "curl"):
        raise Refusal(
            f"{program.name} needs the command curl in the laboratory's sandbox: install it where the sandbox is made "
            "(on a workstation, on this machine)"
        )
    if version == IN_SANDBOX and not await _is_there(lab, program.binary):
        raise Refusal(
            f"version=sandbox, but the laboratory's sandbox has no command {program.binary!r}: install it where the "
            "sandbox is made (on a workstation, below /usr of this machine), or leave the version out: then it is "
            "downloaded on this machine and copied into the sandbox"
        )


def not_downloaded(program: Program, version: str, error: Exception) -> str:
    """What to say where this machine cannot reach the place that the program is downloaded from."""
    return (
        f"{program.name} (version={version}) is not in the laboratory's sandbox and cannot be downloaded on this "
        f"machine: {error}. Install the command {program.binary!r} where the sandbox is made (on a workstation, below "
        "/usr of this machine) and give version=sandbox"
    )


async def _is_there(lab: Lab, command: str) -> bool:
    found = await exec_unnoticed(lab.sandbox, ["sh", "-c", 'command -v "$1"', "sh", command], timeout=60)
    return found.success


def free_port() -> int:
    """A port that nobody uses on this machine: a sandbox may have no network of its own."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
