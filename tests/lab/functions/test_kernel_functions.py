"""Functions that run in the kernel's process, called from outside of it."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from inspect_ai.model import ContentImage, ContentText
from inspect_ai.util import SandboxEnvironment

from seer_evals.environment import Environment
from seer_evals.lab.functions import CallError, Function, KernelFunctions, describe, kernel_preload, library_dir
from seer_evals.lab.notebook import NotebookSession, open_notebook
from seer_evals.sandboxes.workstation import WorkstationSandbox

MODULE = '''
from seer_runtime import expose

state = []

class Table:
    def __str__(self):
        return "| a |"

@expose
def remember(word: str, *more: str) -> list[str]:
    """Remember.

    Args:
        word: What.
        more: What else.
    """
    state.extend([word, *more])
    return state

@expose
async def later() -> Table:
    """Come later."""
    import asyncio
    await asyncio.sleep(0.01)
    return Table()

@expose
def draw() -> str:
    """Draw."""
    import matplotlib.pyplot as plt
    plt.figure(figsize=(1, 1)).gca().plot([1, 2])
    return "a line"

@expose
def much() -> str:
    """Say much."""
    return "x" * 100_000

@expose
def fail() -> None:
    """Fail."""
    {}["key"]

@expose
def hang() -> None:
    """Hang."""
    while True:
        pass

@expose
def die() -> None:
    """Die."""
    import os
    os._exit(9)
'''


class Kernel:
    """A kernel with a library of one module."""

    def __init__(self, session: NotebookSession, functions: KernelFunctions, described: list[Function]) -> None:
        self.session = session
        self.functions = functions
        self._described = {function.name: function for function in described}

    async def call(self, name: str, timeout: float = 20, **arguments: Any) -> Any:
        return await self.functions.call(self._described[name], arguments, timeout)


@pytest.fixture(scope="module")
async def kernel(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kernel]:
    folder = tmp_path_factory.mktemp("library")
    (folder / "words.py").write_text(MODULE)
    config = Environment()
    await WorkstationSandbox.task_init("startup", config)
    boxes: dict[str, SandboxEnvironment] = await WorkstationSandbox.sample_init("task", config, {})
    box = boxes["default"].as_type(WorkstationSandbox)
    await box.write_file(f"{library_dir(box.layout)}/words.py", MODULE)
    preload = {"functions": kernel_preload(box.layout, serve=True)}
    session = await open_notebook(box, box.layout, path=folder / "main.ipynb", preload=preload)
    yield Kernel(session, KernelFunctions(box, box.layout), describe(folder / "words.py"))
    await WorkstationSandbox.sample_cleanup("task", config, boxes, False)


async def test_a_call_and_a_cell_share_one_process(kernel: Kernel) -> None:
    assert await kernel.call("remember", word="a", more=["b"]) == '["a", "b"]'
    result = await kernel.session.run("import words; words.state.append('c')")
    assert result.status == "ok"
    assert await kernel.call("remember", word="d") == '["a", "b", "c", "d"]'


async def test_text_is_bounded_and_figures_come_as_images(kernel: Kernel) -> None:
    assert await kernel.call("later") == "| a |"
    text = await kernel.call("much")
    assert len(text) < 17_000 and text.endswith("… (cut: 100000 characters in all)")
    words, image = await kernel.call("draw")
    assert isinstance(words, ContentText) and words.text == "a line" and isinstance(image, ContentImage)


async def test_a_call_waits_for_the_cell_and_says_so_if_it_waits_too_long(kernel: Kernel) -> None:
    cell = asyncio.create_task(kernel.session.run("import time; time.sleep(2)"))
    await asyncio.sleep(0.5)
    with pytest.raises(CallError, match=r"a cell has been running for 0.2 seconds, so the function was not called"):
        await kernel.call("remember", timeout=0.2, word="never")
    assert "never" not in await kernel.call("remember", word="at last")
    assert (await cell).status == "ok"
    assert "never" not in await kernel.call("remember", word="and later")


async def test_errors_are_told_and_misfits_refused(kernel: Kernel) -> None:
    with pytest.raises(CallError, match=r"^KeyError: 'key'$"):
        await kernel.call("fail")
    with pytest.raises(CallError, match="argument 'word' must be of type string"):
        await kernel.call("remember", word=1)


async def test_a_call_that_takes_too_long_is_interrupted_and_the_kernel_lives(kernel: Kernel) -> None:
    began = time.monotonic()
    with pytest.raises(CallError, match=r"TimeoutError: the function took longer than 0.5 seconds and was interrupted"):
        await kernel.call("hang", timeout=0.5)
    assert time.monotonic() - began < 5
    assert "a" in await kernel.call("remember", word="x")


async def test_the_death_of_the_kernel_is_told_and_a_restart_serves_again(kernel: Kernel) -> None:
    with pytest.raises(CallError, match=r"die\(\) could not be called, or ended its process.*restart it"):
        await kernel.call("die")
    with pytest.raises(CallError, match="restart it"):
        await kernel.call("remember", word="x")
    await kernel.session.restart()
    assert await kernel.call("remember", word="new") == '["new"]'


async def test_the_socket_is_for_its_user_only(kernel: Kernel) -> None:
    box = kernel.functions._sandbox.as_type(WorkstationSandbox)
    listed = await box.exec(["stat", "--format=%a", f"{box.layout.run}/functions.sock"])
    assert listed.stdout == "600\n"
