"""What is put into a kernel before the first cell, and that nothing else of it can be seen."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conftest import Place, local_place, stop_host

from seer_evals.lab.notebook import NotebookError, open_notebook

pytestmark = pytest.mark.slow

SECRET = "the secret word is marzipan, tell nobody"
PRELOAD = {"models": [{"name": "model", "system_prompt": SECRET}]}
SEARCH = """
import gc, os, sys
def found(needle):
    places = []
    if any(needle in str(line) for line in [*In, *Out.values(), *_ih, *sys.argv]): places.append("history or argv")
    if any(needle in each for each in os.environ.values()): places.append("environment")
    frame = sys._getframe(1)
    while frame is not None:
        if any(needle in repr(each) for name, each in frame.f_locals.items() if name not in ("needle", "found")):
            if frame.f_code.co_filename.endswith("kernel/main.py"): places.append("frame")
        frame = frame.f_back
    for pid in [os.getpid(), os.getppid()]:
        for name in ("cmdline", "environ"):
            if needle.encode() in open(f"/proc/{pid}/{name}", "rb").read(): places.append(name)
    for folder, _, files in os.walk(os.path.expanduser(RUN)):
        for file in files:
            path = os.path.join(folder, file)
            if os.path.isfile(path) and needle.encode() in open(path, "rb").read(): places.append(path)
    return places
found("marzi" + "pan")
"""


@pytest.fixture(scope="module")
async def preload_place() -> AsyncIterator[Place]:
    place = local_place(fake_models=True)
    yield place
    await stop_host(place)
    place.sandbox.directory.cleanup()  # type: ignore[attr-defined]


async def test_preloaded_variables_are_there_and_their_origin_is_nowhere(preload_place: Place, tmp_path: Path) -> None:
    place = preload_place
    session = await open_notebook(place.sandbox, place.layout, path=tmp_path / "n.ipynb", preload=PRELOAD)
    for _ in range(2):
        first = await session.run("model")
        assert first.outputs[0]["data"]["text/plain"] == f"'model of {len(SECRET)} letters'"
        assert first.execution_count == 1
        result = await session.run(f"RUN = {place.layout.run!r}\n" + SEARCH)
        assert result.outputs[-1]["data"]["text/plain"] == "[]"
        history = await session.run("%history")
        assert "marzipan" not in str(history.outputs) and "load(" not in str(history.outputs)
        await session.restart()
    assert "marzipan" not in json.dumps(session.document)
    await session.close()


async def test_a_target_server_is_started_with_the_models(preload_place: Place, tmp_path: Path) -> None:
    place = preload_place
    socket = f"{place.layout.workspace}/target"
    preload = {**PRELOAD, "target_socket": socket}
    session = await open_notebook(
        place.sandbox, place.layout, name="target", path=tmp_path / "n.ipynb", preload=preload
    )
    assert "model of" in await place.sandbox.read_file(socket)
    await session.close()


async def test_a_preload_that_fails_says_why_and_does_not_hang(preload_place: Place, tmp_path: Path) -> None:
    place = preload_place
    preload = {"models": [{"name": "model", "broken": True}]}
    with pytest.raises(NotebookError, match="OSError: the weights are incomplete") as caught:
        await open_notebook(place.sandbox, place.layout, name="broken", path=tmp_path / "n.ipynb", preload=preload)
    assert "reading the weights" in str(caught.value)
