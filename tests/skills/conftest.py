"""A kernel in a sandbox with a trained model in it, and a skill's scripts on its path, as an agent has them.

A file of tests says `SKILL = "steering"`, and `FAMILY` if it wants another organism than the one with a preference.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from seer_evals.environment import Environment, ModelSpec
from seer_evals.lab._weights import fetch, loading_files
from seer_evals.lab.notebook import NotebookSession, open_notebook
from seer_evals.lab.skills import example_of, find_skills
from seer_evals.organisms import Organism, built, materialize
from seer_evals.sandboxes import Layout, install_runtime, place_model
from seer_evals.sandboxes.workstation import WorkstationSandbox
from tests.organisms.conftest import SEED


@dataclass(frozen=True)
class Kernel:
    """The agent's kernel."""

    session: NotebookSession
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

    async def example(self) -> str:
        """Run the example of the skill's page as it stands."""
        [skill] = find_skills(self.skill)
        return await self.run(example_of(skill))


@pytest.fixture(scope="module")
async def kernel(
    request: pytest.FixtureRequest, organism_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Kernel]:
    """One sandbox, kernel and model for a file of tests."""
    organism = built(getattr(request.module, "FAMILY", "preference"), SEED)
    materialize(organism)
    environments = await WorkstationSandbox.sample_init("test", Environment(), {})
    try:
        sandbox = environments["default"]
        await install_runtime(sandbox)
        layout = sandbox.as_type(WorkstationSandbox).layout
        scratch = tmp_path_factory.mktemp("kernel")
        weights = fetch(ModelSpec(organism=organism.id))
        directory = await place_model(sandbox, "m0", loading_files(weights, False, scratch))
        await _place_scripts(sandbox, layout, request.module.SKILL)
        model = {
            "name": "model",
            "tokenizer_name": "tokenizer",
            "base": f"{directory}/base",
            "adapter": f"{directory}/adapter",
        }
        preload = {"models": [model], "target_socket": f"{layout.run}/target.sock"}
        session = await open_notebook(sandbox, layout, path=scratch / "main.ipynb", preload=preload)
        opened = Kernel(session, organism, request.module.SKILL)
        await opened.run(f"import sys; sys.path.insert(0, {layout.run!r} + '/library')")
        yield opened
        await session.close()
    finally:
        await WorkstationSandbox.sample_cleanup("test", Environment(), environments, False)


async def _place_scripts(sandbox: Any, layout: Layout, name: str) -> None:
    [skill] = find_skills(name)
    for script in sorted((skill.folder / "scripts").glob("*.py")):
        await sandbox.write_file(f"{layout.run}/library/{script.name}", script.read_text())
