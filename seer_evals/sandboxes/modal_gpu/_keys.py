"""API keys that Modal adds to requests outside of the sandbox, so that the agent uses them and cannot read them."""

from typing import TYPE_CHECKING

from seer_evals.environment import Environment

from . import _secrets

if TYPE_CHECKING:
    from modal.experimental import OutboundPolicy


def policy(environment: Environment) -> "OutboundPolicy | None":
    """What Modal is to add to which requests; none if the environment has no keys."""
    if not environment.api_keys:
        return None
    from modal.experimental import OutboundPolicy

    found = OutboundPolicy()
    for key in environment.api_keys:
        value = f"{key.prefix.replace('$', '$$')}${key.secret}"
        found = found.with_header_replacement(
            domain=key.domain, headers={key.header: value}, secret=_secrets.secret(key.secret)
        )
    return found
