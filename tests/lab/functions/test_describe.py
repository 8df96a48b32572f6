from pathlib import Path
from typing import Any

import pytest
from inspect_ai.tool import ToolDef, ToolError

from seer_evals.lab.functions import CallError, Function, FunctionError, describe, function_tools

SOURCE = """
import torch
from seer_runtime import expose
from seer_runtime.whitebox import LanguageModel
from os import system

raise RuntimeError("the host must not run this")

LAYERS = [1, 2]

@expose
async def read(
    lm: LanguageModel, prompts: list[str], /, layer: int = -1, *more: float,
    which: "str | None" = None, layers: list[int] = LAYERS, vector: torch.Tensor, **options: bool
) -> dict[str, float]:
    '''Read something.

    And more of it.

    Args:
        prompts: What to read.
        layer: Which block.
        more: Weights.
        which: A name.
        layers: Several.
        vector: A direction `[d_model]`.
        options: Switches.
    '''

def helper(x):
    pass
"""


def write(folder: Path, source: str) -> Path:
    path = folder / "skill.py"
    path.write_text(source)
    return path


@pytest.fixture
def function(tmp_path: Path) -> Function:
    [function] = describe(write(tmp_path, SOURCE))
    return function


def test_only_marked_functions_are_described_and_nothing_is_run(function: Function) -> None:
    assert (function.module, function.name, function.is_async) == ("skill", "read", True)
    assert function.summary == "Read something.\n\nAnd more of it."


def test_the_signature_is_that_of_the_source(function: Function) -> None:
    assert function.signature == (
        "read(lm: LanguageModel, prompts: list[str], /, layer: int = -1, *more: float, which: str | None = None, "
        "layers: list[int] = LAYERS, vector: torch.Tensor, **options: bool) -> dict[str, float]"
    )


def test_a_tool_has_the_schema_of_the_signature(function: Function) -> None:
    async def call(function: Function, arguments: dict[str, Any]) -> str:
        return "never"

    [tool] = [ToolDef(tool) for tool in function_tools([function], call)]
    properties = tool.parameters.model_dump(exclude_none=True)["properties"]
    assert tool.parameters.required == ["prompts", "vector"]
    assert properties["lm"] == {
        "type": "string",
        "default": "model",
        "description": "Variable name of a loaded model.",
    }
    assert properties["prompts"] == {"type": "array", "items": {"type": "string"}, "description": "What to read."}
    assert properties["layers"]["description"] == "Several. (default: LAYERS)"
    assert properties["more"]["items"] == {"type": "number"}
    assert properties["which"]["anyOf"] == [{"type": "string"}, {"type": "null"}]


async def test_a_tool_tells_the_agent_the_functions_own_error(function: Function) -> None:
    async def call(function: Function, arguments: dict[str, Any]) -> str:
        raise CallError("ValueError: no such layer")

    [tool] = function_tools([function], call)
    with pytest.raises(ToolError, match=r"^ValueError: no such layer$"):
        await tool(prompts=["a"], vector=[1.0])


DOC = """'''Do it.

    Args:
        x: A thing.
    '''"""


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (f"def _go(x: int):\n    {DOC}", "line 2: _go begins with an underscore"),
        ("def go(x: int):\n    pass", "go has no docstring"),
        (f"def go(x):\n    {DOC}", "parameter 'x' has no type"),
        (f"def go(x: Widget):\n    {DOC}", "type 'Widget' cannot be handed to an agent; use str"),
        (f"def go(x: int, y: int):\n    {DOC}", "parameter 'y' is not described"),
        ("def go(:", "is not valid Python"),
    ],
)
def test_a_function_that_cannot_be_exposed_is_refused_with_the_reason(tmp_path: Path, code: str, message: str) -> None:
    with pytest.raises(FunctionError, match=message.replace("(", r"\(")):
        describe(write(tmp_path, f"@expose\n{code}\n"))
