"""Preparing an environment once, with the network open and without a GPU, so that every sample starts from it."""

import io
import logging
import tarfile
import tempfile
import time
from pathlib import Path

import anyio

from seer_evals.environment import Environment, RepoSpec
from seer_evals.refusal import Refusal
from seer_evals.sandboxes._operations import Command
from seer_evals.sandboxes.workstation._checkout import check_out

from . import _apps, _end, _snapshots, _tools
from ._create import SandboxRequest, create
from ._environ import variables
from ._exec import run
from ._image import image
from ._remote import LIBRARY, RUN, WORKSPACE, Remote, layout
from ._snapshots import Prepared

logger = logging.getLogger(__name__)

LONGEST = 3600
_SNAPSHOT_SECONDS = 900
_OUTPUT = 64 * 1024
_TIDY = f"rm -rf {RUN}/* /tmp/* /root/.cache"
_prepared: dict[str, Prepared] = {}
_preparing = anyio.Lock()


async def prepared(environment: Environment) -> Prepared:
    """The image that samples of an environment start from, made if there is none.

    Raises:
        Refusal: It cannot be built, a repository or file is not to be had, or an install command failed.
    """
    content = await anyio.to_thread.run_sync(_snapshots.key, environment)
    async with _preparing:
        if content not in _prepared:
            found = _snapshots.known(content)
            if found is None or not await _exists(found.image_id):
                found = await _prepare(environment)
                _snapshots.remember(content, found)
            _prepared[content] = found
        return _prepared[content]


async def _exists(image_id: str) -> bool:
    import modal

    try:
        await modal.Image.from_id(image_id).build.aio(await _apps.app(_apps.PREPARATION))
    except (modal.exception.Error, OSError):
        return False
    return True


async def _prepare(environment: Environment) -> Prepared:
    import modal

    app = await _apps.app(_apps.PREPARATION)
    try:
        built = await image(environment).build.aio(app)
    except modal.exception.Error as error:
        raise Refusal(f"the image cannot be built on Modal: {error}") from error
    request = SandboxRequest(
        app=_apps.PREPARATION,
        label="preparation",
        image=built,
        python="python3",
        env=variables(environment, offline=False),
        network="open",
        timeout=LONGEST,
        tags={"created_by": "seer_evals", "purpose": "preparation"},
    )
    got = await create(request)
    try:
        python = await _fill(environment, got.remote)
        await _tools.install(got)
        await _check(got.remote, ["/bin/sh", "-c", _TIDY], "tidying up")
        snapshot = await got.remote.sandbox.snapshot_filesystem.aio(_SNAPSHOT_SECONDS, ttl=_snapshots.TTL)
        return Prepared(snapshot.object_id, python, time.time())
    finally:
        await _end.end(got.entry, got.remote.sandbox)


async def _fill(environment: Environment, remote: Remote) -> str:
    """Put into a sandbox what its samples share; the interpreter that was found there."""
    found = await run(remote, Command(["/bin/sh", "-c", "command -v python3"], "/"))
    python = found.stdout.strip()
    if not python.startswith("/"):
        raise Refusal("the image has no python3 on its PATH, which the laboratory runs on")
    remote.layout = layout(python)
    await _check(remote, [python, "-m", "compileall", "-q", LIBRARY], "compiling the runtime")
    with tempfile.TemporaryDirectory() as folder:
        for repo in environment.repos:
            await anyio.to_thread.run_sync(check_out, repo, Path(folder, repo.directory))
        await _upload(remote, {repo.directory: Path(folder, repo.directory) for repo in environment.repos})
    await _upload(remote, {file.target: Path(file.source).expanduser() for file in environment.files})
    for repo in environment.repos:
        await _install(remote, repo)
    return python


async def _install(remote: Remote, repo: RepoSpec) -> None:
    if repo.install:
        doing = f"repository {repo.url!r}: install command {repo.install!r}"
        await _check(remote, ["/bin/sh", "-c", repo.install], doing, f"{WORKSPACE}/{repo.directory}")


async def _upload(remote: Remote, sources: dict[str, Path]) -> None:
    """Put host files and directories into the workspace."""
    if not sources:
        return
    archive = await anyio.to_thread.run_sync(_packed, sources)
    command = Command(["tar", "-xf", "-", "--no-same-owner", "-C", WORKSPACE], "/", input=archive)
    result = await run(remote, command)
    if not result.success:
        raise Refusal(f"files could not be put into the sandbox: {result.stderr.strip()[-800:]}")


def _packed(sources: dict[str, Path]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for target, source in sources.items():
            tar.add(source, target)
    return archive.getvalue()


async def _check(remote: Remote, argv: list[str], doing: str, cwd: str = "/") -> None:
    result = await run(remote, Command(argv, cwd, timeout=LONGEST, limit=_OUTPUT))
    if not result.success:
        words = (result.stdout + result.stderr).strip()[-2000:]
        raise Refusal(f"{doing} failed with status {result.returncode}:\n{words}")


def forget() -> None:
    """Ask the record and Modal again for what is prepared, since another account may be meant."""
    _prepared.clear()
