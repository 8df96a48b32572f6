"""Ways to models that are not in the agent's kernel, for the sample in which they live."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from seer_evals.inspect_private import sample_state

Ask = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]
"""Takes a request and gives the answer, both as in `seer_runtime.target.target`.

Raises `TargetError` where the model cannot be reached."""

DEFAULT = "default"
_routes: dict[str, dict[str, Ask]] = {}


def offer_routes(uuid: str, routes: Mapping[str, Ask]) -> None:
    """Let `lab/NAME` find these models within the sample with this uuid.

    Args:
        uuid: Of the sample.
        routes: By the models' names; `default` for `lab/default`.
    """
    _routes[uuid] = dict(routes)


def withdraw_routes(uuid: str) -> None:
    """Forget the routes of a sample."""
    _routes.pop(uuid, None)


def route(name: str) -> Ask | None:
    """The way to a model of the current sample, or None if it is in the agent's kernel or nowhere."""
    state = sample_state()
    return _routes.get(state.uuid, {}).get(name) if state is not None else None
