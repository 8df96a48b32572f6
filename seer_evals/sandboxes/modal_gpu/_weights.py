"""Weights from the hub: fetched once by a sandbox without a GPU into a volume of their own, complete or not at all.

A volume holds one repository at one commit, since Modal mounts no volume at two places. Each fetch writes into a
directory with a name of its own; `manifest.json` says which is complete, and is written last and only if there is none.
So an interrupted fetch is never taken for a complete one, and of two at once the later one is thrown away.
"""

import io
import json
import logging
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
from inspect_ai.util import SandboxUnavailableError

from seer_evals.environment import Environment
from seer_evals.refusal import Refusal
from seer_evals.sandboxes._operations import Command

from . import _apps, _end, _models, _settings
from ._create import SandboxRequest, create
from ._environ import variables
from ._exec import run
from ._locks import locked
from ._prepare import prepared
from ._remote import LIBRARY, Remote
from ._repositories import Repository, has_uploads, places, upload_root

if TYPE_CHECKING:
    import modal

logger = logging.getLogger(__name__)

LONGEST = 6 * 3600
"""Seconds that a fetch may take."""
_ATTEMPTS = 3
"""Sandboxes that may die, one after the other, while they fetch."""
_CORES = 2.0
_MEMORY = 4096
_KEPT_SECONDS = 120
"""Seconds that Modal may take to keep what a sandbox has written."""
_TARGET = "/weights"
_MANIFEST = "/manifest.json"
_SCRIPT = f"import sys; sys.path.append({LIBRARY!r}); from seer_runtime.remote.weights import main; main()"
_complete: dict[Repository, "Complete"] = {}


@dataclass(frozen=True)
class Complete:
    """Weights that are there: the content of a manifest."""

    repository: str
    revision: str
    directory: str
    files: dict[str, dict[str, Any]]
    """By name, the size in bytes and the sha256."""


async def fetch_all(environment: Environment) -> None:
    """Have the weights of a sandbox in their volumes before there is any sandbox for them.

    Raises:
        Refusal: A repository cannot be fetched.
    """
    for repository in places(environment):
        await _fetched(repository, environment)


async def volumes(entry: str, environment: Environment) -> "dict[str, modal.Volume]":
    """What is mounted into the sandbox `entry`, read-only: weights of the hub, and a place for those of the host.

    Raises:
        Refusal: A repository cannot be fetched.
    """
    mounts: dict[str, modal.Volume] = {}
    for repository, path in places(environment).items():
        complete = await _fetched(repository, environment)
        files = f"/{complete.directory}/files"
        mounts[path] = _volume(repository).with_mount_options(read_only=True, sub_path=files)
    if has_uploads(environment):
        mounts |= await _models.mount(entry, upload_root(environment))
    return mounts


async def _fetched(repository: Repository, environment: Environment) -> Complete:
    """The weights of a repository, fetched if they are not there; on this machine nobody fetches the same meanwhile."""
    if repository not in _complete:
        async with locked(_settings.notes("weights") / f"{repository.key}.lock"):
            if repository not in _complete:
                _complete[repository] = await _known(repository) or await _fetch(repository, environment)
    return _complete[repository]


def _volume(repository: Repository) -> "modal.Volume":
    return _models.volume_named(f"seer-weights-{repository.key}")


async def _known(repository: Repository) -> Complete | None:
    """What the manifest says, if there is one and the volume still holds what it says."""
    found = await _manifest(repository)
    if found is None or await _sizes(repository, found.directory) == _expected(found.files):
        return found
    logger.warning("the weights of %s on Modal are damaged, and are fetched again", repository.name)
    _draft(repository).write_text(found.directory)
    await _volume(repository).remove_file.aio(_MANIFEST)
    return None


async def _manifest(repository: Repository) -> Complete | None:
    from modal import exception

    try:
        chunks = [chunk async for chunk in _volume(repository).read_file.aio(_MANIFEST)]
    except (FileNotFoundError, exception.NotFoundError):
        return None
    return Complete(**json.loads(b"".join(chunks)))


def _expected(files: dict[str, dict[str, Any]]) -> dict[str, int]:
    return {name: entry["size"] for name, entry in files.items()}


async def _sizes(repository: Repository, directory: str) -> dict[str, int]:
    """The files that the volume holds, by name, with their sizes in bytes."""
    from modal import exception

    try:
        entries = await _volume(repository).listdir.aio(f"/{directory}/files")
    except (FileNotFoundError, exception.NotFoundError):
        return {}
    return {entry.path.rsplit("/", 1)[-1]: entry.size for entry in entries}


