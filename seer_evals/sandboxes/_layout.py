"""Where a sandbox keeps things, for our own providers and for any other that can run a command."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from inspect_ai.util import SandboxEnvironment

from seer_evals.sandboxes._base import Isolation, LabSandbox, Layout, Placed, Process
from seer_evals.sandboxes._exec_process import ExecProcess

RUNTIME = Path(__file__).parent.parent / "runtime"
GENERIC_ROOT = "/var/tmp/lab"


def as_lab_sandbox(sandbox: SandboxEnvironment) -> LabSandbox | None:
    """The sandbox as one of our own providers', or None if it is of another."""
    try:
        return sandbox.as_type(LabSandbox)  # type: ignore[type-abstract]  # any of our providers'
    except TypeError:
        return None


def is_lab_sandbox(sandbox: SandboxEnvironment) -> bool:
    """Whether a sandbox is of one of our own providers."""
    return as_lab_sandbox(sandbox) is not None


async def open_process(
    sandbox: SandboxEnvironment, layout: Layout, command: Sequence[str], env: Mapping[str, str] | None = None
) -> Process:
    """Start a process and hold it by its streams; see `LabSandbox.open_process`."""
    if lab_sandbox := as_lab_sandbox(sandbox):
        return await lab_sandbox.open_process(command, env)
    return await ExecProcess.open(sandbox, layout, command, env)


async def find_layout(sandbox: SandboxEnvironment) -> Layout:
    """The paths of a sandbox; those of another provider's are conventional and exist after `install_runtime`."""
    if lab_sandbox := as_lab_sandbox(sandbox):
        return lab_sandbox.layout
    workspace = (await sandbox.exec(["pwd"])).stdout.strip()
    return Layout(
        python="python3",
        runtime=f"{GENERIC_ROOT}/runtime",
        run=f"{GENERIC_ROOT}/run",
        models="/models",
        workspace=workspace,
    )


def find_isolation(sandbox: SandboxEnvironment) -> Isolation:
    """What a sandbox keeps apart; of another provider's we know nothing."""
    if lab_sandbox := as_lab_sandbox(sandbox):
        return lab_sandbox.isolation
    return Isolation(
        complete=False, missing=("not a provider of ours: its isolation is as its own documentation says",)
    )


def ceilings_met(sandbox: SandboxEnvironment) -> str:
    """Which of a sandbox's ceilings was met since this was last asked, in words; empty if none was, or nobody knows."""
    lab_sandbox = as_lab_sandbox(sandbox)
    return lab_sandbox.ceilings_met() if lab_sandbox else ""


def provided_model(sandbox: SandboxEnvironment, name: str) -> Placed | None:
    """A model that the provider has put in place itself; see `LabSandbox.provided_model`."""
    lab_sandbox = as_lab_sandbox(sandbox)
    return lab_sandbox.provided_model(name) if lab_sandbox else None


async def place_model(sandbox: SandboxEnvironment, name: str, files: Mapping[str, Path]) -> str:
    """Put weights into a sandbox under a neutral name; see `LabSandbox.place_model`."""
    if lab_sandbox := as_lab_sandbox(sandbox):
        return await lab_sandbox.place_model(name, files)
    return await write_model(sandbox, f"{(await find_layout(sandbox)).models}/{name}", files)


async def write_model(sandbox: SandboxEnvironment, directory: str, files: Mapping[str, Path]) -> str:
    """Write weights into a directory of any sandbox, which is returned; nothing in it can be written to afterwards."""
    for relative, path in files.items():
        await sandbox.write_file(f"{directory}/{relative}", path.read_bytes())
    await sandbox.exec(["chmod", "-R", "a-w", directory])
    return directory
