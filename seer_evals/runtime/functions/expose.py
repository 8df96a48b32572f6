"""The mark that makes a function part of a skill or an interface."""

from collections.abc import Callable
from typing import TypeVar

Exposed = TypeVar("Exposed", bound=Callable[..., object])

MARK = "__seer_exposed__"


def expose(function: Exposed) -> Exposed:
    """Hand this function to the agent, in whatever form is asked for: library, tool, MCP.

    It needs a type for each parameter and a docstring in Google's style that describes each of them. A parameter of the
    type `LanguageModel` is filled in with a loaded model.
    """
    setattr(function, MARK, True)
    return function
