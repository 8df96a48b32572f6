"""A kernel in a sandbox with a trained model in it, and all skills' scripts on its path, as an agent has them.

A file of tests says `SKILL = "steering"`, and `FAMILY` if it wants another organism than the one with a preference.
Kernels are shared by all files, so these run in the session's event loop: `pytestmark = in_shared_kernel`.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from inspect_ai.util import SandboxEnvironment

from seer_evals.environment import Environment, FileSpec, ModelSpec
from seer_evals.lab._weights import fetch, loading_files
from seer_evals.lab.notebook import NotebookSession, open_notebook
from seer_evals.lab.skills import available_skills, example_of, find_skills
from seer_evals.organisms import Organism, built, materialize, twin_of
from seer_evals.sandboxes import Layout, install_runtime, place_model
from seer_evals.sandboxes.workstation import WorkstationSandbox
from tests.organisms.conftest import SEED

in_shared_kernel = pytest.mark.asyncio(loop_scope="session")

SWAP = "model, twin = twin, model"


@dataclass(frozen=True)
class Kernel:
    """The agent's kernel: `model` and `tokenizer` are the organism's, `twin` is its clean twin."""

    session: NotebookSession
    sandbox: SandboxEnvironment
    layout: Layout
    organism: Organism
    skill: str

    async def run(self, code: str) -> str:
        """What a cell prints and shows; it must not fail."""
        result = await self.session.run(code)
        texts = [
            str(output.get("text") or output.get("data", {}).get("text/plain") or output.get("traceback") or "")
            for output in result.outputs
        ]
        assert result.status == "ok", "\n".join(texts)
        return "".join(texts)

    async def value(self, expression: str) -> Any:
        """The value of an expression that JSON can hold."""
        return json.loads(await self.run(f"import json; print(json.dumps({expression}))"))

    async def example(self, *, twin: bool = False) -> str:
        """Run the example of the skill's page as it stands, with the organism or its clean twin as `model`."""
        [skill] = find_skills(self.skill)
        if not twin:
            return await self.run(example_of(skill))
        await self.run(SWAP)
        try:
            return await self.run(example_of(skill))
        finally:
            await self.run(SWAP)


@dataclass(frozen=True)
class Opened:
    """A kernel and the sandbox that it is in."""

    kernel: Kernel
    environments: dict[str, SandboxEnvironment]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def open_kernel(
    organism_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Callable[[str], Awaitable[Kernel]]]:
    """Opens the one kernel of a family."""
    opened: dict[str, Opened] = {}

    async def get(family: str) -> Kernel:
        if family not in opened:
            opened[family] = await _open(built(family, SEED), tmp_path_factory.mktemp("kernel"))
        return opened[family].kernel

    yield get
    for each in opened.values():
        await each.kernel.session.close()
        await WorkstationSandbox.sample_cleanup("test", Environment(), each.environments, False)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kernel(request: pytest.FixtureRequest, open_kernel: Callable[[str], Awaitable[Kernel]]) -> Kernel:
    """The kernel of the file's family, for the file's skill."""
    shared = await open_kernel(getattr(request.module, "FAMILY", "preference"))
    return Kernel(shared.session, shared.sandbox, shared.layout, shared.organism, request.module.SKILL)


async def _open(organism: Organism, scratch: Path) -> Opened:
    # A file of its own, so that no evaluation in this process shares its template and removes it at its end.
    (scratch / "README").write_text("Nothing.\n")
    environment = Environment(files=(FileSpec(source=str(scratch / "README"), target="README"),))
    environments = await WorkstationSandbox.sample_init("test", environment, {})
    try:
        sandbox = environments["default"]
        await install_runtime(sandbox)
        layout = sandbox.as_type(WorkstationSandbox).layout
        models = [
            await _place(sandbox, organism, scratch, "model", "tokenizer"),
            await _place(sandbox, twin_of(organism), scratch, "twin", "twin_tokenizer"),
        ]
        await asyncio.gather(*(_place_scripts(sandbox, layout, name) for name in available_skills()))
        preload = {"models": models, "target_socket": f"{layout.run}/target.sock"}
        session = await open_notebook(sandbox, layout, path=scratch / "main.ipynb", preload=preload)
        kernel = Kernel(session, sandbox, layout, organism, "")
        await kernel.run(f"import sys; sys.path.insert(0, {layout.run!r} + '/library')")
        return Opened(kernel, environments)
    except BaseException:
        await WorkstationSandbox.sample_cleanup("test", Environment(), environments, False)
        raise


async def _place(sandbox: SandboxEnvironment, organism: Organism, scratch: Path, name: str, tokenizer: str) -> Any:
    materialize(organism)
    (scratch / name).mkdir()
    files = loading_files(fetch(ModelSpec(organism=organism.id)), False, scratch / name)
    directory = await place_model(sandbox, name, files)
    return {
        "name": name,
        "tokenizer_name": tokenizer,
        "base": f"{directory}/base",
        "adapter": f"{directory}/adapter",
    }


async def _place_scripts(sandbox: SandboxEnvironment, layout: Layout, name: str) -> None:
    [skill] = find_skills(name)
    for path, source in skill.scripts.items():
        await sandbox.write_file(f"{layout.run}/library/{path}", source.read_text())
