"""A Dockerfile, or a compose file with one service, as an environment. What an environment cannot say is refused."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from inspect_ai.util import ComposeConfig, is_compose_yaml, is_dockerfile, parse_compose_yaml
from pydantic import ValidationError

from seer_evals.environment import Environment
from seer_evals.inspect_private import COMPOSE_FILES, DOCKERFILE, ComposeService

EXTENSION = "x-modal"
FIELDS = (
    "gpu",
    "gpu_count",
    "cpu",
    "memory",
    "packages",
    "system_packages",
    "secrets",
    "network",
    "allow",
    "timeout",
    "idle_timeout",
)
"""Fields of an environment that `x-modal` may set, at the service or for the file; they win over the service's own."""
CONFIG_FILES = [*COMPOSE_FILES, DOCKERFILE]
"""What is looked for beside a task that names none."""
_WITHOUT_EFFECT = {
    "init",
    "stop_grace_period",
    "x_default",
    "pull_policy",
    "stdin_open",
    "tty",
    "container_name",
    "restart",
}
"""What makes no difference here: a sandbox has a first process of its own, and is never restarted."""
_IDLE = re.compile(r"^(tail -f /dev/null|sleep (infinity|inf|\d+[smhd]?))$")
_TRANSLATED = {
    "image",
    "build",
    "environment",
    "network_mode",
    "cpus",
    "mem_limit",
    "mem_reservation",
    "deploy",
    "command",
    "entrypoint",
    "platform",
    "runtime",
}
_UNITS = {"": 2**-20, "b": 2**-20, "k": 2**-10, "m": 1, "g": 2**10, "t": 2**20}


def is_docker(config: object) -> bool:
    """Whether a sandbox's configuration is a Dockerfile, a compose file, or what was read from one."""
    return isinstance(config, ComposeConfig) or is_dockerfile(config) or is_compose_yaml(config)


def environment_of(config: str | ComposeConfig) -> Environment:
    """The environment that a Dockerfile (by its path) or a compose file (by its path, or parsed) describes.

    Raises:
        ValueError: It has more than one service, or says what an environment cannot; every such thing is named.
        FileNotFoundError: There is no such file.
    """
    if isinstance(config, str) and is_dockerfile(config):
        return Environment(dockerfile=_dockerfile(Path(config)))
    folder = Path(config).absolute().parent if isinstance(config, str) else None
    name = config if isinstance(config, str) else "the compose configuration"
    try:
        parsed = parse_compose_yaml(config) if isinstance(config, str) else config
        return _Translation(parsed, folder).environment()
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))} {each['msg']}" for each in error.errors())
        raise ValueError(f"{name}: {wrong}") from error
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _dockerfile(path: Path) -> str:
    if not path.is_file():
        raise FileNotFoundError(f"there is no Dockerfile at {path}")
    return str(path.absolute())


class _Translation:
    """One compose file on its way to an environment."""

    def __init__(self, config: ComposeConfig, folder: Path | None) -> None:
        if len(config.services) != 1:
            names = ", ".join(config.services) or "none"
            raise ValueError(f"modal_gpu takes a compose file with one service, and this has {names}")
        (self._service,) = config.services.values()
        self._config = config
        self._folder = folder

    def environment(self) -> Environment:
        extension = {**_extension(self._config.extensions), **_extension(self._service.extensions)}
        if refused := [*self._refused(), *_unknown(extension)]:
            raise ValueError(f"this cannot be had on Modal: {'; '.join(refused)}")
        fields = {**self._image(), **_variables(self._service), **_network(self._service), **_resources(self._service)}
        return Environment(**{**fields, **extension})

    def _refused(self) -> Iterator[str]:
        for name in ("volumes", "networks"):
            if getattr(self._config, name):
                yield f"{name} of the file"
        for name in sorted(self._service.model_fields_set - _TRANSLATED - _WITHOUT_EFFECT):
            if name in ComposeService.model_fields and getattr(self._service, name) not in (None, False, [], {}):
                yield f"{name} {getattr(self._service, name)!r}"
        yield from _refused_values(self._service)

    def _image(self) -> dict[str, Any]:
        service = self._service
        if service.build is None:
            return {"image": service.image} if service.image else {}
        build = {"context": service.build} if isinstance(service.build, str) else service.build.model_dump()
        context = Path(build.get("context") or ".")
        if self._folder is None and not context.is_absolute():
            raise ValueError(f"build context {str(context)!r} is relative, and nothing says to what; make it absolute")
        context = (self._folder or Path()) / context
        dockerfile = (context / (build.get("dockerfile") or DOCKERFILE)).resolve()
        if dockerfile.parent != context.resolve():
            raise ValueError(f"dockerfile {str(dockerfile)!r} must lie in its build context {str(context.resolve())!r}")
        return {"dockerfile": _dockerfile(dockerfile)}


