"""Tools for the target, from what an auditor may write."""

import json

import pytest

from seer_evals.audits import Seed, TargetTool, find_seeds
from seer_evals.solvers._petri.definitions import BadDefinition, define, described

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
        "mode": {"type": "string", "enum": ["text", "hex"], "default": "text"},
    }


UNTYPED = 'def look(where, far=2, near=True, how=0.5, what=None, all=[1]):\n    """Looks."""'


@pytest.mark.parametrize(
    ("definition", "types"),
    [
        (UNTYPED, "string integer boolean number string array"),
        ('def look(where: list, which: Any):\n    """Looks."""', "array string"),
        (
            '{"name": "look", "description": "L", "parameters": {"properties": {"where": {}}, "type": "object"}}',
            "string",
        ),
    ],
)
def test_a_parameter_that_says_no_type_has_one(definition: str, types: str) -> None:
    properties = define(definition).parameters.model_dump(exclude_none=True)["properties"]
    assert [each["type"] for each in properties.values()] == types.split()
    assert all(each["type"] != "array" or each["items"] for each in properties.values())


def test_what_is_inside_a_parameter_has_a_type_too() -> None:
    inside = {"who": {}, "why": {"description": "A reason."}}
    properties = {
        "one": {"type": "object", "properties": inside},
        "two": {"type": "array", "items": {}},
        "three": {"anyOf": [{}, {"type": "null"}]},
        "four": {"items": {"properties": inside}},
        "five": {"type": "array", "items": {"type": "array"}},
    }
    parameters = {"type": "object", "properties": properties}
    tool = define(json.dumps({"name": "look", "description": "Looks.", "parameters": parameters}))
    made = tool.parameters.model_dump(exclude_none=True)["properties"]
    typed = {"who": {"type": "string"}, "why": {"type": "string", "description": "A reason."}}
    assert made == {
        "one": {"type": "object", "properties": typed},
        "two": {"type": "array", "items": {"type": "string"}},
        "three": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "four": {"type": "array", "items": {"type": "object", "properties": typed}},
        "five": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
    }


@pytest.mark.parametrize("seed", find_seeds("all"), ids=lambda seed: seed.id)
def test_the_tools_of_every_seed_can_be_given_to_a_target(seed: Seed) -> None:
    for tool in seed.tools:
        made = described(tool)
        assert (made.name, made.description) == (tool.name, tool.description)
        assert list(made.parameters.properties) == [part.split(":")[0] for part in names_in(tool.parameters)]
        assert all(each.type or each.enum for each in made.parameters.properties.values())


def names_in(parameters: str) -> list[str]:
    """The arguments of a signature, without commas inside brackets."""
    depth, parts = 0, [""]
    for character in parameters:
        depth += {"[": 1, "]": -1}.get(character, 0)
        parts = [*parts, ""] if character == "," and not depth else [*parts[:-1], parts[-1] + character]
    return [part.strip() for part in parts if part.strip()]


def test_a_tool_that_takes_nothing_has_no_parameters() -> None:
    tool = TargetTool(name="run_tests", description='Runs "all" tests.')
    assert described(tool).parameters.properties == {} and described(tool).description == 'Runs "all" tests.'


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
