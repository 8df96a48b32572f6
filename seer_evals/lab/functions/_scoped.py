"""Opening a sample's scoped sandboxes: their functions served, and a module for each in the agent's sandbox."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
from inspect_ai.util import SandboxEnvironment, background, sandbox

from seer_evals.environment import Environment, ScopedSpec
from seer_evals.lab.functions._describe import describe
from seer_evals.lab.functions._gateway import Gateway, open_gateway
from seer_evals.lab.functions._kernel import library_dir
from seer_evals.lab.functions._server import ScopedError, Service
from seer_evals.lab.functions._spec import Function
from seer_evals.lab.functions._stub import write_stub
from seer_evals.runtime.functions.client import TOKEN_FILE
from seer_evals.sandboxes import Layout, exec_unnoticed, find_layout, install_runtime, is_lab_sandbox

SHELL = "shell"
"""The caller that has no token of its own."""


def interface_functions(spec: ScopedSpec) -> list[Function]:
    """What a scoped sandbox exposes; the module of a function is the sandbox's name.

    Raises:
        FunctionError: The interface has a function that cannot be exposed.
        ValueError: It exposes none.
    """
    functions = describe(Path(spec.interface).expanduser())
    if not functions:
        raise ValueError(f"scoped sandbox {spec.name!r}: {spec.interface} marks no function with @expose")
    return [function.model_copy(update={"module": spec.name}) for function in functions]


async def open_scoped(
    environment: Environment, layout: Layout, models: Mapping[str, list[dict[str, Any]]]
) -> Gateway | None:
    """Serve the functions of a sample's scoped sandboxes until the sample ends; none if it has no such sandbox.

    To be called within a sample, before the agent has run anything.

    Args:
        environment: What the laboratory is opened with.
        layout: Of the agent's sandbox.
        models: Per scoped sandbox, what `seer_runtime.models.load` is to load there; the weights are in place.

    Raises:
        ScopedError: One does not start; the message says why.
    """
    if not environment.scoped:
        return None
    box = sandbox()
    await _claim_injection(box)
    opening = _Opening(environment, box, layout, models)
    # In the sample's background, so that calls land in its transcript and everything ends with it.
    background(opening.run)
    return await opening.gateway()


async def _claim_injection(box: SandboxEnvironment) -> None:
    """Let Inspect's own tools live in the agent's sandbox: tools that name no sandbox run where they are found first.

    Our own scoped sandboxes refuse to run them at all.
    """
    if not is_lab_sandbox(box):
        await box.exec_remote(["true"], stream=False)


class _Opening:
    """Opens everything within a task that lives as long as the sample."""

    def __init__(
        self,
        environment: Environment,
        box: SandboxEnvironment,
        layout: Layout,
        models: Mapping[str, list[dict[str, Any]]],
    ) -> None:
        self._environment = environment
        self._box = box
        self._layout = layout
        self._models = models
        self._over = anyio.Event()
        self._gateway: Gateway | None = None
        self._error: Exception | None = None

    async def gateway(self) -> Gateway:
        """Wait until it is open.

        Raises:
            ScopedError: It could not be opened.
        """
        await self._over.wait()
        if self._gateway is None:
            raise self._error or ScopedError("the scoped sandboxes did not start")
        return self._gateway

    async def run(self) -> None:
        """Open, and stay open until cancelled."""
        try:
            async with open_gateway(self._box, self._layout) as gateway:
                boxes = {spec.name: sandbox(spec.name) for spec in self._environment.scoped}
                await open_services(gateway, self._environment, boxes, self._models)
                await write_library(gateway, self._box, self._layout)
                self._gateway = gateway
                self._over.set()
                await anyio.sleep_forever()
        except Exception as error:
            self._error = _only(error)
        finally:
            self._over.set()


def _only(error: Exception) -> Exception:
    """The error itself, out of the group that a task group puts around it."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


async def open_services(
    gateway: Gateway,
    environment: Environment,
    boxes: Mapping[str, SandboxEnvironment],
    models: Mapping[str, list[dict[str, Any]]],
) -> None:
    """Start the server of each scoped sandbox.

    Raises:
        ScopedError: One does not start; the message says why.
    """
    for spec in environment.scoped:
        scoped = boxes[spec.name]
        await install_runtime(scoped)
        source = Path(spec.interface).expanduser().read_text(encoding="utf-8")
        service = Service(spec, source, interface_functions(spec), models.get(spec.name, []))
        await gateway.start(service, scoped, await find_layout(scoped))


async def write_library(gateway: Gateway, box: SandboxEnvironment, layout: Layout) -> None:
    """Write a module for each scoped sandbox, and the token of those processes that have none of their own."""
    await _write(box, f"{layout.run}/{TOKEN_FILE}", gateway.token(SHELL))
    for name, functions in gateway.by_sandbox().items():
        default = next(iter(gateway.models(name)), "model")
        await _write(box, f"{library_dir(layout)}/{name}.py", write_stub(name, functions, layout, default))


async def _write(box: SandboxEnvironment, path: str, text: str) -> None:
    script = 'umask 077; mkdir -p "$(dirname "$1")" && cat > "$1"'
    result = await exec_unnoticed(box, ["sh", "-c", script, "sh", path], text, timeout=30)
    if not result.success:
        raise ScopedError(f"cannot write {path} in the agent's sandbox: {result.stderr.strip()}")
