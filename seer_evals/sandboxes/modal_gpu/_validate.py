"""All that keeps an environment from running on Modal, said at once and before anything is started there."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from inspect_ai._util.error import PrerequisiteError
from packaging.requirements import InvalidRequirement, Requirement

from seer_evals.environment import Environment, ScopedSpec

from . import _settings

_GPUS = "T4 L4 A10 L40S A100 A100-40GB A100-80GB RTX-PRO-6000 H100 H100! H200 B200 B200+"
_MOST_GPUS = 8
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def validate(environment: Environment) -> None:
    """Check what can be known here of whether Modal can be what the environment asks for.

    Raises:
        PrerequisiteError: It cannot; the message lists every reason.
    """
    problems = [
        *_account(),
        *_gpu(environment.gpu, environment.gpu_count),
        *_packages(environment.packages),
        *_inputs(environment),
        *_times(environment),
        *(f"scoped sandbox {each.name!r}: {problem}" for each in environment.scoped for problem in _scoped(each)),
    ]
    if problems:
        listed = "\n".join(f"- {problem}" for problem in problems)
        raise PrerequisiteError(f"this environment cannot run on Modal:\n{listed}")


def _account() -> Iterator[str]:
    from modal.config import config

    if not config.get("token_id") or not config.get("token_secret"):
        yield "there is no Modal token: run `modal setup`, or set MODAL_TOKEN_ID and MODAL_TOKEN_SECRET"


def _gpu(kinds: tuple[str, ...], count: int) -> Iterator[str]:
    for kind in kinds:
        if kind.upper() not in _GPUS.split() and kinds != ("any",):
            yield f"gpu {kind!r}: Modal has {_GPUS}; `any` alone takes the cheapest that is free"
    if count > _MOST_GPUS:
        yield f"gpu_count {count}: Modal has at most {_MOST_GPUS} in one sandbox"


def _packages(packages: tuple[str, ...]) -> Iterator[str]:
    for text in packages:
        try:
            Requirement(text)
        except InvalidRequirement as error:
            yield f"packages: {text!r} is not a requirement ({error})"


def _inputs(environment: Environment) -> Iterator[str]:
    for name in environment.secrets:
        if name not in os.environ:
            yield f"secrets: {name} is not set in this process; export it, or leave it out"
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


def _scoped(scoped: ScopedSpec) -> Iterator[str]:
    if not Path(scoped.interface).expanduser().is_file():
        yield f"its interface {scoped.interface} is no file"
    yield from _gpu(scoped.gpu, 1)
    yield from _packages(scoped.packages)
