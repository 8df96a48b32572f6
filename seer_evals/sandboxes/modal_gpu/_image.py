"""From an environment to the Modal image that it starts from."""

import importlib.metadata
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from seer_evals import runtime
from seer_evals.environment import Environment

from . import _debug
from ._remote import LIBRARY, MODELS, RUN, WORKSPACE

if TYPE_CHECKING:
    import modal

PYTHON = "3.12"
"""Where the environment names none."""
_SYSTEM = ("git", "procps", "curl")
_EXTRA = "local"
RUNTIME = Path(runtime.__file__).parent


def image(environment: Environment) -> "modal.Image":
    """The recipe of an image; nothing is built yet."""
    return (
        _base(environment)
        .apt_install(*_SYSTEM, *environment.system_packages)
        .pip_install(*requirements(environment))
        .run_commands(f"mkdir -p {LIBRARY} {RUN} {MODELS} {WORKSPACE}")
        .workdir(WORKSPACE)
        .add_local_dir(RUNTIME, f"{LIBRARY}/seer_runtime", copy=True, ignore=["**/__pycache__/**", "**/*.pyc"])
    )


def _base(environment: Environment) -> "modal.Image":
    import modal

    if environment.dockerfile:
        path = Path(environment.dockerfile).expanduser()
        return modal.Image.from_dockerfile(path, context_dir=path.parent)
    if environment.image:
        return modal.Image.from_registry(environment.image)
    return modal.Image.debian_slim(python_version=environment.python or PYTHON)


def requirements(environment: Environment) -> tuple[str, ...]:
    """What is installed with pip: the libraries that load models and run notebooks, then the environment's own."""
    found = []
    for text in importlib.metadata.requires("seer_evals") or ():
        requirement = Requirement(text)
        if requirement.marker is not None and requirement.marker.evaluate({"extra": _EXTRA}):
            found.append(f"{requirement.name}{requirement.specifier}")
    named = {Requirement(text).name for text in environment.packages}
    own = (*_debug.requirements(environment), *environment.packages)
    return (*(text for text in found if Requirement(text).name not in named), *own)
