"""Providers of others: which of them a laboratory can be opened in, and how an environment is said to them.

One is supported if it takes a compose configuration, as docker and k8s do, and gives each sample a machine of its own.
What an environment asks for beyond an image, variables, resources and a network that is open or closed is refused.
"""

import hashlib
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inspect_ai.util import ComposeConfig, SandboxEnvironment, SandboxEnvironmentSpec
from pydantic import BaseModel

from seer_evals import by_path
from seer_evals.environment import Environment
from seer_evals.inspect_private import (
    registry_find,
    registry_find_sandboxenv,
    registry_has_sandboxenv,
    registry_info,
    registry_unqualified_name,
)
from seer_evals.sandboxes._base import LabSandbox
from seer_evals.sandboxes._requirements import PYTHON, SYSTEM, requirements

LOCAL = "local"
BUILDS_NOTHING = ("k8s",)
"""Providers that start images and build none."""
_WAIT = ["tail", "-f", "/dev/null"]
_NO_MACHINE = (
    "it is a directory of this machine, so samples would share one kernel and one /models, and what they start would "
    "outlive them; take workstation"
)
_NO_COMPOSE = "it takes no compose configuration, which is how providers of others are told what a laboratory needs"


def available() -> list[str]:
    """The providers that a laboratory can be opened in, of those that are installed."""
    found = registry_find(lambda info: info.type == "sandboxenv")
    names = {registry_unqualified_name(registry_info(provider)) for provider in found}
    return sorted(name for name in names if not why_not(name))


def provider_named(name: str) -> str:
    """The name under which Inspect knows a provider that is given by name, or by the path of its file.

    Raises:
        ValueError: There is no such file, it has not exactly one provider, or that has the name of another.
    """
    if not name.endswith(".py"):
        return name
    path = by_path.given(name, Path.is_file)
    if path is None:
        raise ValueError(f"there is no file {name} with a sandbox provider")
    registry_find(lambda info: False)  # finding none makes Inspect import every provider that is installed
    module = by_path.load(path)
    made = [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]
    found = [registered for each in made if issubclass(each, SandboxEnvironment) and (registered := _registered(each))]
    if len(found) != 1:
        raise ValueError(f"{name} has to have one provider, a class under @sandboxenv; it has {len(found)}")
    (own,) = found
    others = registry_find(lambda info: info.type == "sandboxenv" and registry_unqualified_name(info) == own)
    if len(others) > 1:
        raise ValueError(f"the provider in {name} is called {own!r}, as another one is; rename it")
    return own


def _registered(provider: type[SandboxEnvironment]) -> str:
    try:
        return registry_unqualified_name(registry_info(provider))
    except ValueError:
        return ""


def check_provider(name: str) -> None:
    """See that a laboratory can be opened in a provider, which is given by name or by the path of its file.

    Raises:
        ValueError: There is none, or it is not supported; the message says why and lists those that are.
    """
    name = provider_named(name)
    if not registry_has_sandboxenv(name):
        raise ValueError(f"unknown sandbox {name!r}; available: {', '.join(available())}")
    if reason := why_not(name):
        raise ValueError(f"no laboratory in the sandbox {name!r}: {reason}; available: {', '.join(available())}")


def why_not(name: str) -> str:
    """Why a provider that is installed is not supported; empty if it is."""
    provider = registry_find_sandboxenv(name)
    if issubclass(provider, LabSandbox) or provider.is_docker_compatible():
        return ""
    return _NO_MACHINE if name == LOCAL else _NO_COMPOSE


def provider_of(sandbox: SandboxEnvironment) -> str | None:
    """The name of the provider of a sandbox; None if it is registered under none."""
    direct = sandbox.as_type(SandboxEnvironment)  # type: ignore[type-abstract]  # whatever is behind Inspect's proxy
    return _registered(type(direct)) or None


def spec_for(name: str, environment: Environment) -> SandboxEnvironmentSpec:
    """A sample's sandbox, of a provider that is given by name or by the path of its file.

    Raises:
        ValueError: There is no such provider, or it cannot give what the environment asks for.
    """
    known = provider_named(name)
    return SandboxEnvironmentSpec(known, config_for(known, environment))


