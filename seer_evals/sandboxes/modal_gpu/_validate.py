"""All that keeps an environment from running on Modal, said at once and before anything is started there."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from seer_evals.environment import Environment, ScopedSpec

from . import _gpus, _settings

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def problems(environment: Environment) -> list[str]:
    """Every reason why Modal cannot be what the environment asks for that can be known without asking Modal."""
    return [
        *_account(),
        *_gpus.problems(environment.gpu, environment.gpu_count),
        *_packages(environment.packages),
        *_inputs(environment),
        *_times(environment),
        *_ceilings(environment),
        *(f"scoped sandbox {each.name!r}: {problem}" for each in environment.scoped for problem in _scoped(each)),
    ]


def _account() -> Iterator[str]:
    from modal.config import config

    if not config.get("token_id") or not config.get("token_secret"):
        yield "there is no Modal token: run `modal setup`, or set MODAL_TOKEN_ID and MODAL_TOKEN_SECRET"


def _packages(packages: tuple[str, ...]) -> Iterator[str]:
    for text in packages:
        try:
            Requirement(text)
        except InvalidRequirement as error:
            yield f"packages: {text!r} is not a requirement ({error})"


def _inputs(environment: Environment) -> Iterator[str]:
    for name, _ in environment.env:
        if not _VARIABLE.fullmatch(name):
            yield f"env: {name!r} is not the name of a variable"
    for file in environment.files:
        if not Path(file.source).expanduser().exists():
            yield f"files: {file.source} does not exist"
    if environment.dockerfile and not Path(environment.dockerfile).expanduser().is_file():
        yield f"dockerfile: {environment.dockerfile} is no file"
    if environment.repos and shutil.which("git") is None:
        yield "repos: git is not installed on this machine, which checks them out"


def _times(environment: Environment) -> Iterator[str]:
    if environment.timeout and environment.timeout > _settings.LONGEST:
        yield f"timeout {environment.timeout}: a Modal sandbox lives for {_settings.LONGEST} seconds at most"


def _ceilings(environment: Environment) -> Iterator[str]:
    for name in ("processes", "disk"):
        if value := getattr(environment, name):
            yield f"{name} {value}: Modal has no such ceiling for a sandbox; leave it out, or use workstation"


def _scoped(scoped: ScopedSpec) -> Iterator[str]:
    if not Path(scoped.interface).expanduser().is_file():
        yield f"its interface {scoped.interface} is no file"
    yield from _gpus.problems(scoped.gpu)
    yield from _packages(scoped.packages)
