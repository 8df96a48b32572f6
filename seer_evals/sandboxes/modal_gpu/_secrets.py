"""The secrets of an environment: a variable of this process, or else a Secret of that name on Modal that holds it."""

import os
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING

from seer_evals.environment import Environment

if TYPE_CHECKING:
    import modal


def on_modal(environment: Environment) -> tuple[str, ...]:
    """Names that this process cannot give."""
    return tuple(name for name in environment.secrets if name not in os.environ)


def secret(name: str) -> "modal.Secret":
    """The Secret on Modal that holds a variable of its own name."""
    import modal

    return modal.Secret.from_name(name, required_keys=[name])


async def missing(environments: Iterable[Environment]) -> AsyncIterator[str]:
    """The secrets that are nowhere, each with what to do."""
    import modal

    listed = list(environments)
    keys = {key.secret for each in listed for key in each.api_keys}
    for name in sorted({name for each in listed for name in on_modal(each)} | keys):
        make = f"export it, or run `modal secret create {name} {name}=…`, or leave it out"
        try:
            await secret(name).hydrate.aio()
        except modal.exception.NotFoundError:
            if name in keys:
                yield f"api_keys: {name} is not a Secret on Modal; run `modal secret create {name} {name}=…`"
            else:
                yield f"secrets: {name} is neither set in this process nor a Secret on Modal; {make}"
        except (modal.exception.PermissionDeniedError, modal.exception.AuthError):
            raise
        except modal.exception.Error as error:
            yield f"secrets: the Secret {name} on Modal cannot be used ({str(error).strip()}); {make}"
