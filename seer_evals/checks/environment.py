"""An environment in a YAML file: whether a provider can be it, and whether what it names is there."""

from collections.abc import Iterator
from pathlib import Path

import anyio
import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from seer_evals.checks.interface import check_interface
from seer_evals.environment import Environment
from seer_evals.inspect_private import PrerequisiteError, registry_find_sandboxenv
from seer_evals.lab import for_provider
from seer_evals.organisms import get_organism
from seer_evals.sandboxes import spec_for


def check_environment(path: Path, sandbox: str = "workstation") -> list[str]:
    """What is wrong, each in a line that says what to do; nothing if a laboratory can be opened in it.

    Args:
        path: A YAML file.
        sandbox: The provider, by name or by the path of its file.
    """
    if not path.is_file():
        return [f"{path} is no file; write a YAML file, as `seer environment new` does"]
    try:
        environment = Environment.from_yaml(path)
    except ValidationError as error:
        return [_problem(fault) for fault in error.errors()]
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        return [f"{path.name}: {error}"]
    named = [*_named(environment)]
    return named or [*_provided(environment, sandbox)]


def _problem(fault: ErrorDetails) -> str:
    place = ".".join(map(str, fault["loc"]))
    said = fault["msg"].removeprefix("Value error, ")
    return f"{place}: {said}" if place else said


def _named(environment: Environment) -> Iterator[str]:
    """Organisms and interfaces: what no provider looks at."""
    for model in environment.models:
        try:
            if model.organism:
                get_organism(model.organism)
        except ValueError as error:
            yield f"models: {error}"
    for scoped in environment.scoped:
        yield from (
            f"scoped {scoped.name}: {problem}" for problem in check_interface(Path(scoped.interface).expanduser())
        )


def _provided(environment: Environment, sandbox: str) -> Iterator[str]:
    try:
        spec = spec_for(sandbox, for_provider(environment))
        anyio.run(registry_find_sandboxenv(spec.type).task_init, "check", spec.config)
    except (PrerequisiteError, ValueError) as error:
        # What a provider says is a heading and a line for each problem.
        first, *rest = str(error).splitlines()
        yield from [line.removeprefix("- ") for line in rest] or [first]
