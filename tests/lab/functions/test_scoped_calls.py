"""What reaches a function of a scoped sandbox, and what comes back."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import numpy as np
import pytest
from inspect_ai.log import transcript
from inspect_ai.model import ContentImage
from inspect_ai.tool import ToolDef
from scoped_support import Place, calls, environment, opened

from seer_evals.inspect_private import Transcript, init_transcript
from seer_evals.lab.functions import CallError, function_tools, kernel_preload
from seer_evals.lab.notebook import NotebookSession, open_notebook


@pytest.fixture(scope="module")
async def notebook(place: Place, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NotebookSession]:
    options = kernel_preload(place.box.layout, serve=False, token=place.gateway.token("kernel main"))
    path = tmp_path_factory.mktemp("notebook") / "main.ipynb"
    session = await open_notebook(place.box, place.box.layout, path=path, preload={"functions": options})
    yield session
    await session.close()


async def run(notebook: NotebookSession, code: str) -> str:
    result = await notebook.run(code)
    assert result.status == "ok", str(result.outputs)[-1500:]
    return "".join(output["data"]["text/plain"] for output in result.outputs if "data" in output)


async def test_a_cell_a_shell_and_the_harness_reach_the_same_function(place: Place, notebook: NotebookSession) -> None:
    assert await run(notebook, "import vault\nvault.add(1, y=5)") == "6"
    assert await place.python("import vault; print(vault.add(1, 6))") == "7\n"
    assert await place.call("add", x=1, y=7) == 8


async def test_the_stub_has_the_functions_signature_and_words(place: Place) -> None:
    shown = await place.python("import vault, inspect; print(inspect.signature(vault.everything)); help(vault.add)")
    assert "(a: 'int', /, b: 'str' = ..., *more: 'float', c: 'bool', d: 'list[int]' = [1, 2], **rest: 'str')" in shown
    assert "even if it is \"three\" ''' or \\." in shown
    assert "hidden" not in await place.python("import vault; print(dir(vault))")


async def test_every_kind_of_parameter_arrives_and_unknown_defaults_are_the_functions_own(place: Place) -> None:
    code = """
import vault
print(vault.everything(1, c=True))
print(vault.everything(1, "b", 0.5, 2, c=False, d=[3], z="last", e="first"))
"""
    assert (await place.python(code)).splitlines() == [
        "(1, 'the', (), True, [1, 2], [])",
        "(1, 'b', (0.5, 2), False, [3], [('e', 'first'), ('z', 'last')])",
    ]


async def test_an_async_function_is_awaited_on_both_sides(notebook: NotebookSession) -> None:
    assert await run(notebook, "import pool\nimport inspect\n[await pool.later(0.1), inspect.isawaitable(pool.later)]")
    assert await run(notebook, "await pool.later(0.1)") == "0.1"


async def test_arrays_and_tensors_cross_by_value(notebook: NotebookSession) -> None:
    code = """
import numpy, torch, pool
half = pool.scale(torch.tensor([1.0, 2.0], dtype=torch.bfloat16), numpy.array([2.0, 4.0], dtype="float32"))
whole = pool.echo({"a": numpy.arange(6, dtype="int16").reshape(2, 3), 3: (torch.ones(0, 2), b"x", float("inf"))})
repr([half, whole["a"].dtype.name, whole["a"].shape, whole[3]])
"""
    assert await run(notebook, code) == repr(
        "[tensor([2., 8.], dtype=torch.bfloat16), 'int16', (2, 3), (tensor([], size=(0, 2)), b'x', inf)]"
    )


async def test_numbers_in_lists_are_taken_for_an_array_where_one_is_wanted(place: Place) -> None:
    assert np.array_equal(await place.call("scale", "pool", vector=[1.0, 2.0], weights=[3.0, 4.0]), [3.0, 8.0])


async def test_an_object_crosses_as_the_text_that_it_shows(place: Place, notebook: NotebookSession) -> None:
    assert await run(notebook, "import vault\nvault.table()") == "| a | b |"
    with pytest.raises(CallError, match=r"^TypeError: a value of type object cannot cross; return None, numbers"):
        await place.call("fail", how="object")


async def test_32_mib_cross_in_both_directions_and_33_are_refused(notebook: NotebookSession) -> None:
    code = """
