"""The environment variables of a sandbox."""

import os

from seer_evals.environment import Environment


def variables(environment: Environment, offline: bool) -> dict[str, str]:
    """What is set in a sandbox beside the variables of its image.

    Args:
        environment: Names them and the host's variables that are handed on.
        offline: Whether hubs are not to be asked, because they cannot be reached.
    """
    secrets = {name: os.environ[name] for name in environment.secrets if name in os.environ}
    return {"LANG": "C.UTF-8", **({"HF_HUB_OFFLINE": "1"} if offline else {}), **dict(environment.env), **secrets}
