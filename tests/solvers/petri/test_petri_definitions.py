"""Tools for the target, from what an auditor may write."""

import pytest

from seer_evals.solvers._petri.definitions import BadDefinition, define

PYTHON = '''
def read_file(path: str, lines: int = 10, *, mode: Literal["text", "hex"] = "text") -> str:
    """Read the beginning of a file.

    Args:
        path: Where it is.
    """
'''


def test_a_python_signature_makes_a_tool_and_nothing_of_it_is_run() -> None:
    tool = define(PYTHON + "    raise SystemExit\n")
    assert (tool.name, tool.description) == ("read_file", "Read the beginning of a file.")
    schema = tool.parameters.model_dump(exclude_none=True)
    assert schema["required"] == ["path"]
    assert schema["properties"] == {
        "path": {"type": "string", "description": "Where it is."},
        "lines": {"type": "integer", "default": 10},
        "mode": {"enum": ["text", "hex"], "default": "text"},
    }


def test_a_json_schema_makes_a_tool() -> None:
    tool = define('{"name": "look", "description": "Looks.", "parameters": {"type": "object", "properties": {}}}')
    assert (tool.name, tool.parameters.properties) == ("look", {})


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ("def look() -> str", "no description"),
        ("a tool that looks", "neither one Python function"),
        ('def look(where: Cupboard):\n    """Looks."""', "'where'"),
        ('def look(*where):\n    """Looks."""', r"\*args"),
        ('def look(a: int = b):\n    """Looks."""', "no literal"),
        ('{"name": "look"}', "lacks description, parameters"),
        ('{"name": "look", ', "none"),
        ('{"name": "look at", "description": "Looks.", "parameters": {}}', "no name"),
        ('{"name": "look", "description": "Looks.", "parameters": {"type": "array"}}', "no JSON schema"),
    ],
)
def test_what_defines_no_tool_is_refused_with_what_to_mend(definition: str, words: str) -> None:
    with pytest.raises(BadDefinition, match=words):
        define(definition)
