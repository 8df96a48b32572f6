"""What can be answered in the place of the kernel that serves a library: if it is nonsense, an error of the call."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from inspect_ai.model import ContentImage

from seer_evals.environment import Environment
from seer_evals.lab.functions import CallError, KernelFunctions, describe
from seer_evals.sandboxes.workstation import WorkstationSandbox

SOURCE = '''
from seer_runtime import expose

@expose
def look() -> str:
    """Look."""
    return ""
'''
FORGER = """
import os, socket
listener = socket.socket(socket.AF_UNIX)
listener.bind("/lab/run/functions.sock")
listener.listen(50)
if os.fork(): os._exit(0)
for fd in range(3): os.dup2(os.open(os.devnull, os.O_RDWR), fd)
while True:
    connection, _ = listener.accept()
    connection.makefile("rb").readline()
    connection.sendall(open("/tmp/answer", "rb").read())
    connection.close()
"""
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
NONSENSE = [
    " ",
    "nonsense",
    "[]",
    "{}",
    '{"text": 5, "images": []}',
    '{"text": "x"}',
    '{"text": "x", "images": "y"}',
    '{"text": "x", "images": [5]}',
    '{"text": "' + "x" * 500_000 + '", "images": []}',
    json.dumps({"text": "x", "images": [DOT] * 100}),
    '{"error": "x"}',
    '{"error": {"type": "X"}}',
    '{"error": {"type": ["X"], "message": "y"}}',
    "[" * 900 + "]" * 900,
    '{"text": ' + "9" * 5000 + "}",
]


@pytest.fixture(scope="module")
async def box() -> AsyncIterator[WorkstationSandbox]:
    boxes = await WorkstationSandbox.sample_init("test", Environment(), {})
    box = boxes["default"].as_type(WorkstationSandbox)
    assert (await box.exec([box.layout.python, "-c", FORGER])).success
    yield box
    await WorkstationSandbox.sample_cleanup("test", Environment(), boxes, False)


async def answered(box: WorkstationSandbox, tmp_path: Path, answer: str) -> object:
    source = tmp_path / "looking.py"
    source.write_text(SOURCE)
    await box.write_file("/tmp/answer", answer + "\n")
    return await KernelFunctions(box, box.layout).call(describe(source)[0], {}, timeout=20)


@pytest.mark.parametrize("answer", NONSENSE)
async def test_nonsense_is_an_error_of_the_call(box: WorkstationSandbox, tmp_path: Path, answer: str) -> None:
    with pytest.raises(CallError, match="cannot be read"):
        await answered(box, tmp_path, answer)


async def test_what_is_an_answer_is_taken(box: WorkstationSandbox, tmp_path: Path) -> None:
    assert await answered(box, tmp_path, '{"text": "\\ud800", "images": []}') == "\ufffd"
    shown = await answered(box, tmp_path, json.dumps({"text": "", "images": [DOT, "AAAA"]}))
    assert isinstance(shown, list) and isinstance(shown[-1], ContentImage) and "is no image/png" in str(shown[0])
    with pytest.raises(CallError, match=r"^X: \ufffd$"):
        await answered(box, tmp_path, '{"error": {"type": "X", "message": "\\ud800"}}')
