"""`tools`: no code of the agent's at all, only the functions that skills and interfaces expose."""

from inspect_ai.tool import Tool

from seer_evals.environment import ModelSpec
from seer_evals.lab.sessions._place import Place
from seer_evals.lab.sessions._session import Session, kind_of


def describe_model(spec: ModelSpec, has_adapter: bool) -> str:
    """Its name, which the functions take as an argument."""
    text = f"- `{spec.name}`: {kind_of(spec)}"
    return f"{text}, a base model with an adapter." if has_adapter else f"{text}."


def tools(place: Place, notebook: str) -> list[Tool]:
    """None of its own."""
    return []


SESSION = Session("tools", describe_model, tools, evidence="message", runs_code=False)
