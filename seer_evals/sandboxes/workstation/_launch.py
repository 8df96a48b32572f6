"""From an environment and a state directory to a running supervisor, isolated or plain."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from seer_evals import runtime
from seer_evals.environment import Environment
from seer_evals.sandboxes._base import Layout

from . import _disk, _environ, _groups, _layers, _mounts, _probe, _scope, _state
from ._ceilings import Ceilings, words
from ._plan import Plan, own_environment
from ._python import PythonHome
from ._supervised import Launch, Supervised

_LOG, FILTER = "supervisor.log", "filter.bpf"
_LARGEST_SHARED_MEMORY = 0.5
"""Part of a sandbox's memory that may be files in /dev/shm."""


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
    ceilings: Ceilings
    disk: bool = False
    """What it may write is in a file system of its own, not in directories."""

    @property
    def files(self) -> Path:
        """The directory of what it may write."""
        return self.state / _disk.MOUNTED if self.disk else self.state


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
    group = _groups.create(place.state.name, place.ceilings)
    try:
        layout, variables, launch = (_plain if mode == "plain" else _isolated)(environment, place, _plan(place, group))
        supervised = await Supervised.start(launch, group)
    except BaseException:
        if group is not None:
            group.remove()
        raise
    if group is None and launch.argv[0] != sys.executable:
        supervised.group = _scope.group_of(supervised.process.pid, place.ceilings)
    if not place.disk:
        _disk.WATCH.add(Counted(supervised, place))
    _state.record_supervisor(place.state, supervised.process.pid)
    return Started(supervised, layout, variables, place.state, mode)


def _plan(place: Place, group: _groups.Group | None) -> Plan:
    """What every sandbox's process does first, isolated or not."""
    return Plan(
        groups=tuple(map(str, group.directories)) if group is not None else (),
        file_size=0 if place.disk else place.ceilings.disk,
        env={"LANG": "C.UTF-8"},
    )


def _isolated(environment: Environment, place: Place, plan: Plan) -> tuple[Layout, dict[str, str], Launch]:
    overlays = [] if _layers.problem() else _layers.overlays(place.python, place.state / _layers.STAGE)
    python = _layers.staged(place.python, overlays) if overlays else (*place.python.mounts, *place.python.traces)
    view = _mounts.View(
        state=place.state,
        files=place.files,
        template=place.template,
        python=python,
        venv=place.files / "venv" if place.venv_writable and place.disk else place.venv,
        venv_writable=place.venv_writable,
        own_users=_probe.mode() != "user",
        network=place.network,
        gpu=bool(environment.gpu),
        shared_memory=int(place.ceilings.memory * _LARGEST_SHARED_MEMORY),
        filtered=not _probe.no_filter(),
    )
    program = _probe.bwrap()
    assert program is not None
    command = [*_supervisor(place.python.interpreter, _mounts.LAYOUT), *_options(environment), "--drop"]
    if _probe.mode() in ("users", "user") and not plan.groups:
        command += ["--processes", str(place.ceilings.processes)]
    variables = {"LD_LIBRARY_PATH": place.python.library_path} if place.python.library_path else {}
    plan = replace(
        plan,
        users=_probe.mode() == "users",
        layers=str(place.template / _layers.LAYERS),
        overlays=tuple(overlays),
        image=str(place.state / _disk.IMAGE) if place.disk else "",
        disk=str(place.files) if place.disk else "",
        filter=str(place.template / FILTER) if view.filtered else "",
        env={**plan.env, **variables},
    )
    argv = (program, *_mounts.arguments(view), "--", *command)
    return _mounts.LAYOUT, _environ.isolated(environment, place.python.library_path), _launch(place, plan, argv, True)


def _plain(environment: Environment, place: Place, plan: Plan) -> tuple[Layout, dict[str, str], Launch]:
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
    plan = replace(plan, env={**plan.env, **own_environment()})
    variables = _environ.plain(environment, str(Path(sys.executable).parent), str(state / "root"), str(state / "tmp"))
    return layout, variables, _launch(place, plan, command, False)


def _launch(place: Place, plan: Plan, argv: Sequence[str], contained: bool) -> Launch:
    command = plan.command(argv)
    environment = own_environment()
    if isinstance(_groups.available(), str) and _scope.works():
        command, environment = (*_scope.prefix(place.ceilings), *command), environment | _scope.variables()
    return Launch(command, environment, place.state / _LOG, contained)


class Counted:
    """A sandbox whose files can only be counted; see `_disk.Watched`."""

    def __init__(self, supervised: Supervised, place: Place) -> None:
        self.most = place.ceilings.disk
        self._supervised = supervised
        self._place = place

    def files(self) -> list[Path]:
        """The directories that it may write to."""
        return [self._place.files / name for name in _mounts.WRITABLE]

    def processes(self) -> list[int]:
        """Its processes, by the host's numbers."""
        return self._supervised.processes()

    def ended(self) -> bool:
        """Whether it runs no more."""
        return bool(self._supervised.cause_of_death())

    def over(self) -> None:
        """End it."""
        self._supervised.end(words("disk", self._place.ceilings))


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
