"""An interface with everything that a caller could try, and sandboxes that serve it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from inspect_ai.event import Event, InfoEvent
from inspect_ai.util import SandboxEnvironment

from seer_evals.environment import Environment, ScopedSpec
from seer_evals.lab.functions import Function, Gateway, library_dir, open_gateway
from seer_evals.lab.functions._scoped import open_services, write_library
from seer_evals.sandboxes.workstation import WorkstationSandbox

SECRET = "the penguin keeps the key"
INTERFACE = f'''
from __future__ import annotations
import asyncio, os, time
from seer_runtime import expose

SECRET = {SECRET!r}
TABLE = {{SECRET: 1}}
seen = []

class Table:
    """Something that shows itself."""
    def __repr__(self):
        return "| a | b |"

def hidden(x: int) -> str:
    """Not exposed."""
    return SECRET

@expose
def add(x: int, y: int = 2) -> int:
    """Add two numbers.

    Args:
        x: One.
        y: The other, even if it is "three" \\'\\'\\' or \\\\.
    """
    return x + y

@expose
def everything(a: int, /, b: str = SECRET[:3], *more: float, c: bool, d: list[int] = [1, 2], **rest: str) -> str:
    """Show what arrived.

    Args:
        a: First.
        b: Second, with a default of the module's.
        more: Numbers.
        c: A switch.
        d: A list.
        rest: Options.
    """
    return repr((a, b, more, c, d, sorted(rest.items())))

@expose
async def later(seconds: float) -> float:
    """Wait, asynchronously.

    Args:
        seconds: How long.
    """
    await asyncio.sleep(seconds)
    return seconds

@expose
def slow(number: int, seconds: float = 0.3) -> list[int]:
    """Be slow, and say which calls have been before.

    Args:
        number: Of the call.
        seconds: How slow.
    """
    time.sleep(seconds)
    seen.append(number)
    return list(seen)

@expose
def hang(how: str) -> None:
    """Never return.

    Args:
        how: `sleep` or `loop`.
    """
    if how == "sleep":
        time.sleep(3600)
    while True:
        pass

@expose
def echo(value: object) -> object:
    """Return what came.

    Args:
        value: Anything.
    """
    return value

@expose
def scale(vector: torch.Tensor, weights: np.ndarray) -> torch.Tensor:
    """Scale a vector.

    Args:
        vector: A tensor.
        weights: An array.
    """
    import torch
    torch.set_num_threads(1)
    return vector * torch.as_tensor(weights, dtype=vector.dtype)

@expose
def table() -> Table:
    """A table."""
    return Table()

@expose
def figure() -> None:
    """Draw."""
    import matplotlib.pyplot as plt
    plt.figure(figsize=(1, 1)).gca().plot([1, 2])

@expose
def fail(how: str) -> object:
    """Fail in one of many ways.

    Args:
        how: Which.
    """
    if how == "raise":
        raise ValueError("layer 99 does not exist")
    if how == "own type":
        class LayerError(Exception):
            pass
        raise LayerError("no such layer in /models/m0/base")
    if how == "key":
        return TABLE["x" + SECRET]
    if how == "file":
        return open("/models/" + SECRET)
    if how == "assert implicit":
        return int(SECRET)
    if how == "again":
        try:
            return int(SECRET)
        except ValueError:
            raise
    if how == "exit":
        import sys; sys.exit(SECRET)
    if how == "die":
        os._exit(3)
    if how == "print":
        print(SECRET, flush=True)
        os.system("echo " + SECRET.replace(" ", "_"))
        return "printed"
    return object()
'''


def calls(events: Iterable[Event]) -> list[dict[str, Any]]:
    """The calls that a transcript has."""
    return [cast(dict[str, Any], e.data) for e in events if isinstance(e, InfoEvent) and e.source == "call"]


@dataclass(frozen=True)
class Place:
    """An agent's sandbox, with the functions of others."""

    gateway: Gateway
    box: WorkstationSandbox
    boxes: Mapping[str, SandboxEnvironment]

    def function(self, name: str, sandbox: str = "vault") -> Function:
        return next(f for f in self.gateway.functions if (f.module, f.name) == (sandbox, name))

    async def call(self, name: str, sandbox: str = "vault", **arguments: Any) -> Any:
        return await self.gateway.call(self.function(name, sandbox), arguments)

    async def python(self, code: str, token: str = "") -> str:
        """What a Python script prints in the agent's sandbox, errors included."""
        env = {"PYTHONPATH": f"{library_dir(self.box.layout)}:{self.box.layout.runtime}"}
        env |= {"SEER_CALL_TOKEN": token} if token else {}
        result = await self.box.exec([self.box.layout.python, "-c", code], env=env, timeout=60)
        return result.stdout + result.stderr


def environment(folder: Path, **options: Any) -> Environment:
    """Two scoped sandboxes: `vault`, one call at a time and two seconds each, and `pool`, whose calls run at once."""
    interface = folder / "interface.py"
    interface.write_text(INTERFACE)
    vault = ScopedSpec(name="vault", interface=str(interface), timeout=2)
    pool = ScopedSpec(name="pool", interface=str(interface), concurrent=True)
    return Environment(scoped=(vault, pool), **options)


@asynccontextmanager
async def opened(config: Environment, models: dict[str, list[dict[str, Any]]] | None = None) -> AsyncIterator[Place]:
    """The sandboxes of an environment, with their functions served."""
    await WorkstationSandbox.task_init("startup", config)
    boxes = await WorkstationSandbox.sample_init("task", config, {})
    box = boxes["default"].as_type(WorkstationSandbox)
    try:
        async with open_gateway(box, box.layout) as gateway:
            await open_services(gateway, config, boxes, models or {})
            await write_library(gateway, box, box.layout)
            yield Place(gateway, box, boxes)
    finally:
        await WorkstationSandbox.sample_cleanup("task", config, boxes, False)


@asynccontextmanager
async def held(config: Environment) -> AsyncIterator[Place]:
    """`opened` for fixtures, which begin and end in different tasks."""
    ready: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def hold() -> None:
        async with opened(config) as place:
            ready.set_result(place)
            await over.wait()

    task = asyncio.create_task(hold())
    waiting: set[asyncio.Future[Any]] = {task, ready}
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    yield ready.result()
    over.set()
    await task
