"""What all samples of an environment share, made once: the Python environment, /etc, repositories and files."""

import atexit
import compileall
import contextlib
import functools
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio

from seer_evals import runtime
from seer_evals.environment import Environment, FileSpec
from seer_evals.refusal import Refusal

from . import _disk, _exec, _launch, _layers, _mounts, _probe, _seccomp, _state
from ._ceilings import Ceilings, at_once, ceilings
from ._checkout import check_out
from ._etc import make_etc
from ._python import PythonHome, make_python

_INSTALL_SECONDS = 3600
RUNTIME = Path(runtime.__file__).resolve().parent
_COPIED = ("etc", "workspace")


@dataclass(frozen=True)
class Template:
    """A prepared directory that every sample's is copied from."""

    directory: Path
    python: PythonHome
    ceilings: Ceilings
    disk: bool
    """Its samples' files are in a file system of their own, a copy of `disk.img`."""

    @property
    def venv(self) -> Path:
        """The virtual environment, with what the repositories have installed."""
        return self.directory / "venv"


_templates: dict[tuple[object, ...], Template] = {}
_lock = anyio.Lock()


def _key(environment: Environment) -> tuple[object, ...]:
    # A relative path means something else in another directory.
    local = Path.cwd() if environment.repos or environment.files else None
    limits = (environment.memory, environment.processes, environment.disk, environment.cpu)
    return environment.repos, environment.files, environment.network == "open", _probe.mode(), local, limits


async def template(environment: Environment, of_a_sample: int = 1) -> Template:
    """The template for an environment, made if there is none yet.

    Args:
        environment: Of the agent's sandbox or of a scoped one.
        of_a_sample: How many sandboxes a sample has, which share what there is.

    Raises:
        Refusal: A repository or file is not to be had, or an install command failed.
    """
    async with _lock:
        key = _key(environment)
        known = _templates.get(key)
        # Whoever clears temporary files may have taken it away.
        if known is None or not known.directory.is_dir():
            known = _templates[key] = await _make(environment, of_a_sample)
        return known


async def forget(environment: Environment) -> None:
    """Remove the template for an environment."""
    known = _templates.pop(_key(environment), None)
    if known is not None:
        await anyio.to_thread.run_sync(_state.remove, known.directory)


@atexit.register
def _forget_all() -> None:
    """Remove what no `task_cleanup` came for."""
    for made in _templates.values():
        note = _state.read(made.directory)
        # A child that this process has forked exits as well.
        if note is not None and note.owner.pid == os.getpid():
            with contextlib.suppress(OSError):
                _state.remove(made.directory)


async def _make(environment: Environment, of_a_sample: int) -> Template:
    directory = _state.create()
    most = ceilings(environment, directory, at_once() * of_a_sample)
    try:
        python = await anyio.to_thread.run_sync(_make_skeleton, directory, environment.network == "open")
        made = Template(directory, python, most, disk=_probe.mode() == "root" and not _disk.problem())
        for repo in environment.repos:
            await anyio.to_thread.run_sync(check_out, repo, directory / "workspace" / repo.directory)
        for file in environment.files:
            await anyio.to_thread.run_sync(_copy_file, file, directory / "workspace" / file.target)
        await _install(environment, made)
        if made.disk:
            await _make_disk(environment, made)
        return made
    except BaseException:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(_state.remove, directory)
        raise


def _make_skeleton(directory: Path, network: bool) -> PythonHome:
    make_etc(directory / "etc", directory / "shared", network)
    (directory / "workspace").mkdir(mode=0o755)
    # A copy, because where the original lies could be read in the sandbox's table of mounts.
    copy = directory / "runtime" / "seer_runtime"
    shutil.copytree(RUNTIME, copy, ignore=shutil.ignore_patterns("__pycache__"))
    # Once for all samples, which cannot write there; `ddir`, because the compiled files name their source.
    compileall.compile_dir(copy, ddir=f"{_mounts.LAYOUT.runtime}/seer_runtime", quiet=1)
    python = make_python(directory / "venv", directory / "masks")
    if _probe.mode() != "plain":
        if not _layers.problem():
            _layers.make_layers(directory / _layers.LAYERS, python)
        if not _probe.no_filter():
            (directory / _launch.FILTER).write_bytes(_seccomp.program())
    return python