import hashlib, os
data = os.urandom(32 * 2**20)
back = pool.echo(data)
try:
    pool.echo(bytes(33 * 2**20))
except ValueError as error:
    refused = str(error)
[back == data, refused]
"""
    [same, refused] = eval(await run(notebook, code))
    assert same is True
    assert refused == "34603008 bytes in one call, of at most 33554432 (32 MiB); call several times"


async def test_calls_queue_in_order_unless_the_interface_is_concurrent(place: Place, notebook: NotebookSession) -> None:
    code = """
import time, vault, pool
from concurrent.futures import ThreadPoolExecutor
def timed(module):
    begin = time.perf_counter()
    with ThreadPoolExecutor(8) as threads:
        futures = []
        for number in range(8):
            futures.append(threads.submit(module.slow, number, 0.3))
            time.sleep(0.02)
        answers = [future.result() for future in futures]
    return time.perf_counter() - begin, max(answers, key=len)
[timed(vault), timed(pool)]
"""
    [(queued, order), (at_once, _)] = eval(await run(notebook, code))
    assert order == list(range(8))
    assert queued >= 8 * 0.3
    assert at_once < queued / 2


async def test_a_tool_gets_text_and_figures(place: Place) -> None:
    # Those of the patient sandbox: the first figure imports matplotlib.
    functions = [function for function in place.gateway.functions if function.module == "pool"]
    tools = {ToolDef(tool).name: tool for tool in function_tools(functions, place.gateway.call_tool)}
    assert await tools["add"](x=1) == "3"
    drawn = await tools["figure"]()
    assert isinstance(drawn, list)
    [image] = drawn
    assert isinstance(image, ContentImage) and image.image.startswith("data:image/png;base64,")


async def test_every_call_is_an_event_with_its_caller_and_duration(tmp_path: Path) -> None:
    init_transcript(Transcript())
    async with opened(environment(tmp_path)) as place:
        await place.call("slow", number=1, seconds=0.1)
        await place.python("import vault; vault.add(1, 2)")
        await place.python("import vault\nvault.echo('x' * 9999)", token=place.gateway.token("kernel side"))
        await place.python("import vault\nvault.fail('raise')")
        with pytest.raises(CallError):
            await place.gateway.call_tool(place.function("add"), {"x": "a"})
    slow, add, echo, fail, refused = calls(transcript().events)
    assert (slow["caller"], slow["sandbox"], slow["function"], slow["outcome"]) == ("harness", "vault", "slow", "ok")
    assert 0.1 <= slow["seconds"] < 1
    assert (add["caller"], add["arguments"]) == ("shell", {"x": "1", "y": "2"})
    assert echo["caller"] == "kernel side" and echo["arguments"]["value"] == "x" * 200 + "…"
    assert fail["outcome"] == "ValueError: layer 99 does not exist"
    assert refused["caller"] == "tool" and refused["outcome"].startswith("TypeError: add(): argument 'x' must be")


@pytest.mark.slow
async def test_four_samples_at_once_do_not_cross(tmp_path: Path) -> None:
    said: dict[int, str] = {}

    async def sample(number: int) -> None:
        async with opened(environment(tmp_path)) as place:
            said[number] = await place.python(
                f"import vault, pool\nfor _ in range(20): pool.echo({number})\nprint(vault.slow({number}, 0.2))"
            )

    async with anyio.create_task_group() as group:
        for number in range(4):
            group.start_soon(sample, number)
    assert said == {number: f"[{number}]\n" for number in range(4)}


async def test_a_call_from_a_cell_costs_less_than_ten_milliseconds(notebook: NotebookSession) -> None:
    code = """
import time, vault
def cost():
    begin = time.perf_counter()
    vault.add(1)
    return time.perf_counter() - begin
min(cost() for _ in range(200))
"""
    assert float(await run(notebook, code)) < 0.010


async def test_what_is_open_ends_with_the_sample(tmp_path: Path) -> None:
    async with opened(environment(tmp_path)) as place:
        pids = [box.as_type(type(place.box))._started.supervised.process.pid for box in place.boxes.values()]
    began = time.monotonic()
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() - began < 5:
        await anyio.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
