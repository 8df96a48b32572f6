"""A provider of another's, as Inspect knows it: `exec`, `write_file`, `read_file`, and a machine for each sandbox.

It stands in for docker and k8s, which are not here: it takes a compose configuration, and each service is a set of
namespaces with directories of its own over this machine's programs. Its images are this machine.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, ClassVar, Literal, overload

import anyio
from inspect_ai.util import (
    ComposeConfig,
    ExecResult,
    SandboxEnvironment,
    SandboxEnvironmentConfigType,
    sandboxenv,
)
from typing_extensions import override

OWN = ("models", "workspace", "tmp", "run", "var", "root")
SHARED = ("usr", "etc", "opt", sys.prefix, sys.base_prefix)
PATH = f"{sys.prefix}/bin:/usr/bin:/bin"


def why_not() -> str | None:
    """Why it cannot be had here, or None."""
    if os.geteuid() != 0:
        return "needs root to enter namespaces"
    return next((f"needs {tool}" for tool in ("bwrap", "nsenter") if shutil.which(tool) is None), None)


@sandboxenv(name="stand_in")
class StandIn(SandboxEnvironment):
    """One service of a compose configuration."""

    started: ClassVar[list["StandIn"]] = []

    def __init__(self, network: bool, env: dict[str, str]) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="stand-in-"))
        self._env = {"PATH": PATH, "HOME": "/root", **env}
        binds = [part for name in OWN for part in ("--bind", str(self._own(name)), f"/{name}")]
        for name in dict.fromkeys(path if path.startswith("/") else f"/{path}" for path in SHARED):
            binds += ["--ro-bind-try", name, name]
        links = [part for name in ("bin", "lib", "lib64", "sbin") for part in ("--symlink", f"usr/{name}", f"/{name}")]
        argv = ["bwrap", "--unshare-pid", "--unshare-ipc", *([] if network else ["--unshare-net"]), "--die-with-parent"]
        argv += [*binds, *links, "--proc", "/proc", "--dev", "/dev", "--info-fd", "1", "sleep", "infinity"]
        self._process = subprocess.Popen(argv, stdout=subprocess.PIPE)
        self.pid = self._first_process()
        StandIn.started.append(self)

    def _own(self, name: str) -> Path:
        (self.home / name).mkdir()
        return self.home / name

    def _first_process(self) -> int:
        assert self._process.stdout is not None
        said = b""
        while b"}" not in said:
            said += self._process.stdout.read1()
        pid: int = json.loads(said)["child-pid"]
        while not os.path.exists(f"/proc/{pid}/root/workspace"):
            if self._process.poll() is not None:
                raise RuntimeError(f"bwrap ended with {self._process.returncode}")
        return pid

    @classmethod
    @override
    def config_files(cls) -> list[str]:
        return ["compose.yaml"]

    @classmethod
    @override
    async def sample_init(
        cls, task_name: str, config: SandboxEnvironmentConfigType | None, metadata: dict[str, str]
    ) -> dict[str, SandboxEnvironment]:
        assert isinstance(config, ComposeConfig)
        made: dict[str, SandboxEnvironment] = {}
        for name, service in config.services.items():
            assert isinstance(service.environment, dict)
            env = {key: (value or "").replace("$$", "$") for key, value in service.environment.items()}
            made[name] = cls(service.network_mode != "none", env)
        return made

    @classmethod
    @override
    async def sample_cleanup(cls, task_name: str, config: Any, environments: Any, interrupted: bool) -> None:
        for environment in environments.values():
            box = environment.as_type(cls)
            box._process.kill()
            box._process.communicate()
            shutil.rmtree(box.home, ignore_errors=True)

    @override
    async def exec(self, cmd: list[str], input=None, cwd=None, env=None, timeout=None, **_: Any) -> ExecResult[str]:
        """Everything is root's: there are no other users."""
        enter = ["nsenter", "-t", str(self.pid), "-m", "-p", "-n", "-i", "-r", f"--wdns={cwd or '/workspace'}", "--"]
        variables = {**self._env, **(env or {})}
        argv = [*enter, "/usr/bin/env", "-i", *(f"{key}={value}" for key, value in variables.items()), *cmd]
        given = input.encode() if isinstance(input, str) else input or b""
        with anyio.fail_after(timeout):
            done = await anyio.run_process(argv, input=given, check=False)
        out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        return ExecResult(done.returncode == 0, done.returncode, out, err)

    def _path(self, file: str) -> Path:
        return Path(f"/proc/{self.pid}/root", os.path.join("/workspace", file).lstrip("/"))

    @override
    async def write_file(self, file: str, contents: str | bytes) -> None:
        path = self._path(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents.encode() if isinstance(contents, str) else contents)

    @overload
    async def read_file(self, file: str, text: Literal[True] = True) -> str: ...

    @overload
    async def read_file(self, file: str, text: Literal[False]) -> bytes: ...

    @override
    async def read_file(self, file: str, text: bool = True) -> Any:
        data = self._path(file).read_bytes()
        return data.decode() if text else data
