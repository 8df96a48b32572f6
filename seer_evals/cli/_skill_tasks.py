"""Which investigations can take a skill, and why others cannot."""

from collections.abc import Iterator, Mapping
from typing import Any

from seer_evals import tasks
from seer_evals.inspect_private import PrerequisiteError, registry_info

PACKAGE = "seer_evals"


def tasks_with(skill: str, arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each investigation by the name that Inspect knows, and why it cannot take the skill, or nothing.

    Args:
        skill: Name, or path of its folder.
        arguments: Further parameters of the tasks, such as `deliver`.
    """
    for name in tasks.__all__:
        task = getattr(tasks, name)
        if registry_info(task).metadata.get("attribs", {}).get("investigation"):
            yield f"{PACKAGE}/{name}", _refusal(task, {**arguments, "skills": skill})


def _refusal(task: Any, arguments: Mapping[str, Any]) -> str:
    try:
        task(**arguments)
    except (PrerequisiteError, ValueError) as error:
        return str(error)
    return ""
