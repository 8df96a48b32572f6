"""Making a laboratory of another provider's sandbox: its own place, the runtime in it, the files of the workspace."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path
from weakref import WeakSet

import anyio
from inspect_ai.util import SandboxEnvironment

from seer_evals.environment import Environment, FileSpec
from seer_evals.refusal import Refusal
from seer_evals.sandboxes._base import Layout
from seer_evals.sandboxes._foreign import provider_of, why_not
from seer_evals.sandboxes._layout import GENERIC_ROOT, RUNTIME, find_layout, is_lab_sandbox

_SECONDS = 120
_CLAIM = """
import importlib.util, os, sys, tarfile
root, models, *folders = sys.argv[1:]
os.makedirs(os.path.dirname(root), exist_ok=True)
try:
    os.mkdir(root, 0o700)
except FileExistsError:
    sys.exit(f"another laboratory is in {root}: samples do not have a machine of their own there")
if os.path.isdir(models) and os.listdir(models):
    sys.exit(f"{models} is not empty, and is where a sample's weights go")
if missing := [name for name in ("ipykernel", "torch") if importlib.util.find_spec(name) is None]:
    sys.exit(f"its python3 has no {' and no '.join(missing)}: its image has to bring them")
for folder in (models, *folders):
    os.makedirs(folder, exist_ok=True)
"""
"""Refuses a place that is not the sample's own: whoever made the directory first has it."""
_installed: WeakSet[SandboxEnvironment] = WeakSet()
"""The sandboxes that have been claimed, each for its sample: Inspect makes the object anew for every one."""
_UNPACK = "import sys, tarfile; tarfile.open(fileobj=sys.stdin.buffer, mode='r|').extractall(sys.argv[1])"


async def install_runtime(sandbox: SandboxEnvironment) -> None:
    """Put `seer_runtime` into a sandbox of another provider, once; our own have it.

    Raises:
        Refusal: No laboratory can be opened in this sandbox; the message says why.
    """
    if is_lab_sandbox(sandbox):
        return
    name = provider_of(sandbox)
    if name is not None and (reason := why_not(name)):
        raise Refusal(f"no laboratory in the sandbox {name!r}: {reason}")
    if sandbox in _installed:
        return
    layout = await find_layout(sandbox)
    await _python(sandbox, layout, _CLAIM, [GENERIC_ROOT, layout.models, layout.run, layout.runtime])
    await unpack(sandbox, layout, layout.runtime, {"seer_runtime": RUNTIME})
    _installed.add(sandbox)


async def place_files(sandbox: SandboxEnvironment, layout: Layout, environment: Environment) -> None:
    """Copy the files of an environment into the workspace; our own providers have done it.

    Raises:
        Refusal: They could not be copied.
    """
    if not is_lab_sandbox(sandbox):
        await unpack_files(sandbox, layout, environment)


async def unpack_files(sandbox: SandboxEnvironment, layout: Layout, environment: Environment) -> None:
    """Copy the files of an environment into the workspace of any sandbox.

    Raises:
        Refusal: They could not be copied.
    """
    if environment.files:
        await unpack(sandbox, layout, layout.workspace, {each.target: _source(each) for each in environment.files})


def _source(file: FileSpec) -> Path:
    return Path(file.source).expanduser()


async def unpack(sandbox: SandboxEnvironment, layout: Layout, folder: str, sources: Mapping[str, Path]) -> None:
    """Copy files and folders of this machine into a folder of a sandbox, which is made if it is not there.

    Raises:
        Refusal: They could not be copied.
    """
    archive = await anyio.to_thread.run_sync(_packed, sources)
    await _python(sandbox, layout, _UNPACK, [folder], archive)


def _packed(sources: Mapping[str, Path]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", dereference=True) as tar:
        for target, source in sources.items():
            tar.add(source, target, filter=lambda info: None if "__pycache__" in info.name else info)
    return archive.getvalue()


async def _python(
    sandbox: SandboxEnvironment, layout: Layout, code: str, arguments: list[str], given: bytes = b""
) -> None:
    result = await sandbox.exec([layout.python, "-I", "-c", code, *arguments], input=given, timeout=_SECONDS)
    if not result.success:
        raise Refusal(f"no laboratory in this sandbox: {result.stderr.strip()[-800:]}")