def config_for(name: str, environment: Environment) -> BaseModel:
    """An environment as a provider takes it: as it is, or as a compose configuration with a service for each sandbox.

    Raises:
        ValueError: The provider cannot give what it asks for; the message lists everything.
    """
    if issubclass(registry_find_sandboxenv(name), LabSandbox):
        return environment
    if problems := list(_problems(name, environment)):
        listed = "\n".join(f"- {problem}" for problem in problems)
        raise ValueError(f"the sandbox {name!r} cannot be this environment; workstation and modal_gpu can:\n{listed}")
    services = {"default": _service(name, environment, environment.packages, environment.gpu)}
    services["default"]["x-default"] = True
    for scoped in environment.scoped:
        services[scoped.name] = _service(name, environment, scoped.packages, scoped.gpu)
    return ComposeConfig.model_validate({"services": services})


def _problems(name: str, environment: Environment) -> Iterator[str]:
    if name in BUILDS_NOTHING and not environment.image:
        yield "image: it builds none, so name one that has the laboratory's packages"
    if name in BUILDS_NOTHING and environment.dockerfile:
        yield "dockerfile: it builds no image"
    for field in ("repos", "secrets", "api_keys", "idle_timeout", "timeout", "debug"):
        if getattr(environment, field):
            yield f"{field}: is not handed on to providers of others"
    if environment.network == "allowlist":
        yield "network: allowlist is not handed on to providers of others; it is open or blocked there"
    if environment.require_isolation:
        yield "require_isolation: what it keeps apart is not known here"


def _service(name: str, environment: Environment, packages: tuple[str, ...], gpu: tuple[str, ...]) -> dict[str, Any]:
    variables = {"LANG": "C.UTF-8", **({"HF_HUB_OFFLINE": "1"} if environment.network == "blocked" else {})}
    service: dict[str, Any] = {
        **_image(name, environment, packages),
        "command": _WAIT,
        "init": True,
        # Compose would put variables of this process in the place of `${…}`.
        "environment": {key: value.replace("$", "$$") for key, value in (variables | dict(environment.env)).items()},
        "network_mode": "none" if environment.network == "blocked" else "bridge",
    }
    if environment.cpu:
        service["cpus"] = environment.cpu
    if environment.memory:
        service["mem_limit"] = f"{environment.memory}m"
    if gpu:
        devices = [{"driver": "nvidia", "count": environment.gpu_count, "capabilities": ["gpu"]}]
        service["deploy"] = {"resources": {"reservations": {"devices": devices}}}
    return service


def _image(name: str, environment: Environment, packages: tuple[str, ...]) -> dict[str, Any]:
    if name in BUILDS_NOTHING:
        return {"image": environment.image}
    if environment.dockerfile:
        path = Path(environment.dockerfile).expanduser().resolve()
        return {"build": {"context": str(path.parent), "dockerfile": path.name}}
    return {"build": {"context": str(_recipe(environment.model_copy(update={"packages": packages})).parent)}}


def _recipe(environment: Environment) -> Path:
    """A Dockerfile with the laboratory's packages, below a name that its contents decide."""
    base = environment.image or f"python:{environment.python or PYTHON}-slim"
    system = " ".join((*SYSTEM, *environment.system_packages))
    installed = shlex.join(requirements(environment))
    text = (
        f"FROM {base}\nRUN apt-get update && apt-get install -y --no-install-recommends {system} "
        f"&& rm -rf /var/lib/apt/lists/*\nRUN python3 -m pip install --no-cache-dir {installed}\n"
        "RUN mkdir -p /workspace\nWORKDIR /workspace\n"
    )
    home = Path(os.environ.get("SEER_CACHE") or Path.home() / ".cache" / "seer_evals")
    path = home / "images" / hashlib.sha256(text.encode()).hexdigest()[:24] / "Dockerfile"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
