"""Parameters of a task that are refused before the first sample starts."""

from collections.abc import Iterator
from contextlib import contextmanager

from inspect_ai._util.registry import registry_find, registry_info, registry_unqualified_name
from inspect_ai.util._sandbox.registry import registry_has_sandboxenv

from seer_evals.plain_text import Refusal


@contextmanager
def refused_before_start() -> Iterator[None]:
    """Turn a refused value into the plain message that Inspect prints without a traceback."""
    try:
        yield
    except ValueError as error:
        raise Refusal(error) from error


def check_sandbox(sandbox: str) -> str:
    """Return `sandbox` if there is such a provider.

    Raises:
        ValueError: There is none; the message lists those that are installed.
    """
    if not registry_has_sandboxenv(sandbox):
        found = registry_find(lambda info: info.type == "sandboxenv")
        known = sorted({registry_unqualified_name(registry_info(provider)) for provider in found})
        raise ValueError(f"unknown sandbox {sandbox!r}; available: {', '.join(known)}")
    return sandbox
