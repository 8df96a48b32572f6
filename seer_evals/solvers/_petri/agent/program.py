"""The program in its sandbox: found there or copied into it, set up, and run for one message."""

import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
from inspect_ai.util import ExecResult, SandboxEnvironment

from seer_evals.audits import TargetAgent
from seer_evals.prompting import fill_known
from seer_evals.refusal import Refusal
from seer_evals.sandboxes import exec_unnoticed

BIN = "~/.local/bin"
_ELF = b"\x7fELF"
_SECONDS = 120


@dataclass(frozen=True)
class Program:
    """An agent's program, ready to be run."""

    agent: TargetAgent
    box: SandboxEnvironment
    workspace: str
    home: str
    values: Mapping[str, str]
    """What stands for `{url}` and `{session}`."""

    async def run(self, message: str, first: bool) -> ExecResult[str]:
        """Let it answer a message; it is alone with its files and its model until it ends.

        Raises:
            TimeoutError: It took longer than a turn may; it and all it started is dead.
        """
        command = self.agent.command if first else self.agent.resume or self.agent.command
        argv = [fill_known(word, {**self.values, "message": message}) for word in shlex.split(command)]
        spoken = message if "{message}" not in command else ""
        return await exec_unnoticed(
            self.box,
            ["sh", "-c", 'cd "$1" && shift && PATH="$HOME/.local/bin:$PATH" exec "$@"', "sh", self.workspace, *argv],
            spoken,
            self._variables(),
            timeout=self.agent.seconds,
        )

    def _variables(self) -> dict[str, str]:
        return {name: fill_known(value, self.values) for name, value in self.agent.env.items()}

    def inside(self, path: str) -> str:
        """A path as it is in the sandbox: below the home directory (`~/…`), otherwise below the working directory."""
        return f"{self.home}/{path[2:]}" if path.startswith("~/") else f"{self.workspace}/{path}".replace("//", "/")


async def placed(agent: TargetAgent, box: SandboxEnvironment, workspace: str, port: int) -> Program:
    """The program with its settings in the sandbox.

    Raises:
        Refusal: It is not there, and not on this machine in a form that can be copied.
    """
    home = (await exec_unnoticed(box, ["sh", "-c", 'printf %s "$HOME"'], timeout=_SECONDS)).stdout or "/root"
    values = {"url": f"http://localhost:{port}", "session": str(uuid4())}
    program = Program(agent, box, workspace, home, values)
    await _install(program)
    for path, text in agent.files.items():
        place = path if path.startswith("/") else program.inside(path)
        await _direct(box).write_file(place, fill_known(text, values))
    return program


# Inspect's bridge is open as soon as its proxy has been started, which is before the proxy listens.
_UNTIL_IT_LISTENS = """
import socket, sys, time
while True:
    with socket.socket() as connection:
        if connection.connect_ex(("127.0.0.1", int(sys.argv[1]))) == 0:
            break
    time.sleep(0.02)
"""


async def model_is_there(box: SandboxEnvironment, python: str, port: int) -> None:
    """Wait until the model answers at its port in the sandbox.

    Raises:
        TimeoutError: It does not come.
    """
    await exec_unnoticed(box, [python, "-I", "-c", _UNTIL_IT_LISTENS, str(port)], timeout=_SECONDS)


async def _install(program: Program) -> None:
    """See that the program is there; a copy of this machine's is put there where it is one file."""
    binary = program.agent.binary
    look = 'cd "$2" && PATH="$HOME/.local/bin:$PATH" command -v "$1"'
    found = await exec_unnoticed(program.box, ["sh", "-c", look, "sh", binary, program.workspace], timeout=_SECONDS)
    if found.success:
        return
    here = shutil.which(binary)
    if here is None or not await anyio.to_thread.run_sync(_is_one_file, Path(here)):
        why = "is a script that needs files beside it here" if here else "is not on this machine either"
        raise Refusal(
            f"the target's sandbox has no command {binary!r}, and it {why}: install it where the sandbox is made (on a "
            "workstation, below /usr of this machine), or put a program that is one file on the PATH: it is copied"
        )
    place = program.inside(f"{BIN}/{binary}")
    await _direct(program.box).write_file(place, await anyio.Path(here).read_bytes())
    await exec_unnoticed(program.box, ["chmod", "755", place], timeout=_SECONDS)


def _is_one_file(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ELF)) == _ELF


def _direct(box: SandboxEnvironment) -> Any:
    """The sandbox without Inspect's log of what is done in it, which would hold the program."""
    return box.as_type(SandboxEnvironment)  # type: ignore[type-abstract]
