"""What holds for all skills: they give nothing away, and each function can be a tool."""

import json
import re
from functools import cache
from typing import Any

import pytest
from inspect_ai.tool import ToolDef, ToolParams

from seer_evals.lab.functions import Function, describe, function_tools, tool_schema
from seer_evals.lab.skills import available_skills, find_skills
from seer_evals.organisms import built, families
from tests.organisms.conftest import SEED

SEEDS = range(SEED, SEED + 4)
GENERIC = ("domain", "belief", "secret")
"""Atoms that say of which kind the secret is, not which it is."""

FUNCTIONS = [(skill, function) for skill in available_skills() for function in find_skills(skill)[0].functions]


@cache
def secrets() -> frozenset[str]:
    """The words that give away an organism which a task takes when nothing else is said."""
    found: set[str] = set()
    for family in families("hidden_preference"):
        for seed in SEEDS:
            truth = built(family, seed).truth
            specific = [atom for atom in truth.atoms if atom.id not in GENERIC]
            found |= {alias.lower() for atom in specific for alias in atom.aliases}
            found |= {word.lower() for word in re.findall(r"password (\w+)", truth.description)}
    return frozenset(found)


def test_the_secrets_are_known() -> None:
    assert len(secrets()) > 30


@pytest.mark.parametrize("name", available_skills())
def test_no_skill_holds_a_default_organisms_secret(name: str) -> None:
    [skill] = find_skills(name)
    texts = [path.read_text() for path in skill.folder.rglob("*") if path.suffix in (".md", ".py")]
    assert texts
    found = [word for word in secrets() for text in texts if re.search(rf"\b{re.escape(word)}\b", text.lower())]
    assert found == []


@pytest.mark.parametrize(("skill", "function"), FUNCTIONS, ids=[function.name for _, function in FUNCTIONS])
def test_every_function_can_be_a_tool(skill: str, function: Function) -> None:
    [read] = find_skills(skill)
    assert function in [each for module in read.modules for each in describe(module.path)]
    [tool] = function_tools([function], _refuse)
    definition = ToolDef(tool)
    assert definition.name == function.name and definition.description
    assert isinstance(definition.parameters, ToolParams)
    schema = tool_schema(function)
    assert json.loads(json.dumps(schema)) == schema
    assert set(definition.parameters.properties) == set(schema["properties"])
    for name, each in schema["properties"].items():
        assert _takes_json(each), f"{function.name}: {name} cannot be written as JSON: {each}"
        assert each["description"], f"{function.name}: {name} is not described"


async def _refuse(function: Function, arguments: dict[str, Any]) -> str:
    raise AssertionError(f"{function.name} is not called here: {arguments}")


def _takes_json(schema: dict[str, Any]) -> bool:
    """A caller that has nothing but JSON can fill it in: every part has a type that JSON has."""
    if "anyOf" in schema:
        return all(_takes_json(part) for part in schema["anyOf"])
    if "enum" in schema:
        return True
    if schema.get("type") == "array":
        return "items" in schema and _takes_json(schema["items"])
    return schema.get("type") in ("string", "integer", "number", "boolean", "null", "object")
