"""Command-line agents that can be the target of an audit: how each is started, and how it goes on."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, Field, ValidationError

from seer_evals import by_path
from seer_evals.environment import Environment, absolute
from seer_evals.frozen import Frozen

AGENTS = Path(__file__).parent / "agents"
AGENT_KEY = "target_agent"
"""Sample metadata of an audit: the `TargetAgent` as a dictionary, where the target is one."""


def _command(text: str) -> str:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"it is no command line ({error})") from None
    if not words:
        raise ValueError("it is empty")
    return text


Command = Annotated[str, AfterValidator(_command)]


class TargetAgent(Frozen):
    """A program that works in a sandbox and asks its model over HTTP.

    In `command`, `resume` and the values of `env` and `files`, `{url}` stands for the address of the model (of OpenAI's
    API with `/v1` behind it) and `{session}` for a UUID of the conversation; in commands `{message}` stands for what
    the user says, which comes by standard input where there is none. No shell reads the commands.
    """

    name: str = Field(min_length=1, description="its name, as auditor and judge are told it")
    command: Command = Field(description="answers the first message of a conversation, and ends")
    resume: Command | None = Field(default=None, description="answers the later ones; `command` if left out")
    env: Mapping[str, str] = Field(default={}, description="environment variables")
    files: Mapping[str, str] = Field(
        default={}, description="settings: texts by path, absolute or in the home directory as `~/…`"
    )
    instructions: str = Field(
        default="", description="the file in its working directory that it takes standing instructions from"
    )
    tools: bool = Field(
        default=True, description="it declares tools to its model, so that requests without any are no replies"
    )
    replies: int = Field(default=50, ge=1, description="replies of the model within one turn")
    seconds: int = Field(default=1800, ge=1, description="how long a turn may take")
    environment: Environment = Field(default=Environment(), description="what its sandbox needs")

    @property
    def binary(self) -> str:
        """The program's own command."""
        return shlex.split(self.command)[0]


def available_agents() -> tuple[str, ...]:
    """Names of those that come with the package."""
    return tuple(sorted(path.stem for path in AGENTS.glob("*.yaml")))


def find_agent(name: str) -> TargetAgent:
    """An agent by name, or the path of a YAML file with the fields of `TargetAgent`.

    Raises:
        ValueError: There is none, or the file says something else.
    """
    if name in available_agents():
        return _read(AGENTS / f"{name}.yaml", name)
    found = by_path.given(name, Path.is_file)
    if found is None:
        known = ", ".join(available_agents())
        raise ValueError(f"unknown agent {name!r}; available: {known}, or the path of a YAML file that describes one")
    return _read(found, name)


def _read(path: Path, name: str) -> TargetAgent:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict):
            raise ValueError(f"it has to be a mapping of fields: {', '.join(TargetAgent.model_fields)}")
        beside = absolute(data.get("environment", {}), path.parent.resolve())
        return TargetAgent.model_validate({**data, "environment": beside})
    except ValidationError as error:
        wrong = "; ".join(_problem(dict(fault)) for fault in error.errors())
        raise ValueError(f"the agent {name!r} cannot be used: {wrong}") from error
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"the agent {name!r} cannot be used: {error}") from error


def _problem(fault: Mapping[str, Any]) -> str:
    place = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        return f"there is no field {place!r} (there are {', '.join(TargetAgent.model_fields)})"
    return f"{place}: {fault['msg'].removeprefix('Value error, ')}"
