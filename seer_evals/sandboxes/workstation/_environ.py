"""The environment variables of a sandbox: built from nothing, so that none of the host's comes along."""

import os

from seer_evals.environment import Environment

from ._python import VENV

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def isolated(environment: Environment, library_path: str | None) -> dict[str, str]:
    """The variables of a command in an isolated sandbox."""
    variables = {
        "PATH": f"{VENV}/bin:{_SYSTEM_PATH}",
        "VIRTUAL_ENV": VENV,
        "HOME": "/root",
        "USER": "root",
        "LOGNAME": "root",
    }
    if library_path:
        variables["LD_LIBRARY_PATH"] = library_path
    return {**variables, **_common(environment)}


def plain(environment: Environment, bin_directory: str, home: str, tmp: str) -> dict[str, str]:
    """The variables of a command in a sandbox without isolation."""
    own = os.environ.get("LD_LIBRARY_PATH")
    variables = {"PATH": f"{bin_directory}:{_SYSTEM_PATH}", "HOME": home, "TMPDIR": tmp}
    if own:
        variables["LD_LIBRARY_PATH"] = own
    return {**variables, **_common(environment)}


def _common(environment: Environment) -> dict[str, str]:
    offline = {} if environment.network == "open" else {"HF_HUB_OFFLINE": "1"}
    secrets = {name: os.environ[name] for name in environment.secrets if name in os.environ}
    return {"LANG": "C.UTF-8", **offline, **dict(environment.env), **secrets}