async def _fetch(repository: Repository, environment: Environment) -> Complete:
    directory = _taken_up(repository)
    for attempt in range(_ATTEMPTS):
        try:
            files = await _fetch_into(directory, repository, environment)
            return await _published(repository, Complete(repository.name, repository.revision, directory, files))
        except SandboxUnavailableError as error:
            logger.warning("fetching %s broke off and is taken up again: %s", repository.name, error)
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _draft(repository: Repository) -> Path:
    return _settings.notes("weights") / f"{repository.key}.draft"


def _taken_up(repository: Repository) -> str:
    """The directory in which an earlier fetch of this machine broke off, or a new one."""
    note = _draft(repository)
    if not note.exists():
        note.write_text(secrets.token_hex(8))
    return note.read_text()


async def _fetch_into(directory: str, repository: Repository, environment: Environment) -> dict[str, dict[str, Any]]:
    """Run the program that fetches, in a sandbox without a GPU whose network is open; the files that are then there."""
    got = await create(await _request(directory, repository, environment))
    try:
        result = await run(got.remote, _command(got.remote, repository))
    except TimeoutError as error:
        raise Refusal(f"fetching {repository.name} took longer than {LONGEST} s; run it again") from error
    finally:
        await _end.end(got.entry, got.remote.sandbox)
    if not result.success:
        raise Refusal(
            f"cannot fetch {repository.name!r} at {repository.revision}: {result.stderr.strip()[-1500:]}\n"
            "A gated repository needs an account that accepted its licence (HF_TOKEN). What has been fetched is kept"
        )
    files: dict[str, dict[str, Any]] = json.loads(result.stdout.splitlines()[-1])
    return files


async def _request(directory: str, repository: Repository, environment: Environment) -> SandboxRequest:
    import modal

    ready = await prepared(environment)
    mounted = _volume(repository).with_mount_options(sub_path=f"/{directory}")

    async def volumes(entry: str) -> dict[str, modal.Volume]:
        await _make(repository, directory)
        return {_TARGET: mounted}

    return SandboxRequest(
        app=_apps.PREPARATION,
        label="weights",
        image=modal.Image.from_id(ready.image_id),
        python=ready.python,
        cpu=_CORES,
        memory=_MEMORY,
        # The environment's secrets are for the agent's sandbox.
        env=variables(Environment(env=environment.env), offline=False),
        network="open",
        timeout=LONGEST,
        volumes=volumes,
        tags={"created_by": "seer_evals", "purpose": "weights"},
    )


async def _make(repository: Repository, directory: str) -> None:
    """Make a directory in the volume, which has to be there before it can be mounted."""
    async with _volume(repository).batch_upload(force=True) as batch:
        batch.put_file(io.BytesIO(), f"/{directory}/.mounted")


def _command(remote: Remote, repository: Repository) -> Command:
    options = {
        "repository": repository.name,
        "revision": repository.revision,
        "directory": _TARGET,
        "code": repository.code,
        "known": repository.known,
    }
    endpoint = {"HF_ENDPOINT": os.environ["HF_ENDPOINT"]} if os.environ.get("HF_ENDPOINT") else {}
    # On stdin the token is in no variable, no argument and no definition of a sandbox.
    token = os.environ.get("HF_TOKEN", "").encode()
    argv = [remote.layout.python, "-I", "-c", _SCRIPT, json.dumps(options)]
    return Command(argv, "/", env=endpoint, input=token, timeout=LONGEST)


async def _published(repository: Repository, complete: Complete) -> Complete:
    """Write the manifest, once Modal has kept all that it names; where another fetch was faster, its weights count."""
    await _wait_until_kept(repository, complete)
    manifest = json.dumps(asdict(complete), indent=1).encode()
    try:
        async with _volume(repository).batch_upload() as batch:
            batch.put_file(io.BytesIO(manifest), _MANIFEST)
    except FileExistsError:
        await _volume(repository).remove_file.aio(f"/{complete.directory}", recursive=True)
    _draft(repository).unlink(missing_ok=True)
    published = await _manifest(repository)
    assert published is not None
    return published


async def _wait_until_kept(repository: Repository, complete: Complete) -> None:
    with anyio.move_on_after(_KEPT_SECONDS):
        while await _sizes(repository, complete.directory) != _expected(complete.files):
            await anyio.sleep(1)
        return
    raise Refusal(
        f"{repository.name}: Modal has not kept in {_KEPT_SECONDS} s what a sandbox has fetched; run it again"
    )


def forget() -> None:
    """Ask Modal again for what is there, since another account may be meant."""
    _complete.clear()
