"""From an environment to the Modal image that it starts from."""

from pathlib import Path
from typing import TYPE_CHECKING

from seer_evals import runtime
from seer_evals.environment import Environment
from seer_evals.sandboxes import _requirements
from seer_evals.sandboxes._requirements import PYTHON, SYSTEM

from . import _debug
from ._remote import LIBRARY, MODELS, RUN, WORKSPACE

if TYPE_CHECKING:
    import modal

RUNTIME = Path(runtime.__file__).parent


def image(environment: Environment) -> "modal.Image":
    """The recipe of an image; nothing is built yet."""
    return (
        _base(environment)
        .apt_install(*SYSTEM, *environment.system_packages)
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
    """What is installed with pip."""
    return _requirements.requirements(environment, *_debug.requirements(environment))