def _extension(extensions: Mapping[str, Any]) -> dict[str, Any]:
    found = extensions.get(EXTENSION) or {}
    if not isinstance(found, Mapping):
        raise ValueError(f"{EXTENSION} must be a mapping of fields, not {found!r}")
    return _split_gpu(dict(found))


def _split_gpu(fields: dict[str, Any]) -> dict[str, Any]:
    """Modal's own spelling `H100:2` as a type and a number."""
    gpu = fields.get("gpu")
    if isinstance(gpu, str) and ":" in gpu:
        kind, _, number = gpu.partition(":")
        if "gpu_count" in fields or not number.isdecimal():
            raise ValueError(f"{EXTENSION} gpu {gpu!r}: give gpu: {kind} and gpu_count")
        return {**fields, "gpu": (kind,), "gpu_count": int(number)}
    return {**fields, "gpu": tuple(gpu)} if isinstance(gpu, list) else fields


def _unknown(extension: Mapping[str, Any]) -> Iterator[str]:
    for name in extension:
        if name not in FIELDS:
            close = get_close_matches(name, FIELDS, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"available: {', '.join(FIELDS)}"
            yield f"{name} of {EXTENSION} ({hint})"


def _refused_values(service: ComposeService) -> Iterator[str]:
    """What is translated for some values only."""
    for name in ("command", "entrypoint"):
        value = getattr(service, name)
        text = " ".join(value) if isinstance(value, list) else value or ""
        if text and not _IDLE.match(text):
            yield f"{name} {text!r}, since the first process of a sandbox is Seer's"
    if service.network_mode not in (None, "none", "bridge"):
        yield f"network_mode {service.network_mode!r}"
    if service.platform not in (None, "linux/amd64"):
        yield f"platform {service.platform!r}"
    if service.runtime not in (None, "nvidia"):
        yield f"runtime {service.runtime!r}"
    for device in _devices(service):
        if device.device_ids or device.options or "gpu" not in (device.capabilities or []):
            yield f"device {device.model_dump(exclude_none=True)}"
        if device.count is not None and not isinstance(device.count, int):
            yield f"device count {device.count!r}; give a number"


def _variables(service: ComposeService) -> dict[str, Any]:
    """Values as variables; a name without one is the host's, as in compose."""
    given = service.environment or {}
    pairs = (
        dict(text.partition("=")[::2] if "=" in text else (text, None) for text in given)
        if isinstance(given, list)
        else dict(given)
    )
    for name, value in pairs.items():
        if "$" in str(value or "").replace("$$", ""):
            raise ValueError(f"environment {name}: {value!r} is to be interpolated, which is not done; give the value")
    return {
        "env": {name: str(value).replace("$$", "$") for name, value in pairs.items() if value is not None},
        "secrets": tuple(name for name, value in pairs.items() if value is None),
    }


def _network(service: ComposeService) -> dict[str, Any]:
    """As compose has it: open, unless there is to be none."""
    return {"network": "blocked" if service.network_mode == "none" else "open"}


def _devices(service: ComposeService) -> list[Any]:
    resources = service.deploy.resources if service.deploy else None
    return (resources.reservations.devices or []) if resources and resources.reservations else []


def _resources(service: ComposeService) -> dict[str, Any]:
    """What is reserved, or else the limit: Modal reserves what it is asked for."""
    resources = service.deploy.resources if service.deploy else None
    parts = [part for part in (resources.reservations, resources.limits) if part] if resources else []
    cpus = next((part.cpus for part in parts if part.cpus), None) or service.cpus
    memory = next((part.memory for part in parts if part.memory), None) or service.mem_reservation or service.mem_limit
    devices = _devices(service)
    gpus = {"gpu": ("any",), "gpu_count": sum(device.count or 1 for device in devices)} if devices else {}
    found = {"cpu": float(cpus) if cpus else None, "memory": _mebibytes(memory) if memory else None}
    return {**found, **gpus}


def _mebibytes(text: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([bkmgt]?)i?b?", text.strip().lower())
    if not match:
        raise ValueError(f"memory {text!r} is not an amount such as 512m or 2g")
    return max(1, round(float(match[1]) * _UNITS[match[2]]))
