"""From an environment and a state directory to a running supervisor, isolated or plain."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from seer_evals import runtime
from seer_evals.environment import Environment
from seer_evals.sandboxes._base import Layout

from . import _environ, _mounts, _probe, _state
from ._python import PythonHome
from ._supervised import Launch, Supervised

_LOG = "supervisor.log"


@dataclass(frozen=True)
class Place:
    """Where a sandbox lives on the host, prepared and ready to be started."""

    state: Path
    template: Path
    """The directory of what all sandboxes of the environment share."""
    python: PythonHome
    venv: Path
    venv_writable: bool
    network: bool


@dataclass(frozen=True)
class Started:
    """A sandbox that runs."""

    supervised: Supervised
    layout: Layout
    variables: dict[str, str]
    state: Path
    mode: _probe.Mode


async def start(environment: Environment, place: Place) -> Started:
    """Start the supervisor of a sandbox.

    Raises:
        SandboxUnavailableError: It did not start.
    """
    mode = _probe.mode()
    layout, variables, launch = _plain(environment, place) if mode == "plain" else _isolated(environment, place, mode)
    supervised = await Supervised.start(launch)
    _state.record_supervisor(place.state, supervised.process.pid)
    return Started(supervised, layout, variables, place.state, mode)


def _isolated(environment: Environment, place: Place, mode: _probe.Mode) -> tuple[Layout, dict[str, str], Launch]:
    view = _mounts.View(
        state=place.state,
        template=place.template,
        python=place.python,
        venv=place.venv,
        venv_writable=place.venv_writable,
        real_root=mode == "root",
        network=place.network,
        gpu=bool(environment.gpu),
    )
    program = _probe.bwrap()
    assert program is not None
    command = [*_supervisor(place.python.interpreter, _mounts.LAYOUT), *_options(environment), "--drop"]
    variables = {"LANG": "C.UTF-8"}
    if place.python.library_path:
        variables["LD_LIBRARY_PATH"] = place.python.library_path
    launch = Launch((program, *_mounts.arguments(view), "--", *command), variables, place.state / _LOG, contained=True)
    return _mounts.LAYOUT, _environ.isolated(environment, place.python.library_path), launch


def _plain(environment: Environment, place: Place) -> tuple[Layout, dict[str, str], Launch]:
    state = place.state
    library = state / "lib"
    library.mkdir()
    (library / "seer_runtime").symlink_to(Path(runtime.__file__).resolve().parent)
    layout = Layout(
        python=sys.executable,
        runtime=str(library),
        run=str(state / "run"),
        models=str(state / "models"),
        workspace=str(state / "workspace"),
    )
    command = (*_supervisor(sys.executable, layout), *_options(environment), "--reap")
    own = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    launch = Launch(command, {"LANG": "C.UTF-8", **own}, state / _LOG, contained=False)
    variables = _environ.plain(environment, str(Path(sys.executable).parent), str(state / "root"), str(state / "tmp"))
    return layout, variables, launch


def _supervisor(interpreter: str, layout: Layout) -> tuple[str, ...]:
    # Without the environment's packages (-S), its variables and the current directory (-I), so that nothing that is
    # written there can take the place of a module; after the standard library, which is looked through first.
    script = f"import sys; sys.path.append({layout.runtime!r}); from seer_runtime.supervisor.main import main; main()"
    return interpreter, "-I", "-S", "-c", script


def _options(environment: Environment) -> list[str]:
    return [
        "--control",
        "{control}",
        "--timeout",
        str(environment.timeout or 0),
        "--idle",
        str(environment.idle_timeout or 0),
    ]
