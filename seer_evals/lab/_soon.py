"""Interim."""

from typing import Any

from seer_evals.lab.functions import CallError, Function


class KernelFunctions:
    def __init__(self, sandbox: Any, layout: Any) -> None: ...
    async def call(self, function: Function, arguments: dict[str, Any]) -> Any:
        raise CallError("soon")


def library_dir(layout: Any) -> str:
    return f"{layout.run}/library"
