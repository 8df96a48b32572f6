"""A sandbox of ours on Modal as the operations see it, and how a request gets to the program that serves it there."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seer_evals.sandboxes._base import Layout

if TYPE_CHECKING:
    import modal

LIBRARY = "/lab/runtime"
RUN = "/lab/run"
MODELS = "/models"
WORKSPACE = "/workspace"
LEASE = f"{RUN}/lease"
_ARGV_BYTES = 48 * 1024
"""Arguments longer than this (Modal takes 64 KiB in all) travel on stdin instead."""


def layout(python: str) -> Layout:
    """The paths of every sandbox of this provider, with the interpreter that was found in its image."""
    return Layout(python=python, runtime=LIBRARY, run=RUN, models=MODELS, workspace=WORKSPACE)


@dataclass
class Remote:
    """A sandbox that has been started."""

    sandbox: "modal.Sandbox"
    name: str
    layout: Layout
    gpu: str | None = None
    """What was got, of the types that were asked for."""


@dataclass(frozen=True)
class Request:
    """One run of a program of `seer_runtime.remote` in a sandbox."""

    arguments: tuple[str, ...]
    token: str
    prefix: bytes = b""
    """What goes to its stdin before anything else."""
    env: Mapping[str, str] = field(default_factory=dict)
    disposable: bool = False
    """Nobody keeps a sandbox in which it does not succeed, so that it need not be killed there."""


def program(python: str, name: str, *arguments: str) -> tuple[str, ...]:
    """The arguments that run a program of `seer_runtime.remote`, whatever PATH and the current directory hold."""
    # After the standard library, so that nothing that is written there can take the place of a module.
    script = f"import sys; sys.path.append({LIBRARY!r}); from seer_runtime.remote.{name} import main; main()"
    return (python, "-I", "-S", "-c", script, *arguments)


def request(
    python: str, name: str, options: Mapping[str, Any], argv: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> Request:
    """A request with a token of its own; `argv` travels on stdin if Modal would not take it as arguments."""
    token = secrets.token_hex(12)
    options = {**options, "token": token, "run": RUN}
    prefix = b""
    if sum(len(argument.encode()) + 1 for argument in argv) > _ARGV_BYTES:
        prefix = json.dumps(list(argv)).encode()
        options["staged"] = len(prefix)
        argv = ()
    return Request(program(python, name, json.dumps(options), *argv), token, prefix, env or {})
