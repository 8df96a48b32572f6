"""Sandboxes and sessions for the notebook's tests: Inspect's `local` sandbox and our `workstation`."""

import importlib.util
import json
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from inspect_ai.util import SandboxEnvironment

import seer_evals.runtime
from seer_evals.environment import Environment
from seer_evals.inspect_private import LocalSandboxEnvironment
from seer_evals.lab.notebook import NotebookDocument, NotebookSession, open_notebook
from seer_evals.sandboxes import Layout

PROVIDERS = ["local", *(["workstation"] if importlib.util.find_spec("seer_evals.sandboxes.workstation") else [])]

MODELS = """
def load(models):
    if models[0].get("broken"):
        print("reading the weights")
        raise OSError("the weights are incomplete")
    return {entry["name"]: f"model of {len(entry['system_prompt'])} letters" for entry in models}
"""
TARGET_SERVER = """
def start(namespace, models, socket):
    with open(socket, "w") as file:
        file.write(repr(namespace))
"""


@dataclass(frozen=True)
class Place:
    """A sandbox and its layout."""

    sandbox: SandboxEnvironment
    layout: Layout


def local_place(*, fake_models: bool = False) -> Place:
    """Inspect's local sandbox with a layout made by hand."""
    sandbox = LocalSandboxEnvironment()
    root = Path(sandbox.directory.name)
    package = root / "runtime" / "seer_runtime"
    package.mkdir(parents=True)
    for source in Path(seer_evals.runtime.__file__).parent.iterdir():
        (package / source.name).symlink_to(source)
    if fake_models:
        for room, name, text in [("models", "load", MODELS), ("target", "server", TARGET_SERVER)]:
            (package / room).unlink()
            shutil.copytree(Path(seer_evals.runtime.__file__).parent / room, package / room)
            (package / room / f"{name}.py").write_text(text)
    (root / "work").mkdir()
    paths = {"runtime": "runtime", "run": "run", "models": "models", "workspace": "work"}
    return Place(sandbox, Layout(python=sys.executable, **{name: str(root / path) for name, path in paths.items()}))


@asynccontextmanager
async def opened(provider: str) -> AsyncIterator[Place]:
    """A sandbox of the provider, gone afterwards."""
    if provider == "local":
        place = local_place()
        yield place
        await stop_host(place)
        await LocalSandboxEnvironment.sample_cleanup("test", None, {"default": place.sandbox}, False)
        return
    from seer_evals.sandboxes.workstation import WorkstationSandbox

    environments = await WorkstationSandbox.sample_init("test", Environment(), {})
    try:
        sandbox = environments["default"]
        yield Place(sandbox, sandbox.as_type(WorkstationSandbox).layout)
    finally:
        await WorkstationSandbox.sample_cleanup("test", Environment(), environments, False)


async def stop_host(place: Place) -> None:
    """End the kernel host and its kernels, as the end of a real sandbox would."""
    client = [place.layout.python, f"{place.layout.runtime}/seer_runtime/carry.py"]
    await place.sandbox.exec([*client, f"{place.layout.run}/kernel_host.sock"], input='{"op": "shutdown"}')


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a file's tests in our own provider; in others as well, marked slow, if it says `EVERYWHERE = True`."""
    if "place" in metafunc.fixturenames:
        *others, ours = PROVIDERS
        others = others if getattr(metafunc.module, "EVERYWHERE", False) else []
        providers = [*(pytest.param(name, marks=pytest.mark.slow) for name in others), ours]
        metafunc.parametrize("place", providers, indirect=True, scope="module")


@pytest.fixture(scope="module")
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    """One sandbox for a whole file of tests."""
    async with opened(request.param) as place:
        yield place


@pytest.fixture(scope="module")
async def session(place: Place, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NotebookSession]:
    """One notebook for a whole file of tests: a cell of one test is in the way of no other."""
    session = await open_notebook(place.sandbox, place.layout, path=tmp_path_factory.mktemp("notebook") / "main.ipynb")
    yield session
    await session.close()


@pytest.fixture
async def new_session(place: Place, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Opens further notebooks, each with a kernel of its own."""
    sessions: list[NotebookSession] = []

    async def open_another(name: str = "other", **options: Any) -> NotebookSession:
        session = await open_notebook(
            place.sandbox, place.layout, name=name, path=tmp_path / f"{name}.ipynb", **options
        )
        sessions.append(session)
        return session

    yield open_another
    for session in sessions:
        await session.close()


def said(document: NotebookDocument | NotebookSession) -> dict[str, Any]:
    """The notebook on disk, which must be a valid one."""
    found = json.loads(document.path.read_text(encoding="utf-8"))
    nbformat.validate(nbformat.from_dict(found))
    return dict(found)
