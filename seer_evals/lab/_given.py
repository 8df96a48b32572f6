"""What the agent was given, word for word, in the sample's store."""

import hashlib
from typing import TYPE_CHECKING, Any

from inspect_ai.log import transcript
from inspect_ai.tool import ToolDef, ToolSource

from seer_evals.lab.forms import Handed
from seer_evals.lab.skills import Module

if TYPE_CHECKING:
    from seer_evals.lab._lab import Lab

GIVEN_KEY = "lab:given"
"""Store key of what the agent was given, word for word."""


def write_down(lab: "Lab") -> None:
    """Put what the agent was given into the sample's store, and the briefing into the transcript."""
    transcript().info(lab.briefing(), source="briefing")
    lab.store.set(
        GIVEN_KEY,
        {
            "session": lab.plan.session.name,
            "briefing": lab.briefing(),
            "tools": _tools(lab),
            "skills": {each.technique.name: _skill(each, lab.default_model) for each in lab.plan.handed},
            "isolation": {"complete": lab.isolation.complete, "missing": list(lab.isolation.missing)},
        },
    )


def _tools(lab: "Lab") -> dict[str, Any]:
    """Description and parameters of every tool by name; those of an MCP server as it is told to describe them."""
    own = [tool for tool in [*lab.tools(), lab.submit_tool()] if not isinstance(tool, ToolSource)]
    described = {tool.name: _describe(tool) for tool in map(ToolDef, own)}
    for each in lab.plan.handed:
        described |= each.form.tool_descriptions(each.technique, lab.default_model)
    return described


def _describe(tool: ToolDef) -> dict[str, Any]:
    return {"description": tool.description, "parameters": tool.parameters.model_dump(mode="json", exclude_none=True)}


def _skill(each: Handed, model: str) -> dict[str, Any]:
    return {
        "form": each.form.name,
        "text": each.form.text(each.technique),
        "page": each.technique.skill.instructions if each.form.pages else "",
        "tools": sorted(each.form.tool_descriptions(each.technique, model)),
        "modules": {module.name: _module(module) for module in each.technique.modules} if each.runs_scripts else {},
    }


def _module(module: Module) -> dict[str, Any]:
    return {
        "sha256": hashlib.sha256(module.path.read_bytes()).hexdigest(),
        "functions": [function.signature for function in module.functions],
    }
