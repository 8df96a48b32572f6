"""All that keeps an environment from running on this machine, said at once and before the first sample."""

import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from seer_evals.environment import Environment, ScopedSpec
from seer_evals.refusal import Refusal

from . import _probe, _state

_SECONDS = 20
_ANY = "any"


def validate(environment: Environment) -> None:
    """Check that the workstation can be what the environment asks for.

    Raises:
        Refusal: It cannot; the message lists every reason.
    """
    problems = [
        *_image(environment),
        *_python(environment),
        *_packages(environment),
        *_hardware(environment),
        *_gpu(environment),
        *_inputs(environment),
        *_boundaries(environment),
    ]
    if problems:
        listed = "\n".join(f"- {problem}" for problem in problems)
        raise Refusal(f"this environment cannot run on the workstation:\n{listed}")


def _image(environment: Environment) -> Iterator[str]:
    for name in ("image", "dockerfile"):
        if value := getattr(environment, name):
            yield f"{name} {value!r}: the workstation has no images; leave it out, or use modal_gpu or docker"
    if environment.system_packages:
        names = " ".join(environment.system_packages)
        yield f"system_packages {names}: the workstation installs none; run apt-get install {names} and leave them out"


def _python(environment: Environment) -> Iterator[str]:
    wanted = environment.python
    if wanted and not (platform.python_version() + ".").startswith(wanted.rstrip(".") + "."):
        yield f"python {wanted}: this is Python {platform.python_version()}; start inspect with a Python {wanted}"


def _packages(environment: Environment) -> Iterator[str]:
    missing = []
    for text in environment.packages:
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            yield f"packages: {text!r} is not a requirement ({error})"
            continue
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        if problem := _unsatisfied(requirement):
            yield problem
            missing.append(text)
    if missing:
        yield f"install them: {sys.executable} -m pip install {' '.join(map(repr, missing))}"


def _unsatisfied(requirement: Requirement) -> str:
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return f"packages: {requirement} is not installed in this environment"
    if requirement.specifier.contains(version, prereleases=True):
        return ""
    return f"packages: {requirement} is wanted, but {requirement.name} {version} is installed"


def _hardware(environment: Environment) -> Iterator[str]:
    cores = len(os.sched_getaffinity(0))
    if environment.cpu and environment.cpu > cores:
        yield f"cpu {environment.cpu:g}: this machine has {cores} cores"
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024**2
    if environment.memory and environment.memory > memory:
        yield f"memory {environment.memory} MiB: this machine has {memory} MiB"
    free = shutil.disk_usage(_state.root()).free // 1024**2
    if environment.disk and environment.disk > free:
        yield f"disk {environment.disk} MiB: {free} MiB are free where sandboxes keep their files"


def _gpu(environment: Environment) -> Iterator[str]:
    if not environment.gpu:
        return
    present = _gpus()
    wanted = ", ".join(environment.gpu)
    if not present:
        yield f"gpu {wanted}: this machine has none (no /dev/nvidia0, or nvidia-smi does not answer); use modal_gpu"
        return
    # The order of preference is for whoever has a choice; here it is enough that one of them is there.
    fitting = [name for name in present if any(_is_type(name, kind) for kind in environment.gpu)]
    if len(fitting) < environment.gpu_count:
        yield f"gpu {wanted} x {environment.gpu_count}: this machine has {', '.join(present)}"


def _is_type(name: str, kind: str) -> bool:
    words = [word for word in re.split(r"[-\s!+]+", kind.lower()) if word]
    return kind.lower() == _ANY or all(word in name.lower() for word in words)


def _gpus() -> list[str]:
    program = shutil.which("nvidia-smi")
    if not Path("/dev/nvidia0").exists() or program is None:
        return []
    command = [program, "--query-gpu=name", "--format=csv,noheader"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line.strip() for line in listed.stdout.splitlines() if line.strip()] if listed.returncode == 0 else []


def _inputs(environment: Environment) -> Iterator[str]:
    for name in environment.secrets:
        if name not in os.environ:
            yield f"secrets: {name} is not set in this process; export it, or leave it out"
    for file in environment.files:
        if not Path(file.source).expanduser().exists():
            yield f"files: {file.source} does not exist"
    if environment.repos and shutil.which("git") is None:
        yield "repos: git is not installed"


def _scoped(scoped: ScopedSpec) -> Iterator[str]:
    if not Path(scoped.interface).expanduser().is_file():
        yield f"its interface {scoped.interface} is no file"
    yield from _packages(Environment(packages=scoped.packages))
    yield from _gpu(Environment(gpu=scoped.gpu))


def _boundaries(environment: Environment) -> Iterator[str]:
    if environment.network == "allowlist":
        yield "network allowlist: the workstation can only block the network or leave it open; use modal_gpu"
    if environment.debug:
        yield "debug: the workstation opens no editor; the agent's notebook is a file on this machine, beside the log"
    if environment.api_keys:
        names = ", ".join(key.secret for key in environment.api_keys)
        yield f"api_keys {names}: the workstation cannot add keys outside of the sandbox; use modal_gpu"
    for scoped in environment.scoped:
        for problem in _scoped(scoped):
            yield f"scoped sandbox {scoped.name!r}: {problem}"
    if environment.require_isolation:
        isolation = _probe.isolation(environment.network)
        if not isolation.complete:
            why = f" ({_probe.why_plain()})" if _probe.mode() == "plain" else ""
            yield f"require_isolation{why}: not isolated are {'; '.join(isolation.missing)}"
