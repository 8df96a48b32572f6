"""How long the evaluation stands still while its agent attacks the gateway: `python -m benchmarks.gateway_flood`.

From within the agent's sandbox, as any code there could: frames written into the broker's own pipe, which takes no
token, and calls with a token whose arguments are deep, wide or made to collide. Beside each attack, the functions are
called before and after it, and the event loop's lag is measured.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from inspect_ai.util import SandboxEnvironment

from benchmarks._report import machine
from benchmarks._stall import watched
from benchmarks.call_overhead import INTERFACE
from seer_evals.environment import Environment, ScopedSpec
from seer_evals.lab.functions import Gateway, open_gateway
from seer_evals.lab.functions._scoped import open_services, write_library
from seer_evals.sandboxes.workstation import WorkstationSandbox

ECHO = '''
@expose
def echo(value: object) -> int:
    """Take anything.

    Args:
        value: Of any kind.
    """
    return 1
'''
PRELUDE = """
import json, os, socket, struct, sys
RUN = sys.argv[1]
TOKEN = open(RUN + "/scoped.token").read().strip()
def send(arguments, payload=b""):
    head = '{"token": "' + TOKEN + '", "sandbox": "vault", "function": "echo", "arguments": '
    header = (head + arguments + "}").encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(RUN + "/scoped.sock")
        connection.sendall(struct.pack("!III", 0, len(header), len(payload)) + header + payload)
        while connection.recv(65536):
            pass
def broker():
    for pid in os.listdir("/proc"):
        if pid.isdecimal() and int(pid) != os.getpid():
            if b"functions.broker" in open(f"/proc/{pid}/cmdline", "rb").read():
                return pid
"""
FLOOD = """
with open(f"/proc/{broker()}/fd/1", "wb") as pipe:
    for i in range(100):
        pipe.write(b"".join(struct.pack("!III", n, 2, 0) + b"{}" for n in range(i * 1000 + 1, i * 1000 + 1001)))
"""
ATTACKS = {
    "nothing": "",
    "100,000 frames of 14 bytes": FLOOD,
    "arguments 600 deep": 'send(\'{"value": \' + "[" * 600 + "]" * 600 + "}")',
    "280,000 arguments": 'send("{" + ",".join(f\'"a{i}":0\' for i in range(280000)) + "}")',
    "45,000 arguments": 'send(json.dumps({f"a{i}": i for i in range(45000)}))',
    "30,000 colliding integers": 'send(json.dumps({"value": {"$": "set", "items": '
    "[i * (2**61 - 1) for i in range(30000)]}}))",
    "100 references to 32 MiB": 'send(json.dumps({"value": [{"$": "bytes", "at": [0, 2**25]}] * 100}), bytes(2**25))',
}


@dataclass(frozen=True)
class Place:
    """A sandbox of an agent, and the gateway beside it."""

    gateway: Gateway
    box: WorkstationSandbox

    async def call(self) -> int:
        """Call a function as the harness does."""
        [add, *_] = self.gateway.functions
        found: int = await self.gateway.call(add, {"x": 1, "y": 2})
        return found

    async def attack(self, code: str) -> None:
        """Run code as the agent could, and wait until what it has sent is dealt with."""
        command = [self.box.layout.python, "-c", PRELUDE + code, self.box.layout.run]
        await self.box.exec(command, timeout=120, timeout_retry=False)
        code = "import vault; vault.add(1, 2)"
        await self.box.exec(
            [self.box.layout.python, "-c", code], env={"PYTHONPATH": f"{self.box.layout.run}/library"}, timeout=120
        )


@asynccontextmanager
async def opened() -> AsyncIterator[Place]:
    """An agent's sandbox and a scoped one."""
    interface = Path(tempfile.mkdtemp()) / "interface.py"
    interface.write_text(INTERFACE + ECHO)
    config = Environment(scoped=(ScopedSpec(name="vault", interface=str(interface), timeout=10),))
    await WorkstationSandbox.task_init("startup", config)
    boxes: dict[str, SandboxEnvironment] = await WorkstationSandbox.sample_init("task", config, {})
    box = boxes["default"].as_type(WorkstationSandbox)
    try:
        async with open_gateway(box, box.layout) as gateway:
            await open_services(gateway, config, boxes, {})
            await write_library(gateway, box, box.layout)
            yield Place(gateway, box)
    finally:
        await WorkstationSandbox.sample_cleanup("task", config, boxes, False)


async def measure(code: str) -> tuple[float, float, str]:
    """The longest stall and the whole time of an attack in seconds, and whether functions can be called after it."""
    async with opened() as place:
        await place.call()
        began = time.monotonic()
        async with watched() as stall:
            await place.attack(code)
        took = time.monotonic() - began
        try:
            async with asyncio.timeout(60):
                after = "yes" if await place.call() == 3 else "no"
        except Exception as error:
            after = f"no: {type(error).__name__}"
    return stall.longest, took, after


def main() -> None:
    """Measure and print."""
    print("\nThe event loop under attack\n\n| attack | longest stall ms | whole s | functions work after it |")
    print("|---|---|---|---|")
    for name, code in ATTACKS.items():
        try:
            longest, took, after = asyncio.run(measure(code))
        except Exception as error:
            print(f"| {name} | | | the sample ended: {type(error).__name__} |", flush=True)
            continue
        print(f"| {name} | {longest * 1e3:.0f} | {took:.1f} | {after} |", flush=True)
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