async def _make_disk(environment: Environment, made: Template) -> None:
    content = made.directory / "content"
    content.mkdir()
    await _copy([made.directory / name for name in _copied(environment)], content)
    make_writable(content)
    image, size = made.directory / _disk.IMAGE, made.ceilings.disk
    try:
        await anyio.to_thread.run_sync(_disk.make_image, image, content, size)
    except OSError as error:
        raise Refusal(str(error)) from error
    await anyio.to_thread.run_sync(_state.remove, content)


def _copy_file(file: FileSpec, target: Path) -> None:
    source = Path(file.source).expanduser()
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy(source, target)


async def _install(environment: Environment, made: Template) -> None:
    """Run the repositories' install commands, with the network open and the environment writable."""
    commands = [(repo, repo.install) for repo in environment.repos if repo.install]
    if not commands:
        return
    bare = Environment(env=environment.env, network="open")
    async with _preparation(bare, made) as started:
        for repo, command in commands:
            cwd = f"{started.layout.workspace}/{repo.directory}"
            result = await _exec.run(
                started.supervised,
                _exec.Command(["/bin/sh", "-c", command], cwd, started.variables, timeout=_INSTALL_SECONDS),
            )
            if not result.success:
                raise Refusal(
                    f"repository {repo.url!r}: install command {command!r} failed with status {result.returncode}:\n"
                    f"{(result.stdout + result.stderr).strip()[-2000:]}"
                )


@asynccontextmanager
async def _preparation(environment: Environment, made: Template) -> AsyncIterator[_launch.Started]:
    state = made.directory
    # What is mounted into it is the template itself; its /etc is needed to look up names, and is put back afterwards.
    await anyio.to_thread.run_sync(functools.partial(shutil.copytree, state / "etc", state / "etc.kept", symlinks=True))
    with_names = Path("/etc/resolv.conf")
    if with_names.is_file():
        shutil.copy(with_names, state / "etc" / "resolv.conf")
    make_writable(state)
    place = _launch.Place(
        state, made.directory, made.python, made.venv, venv_writable=True, network=True, ceilings=made.ceilings
    )
    started = await _launch.start(environment, place)
    try:
        yield started
    finally:
        await started.supervised.close("preparation is over")
        await anyio.to_thread.run_sync(_state.remove, state / "etc")
        (state / "etc.kept").rename(state / "etc")


def make_writable(state: Path) -> None:
    """Make the directories that a sandbox mounts writable, and that of the models."""
    for name in (*_mounts.WRITABLE, "models"):
        (state / name).mkdir(mode=0o700 if name == "root" else 0o755, exist_ok=True)
    for name in ("tmp", "vartmp"):
        (state / name).chmod(0o1777)


async def copy_for_sample(environment: Environment, made: Template) -> _launch.Place:
    """A state directory of its own for one sample; the caller removes it."""
    state = _state.create()
    try:
        if made.disk:
            (state / _disk.MOUNTED).mkdir()
            (state / "models").mkdir(mode=0o755)
            await _copy([made.directory / _disk.IMAGE], state)
        else:
            await _copy([made.directory / name for name in _copied(environment)], state)
            make_writable(state)
        own_venv = environment.network == "open"
        return _launch.Place(
            state,
            made.directory,
            made.python,
            venv=state / "venv" if own_venv else made.venv,
            venv_writable=own_venv,
            network=own_venv,
            ceilings=made.ceilings,
            disk=made.disk,
        )
    except BaseException:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(_state.remove, state)
        raise


def _copied(environment: Environment) -> tuple[str, ...]:
    return (*_COPIED, "venv") if environment.network == "open" else _COPIED


async def _copy(sources: list[Path], target: Path) -> None:
    # cp shares the blocks where the file system can, and leaves symbolic links alone.
    await anyio.run_process(["/bin/cp", "-a", "--reflink=auto", "--sparse=always", *map(str, sources), str(target)])
