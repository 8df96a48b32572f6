"""`tools`: no code of the agent's at all, only the functions that skills and interfaces expose."""

from inspect_ai.tool import Tool

from seer_evals.lab.sessions._place import Place
from seer_evals.lab.sessions._session import Session

MODEL, WITH_ADAPTER = "- `{name}`: {kind}{adapter}.", ", a base model with an adapter"


def tools(place: Place, notebook: str) -> list[Tool]:
    """None of its own."""
    return []


SESSION = Session("tools", MODEL, tools, evidence="message", runs_code=False, adapter=WITH_ADAPTER)
