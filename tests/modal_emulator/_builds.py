"""Building an image: instructions are recorded, and what is harmless is done in a container."""

from __future__ import annotations

import posixpath
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from modal_proto import api_pb2

from ._container import Container, Spec, VolumeMount
from ._dockerfile import Instruction, expand, parse
from ._isolation import start
from ._processes import Process
from ._recipe import environment, lay_out, volume_mount
from ._state import Image, found
from ._world import World
from .faults import BuildFails

CONTEXT = "/__modal/context"
_STANDALONE_PYTHON = "/python/"
_COPY = f"""
set -e
target=$1; shift
cd {CONTEXT}
for pattern; do for source in $pattern; do
  if [ -d "$source" ]; then mkdir -p "$target"; cp -a "$source/." "$target/"
  elif [ ! -e "$source" ]; then echo "COPY: no $source in the build context" >&2; exit 1
  elif [ $# -gt 1 ] || [ -d "$target" ] || [ "${{target%/}}" != "$target" ]; then
    mkdir -p "$target"; cp -a "$source" "$target/"
  else mkdir -p "$(dirname "$target")"; cp -a "$source" "$target"; fi
done; done
"""


class BuildError(Exception):
    """A build step failed; the message is what the client shows."""


@dataclass
class Build:
    """One image being built from its definition."""

    world: World
    image_id: str
    definition: api_pb2.Image
    record_only: bool
    log: list[str] = field(default_factory=list)
    _image: Image = field(default_factory=lambda: Image(""))
    _arguments: dict[str, str] = field(default_factory=dict)
    _shell: tuple[str, ...] = ("/bin/sh", "-c")
    _container: Container | None = None
    _context: str = ""

    async def run(self) -> Image:
        """Carry out the instructions and return the image.

        Raises:
            BuildError: a step failed.
        """
        self._image = Image(self.image_id)
        try:
            for instruction in parse(self.definition.dockerfile_commands):
                await self._step(instruction)
            await self._keep_layer()
        finally:
            await self._leave()
        return self._image

    async def _step(self, instruction: Instruction) -> None:
        self.log.append(instruction.text)
        self._image = replace(self._image, steps=(*self._image.steps, instruction.text))
        for fault in self.world.faults.peek(BuildFails):
            if fault.step in instruction.text:
                self.world.faults.use(fault)
                raise BuildError(f"{instruction.text}: {fault.message}")
        handler = getattr(self, f"_do_{instruction.keyword.lower()}", None)
        if handler is not None:
            await handler(instruction)

    @property
    def _known(self) -> dict[str, str]:
        return {**self._arguments, **dict(self._image.env)}

    async def _do_from(self, instruction: Instruction) -> None:
        tag = expand(instruction.rest, self._known).split()[0]
        base = next((b.image_id for b in self.definition.base_images if b.docker_tag == tag), None)
        parent = self.world.account.image(base) if base else Image("")
        self._image = replace(parent, image_id=self.image_id, steps=(*parent.steps, *self._image.steps), folder=False)
        await self._leave()

    async def _do_env(self, instruction: Instruction) -> None:
        env = dict(self._image.env) | instruction.pairs(self._known | {"PATH": environment(self._image, {})["PATH"]})
        self._image = replace(self._image, env=tuple(env.items()))

    async def _do_arg(self, instruction: Instruction) -> None:
        given = dict(self.definition.build_args)
        self._arguments |= instruction.pairs(self._known)
        self._arguments |= {k: v for k, v in given.items() if k in instruction.rest}

    async def _do_workdir(self, instruction: Instruction) -> None:
        path = posixpath.join(self._image.workdir, expand(instruction.rest, self._known))
        self._image = replace(self._image, workdir=path)

    async def _do_shell(self, instruction: Instruction) -> None:
        self._shell = instruction.words()

    async def _do_entrypoint(self, instruction: Instruction) -> None:
        self._image = replace(self._image, entrypoint=instruction.words(self._shell))

    async def _do_cmd(self, instruction: Instruction) -> None:
        self._image = replace(self._image, cmd=instruction.words(self._shell))

    async def _do_run(self, instruction: Instruction) -> None:
        if self.record_only or (instruction.fetches and not self.world.execute_packages):
            self.log.append("  recorded, not run")
            return
        await self._in_container(instruction, instruction.words(self._shell))

    async def _do_copy(self, instruction: Instruction) -> None:
        (*sources, target), options = instruction.operands()
        if self.record_only or "from" in options or sources[0].startswith(_STANDALONE_PYTHON):
            self.log.append("  recorded, not copied")
            return
        slash = "/" if target.endswith("/") else ""
        target = posixpath.normpath(posixpath.join(self._image.workdir, expand(target, self._known))) + slash
        patterns = [source.lstrip("/") or "." for source in sources]
        await self._in_container(instruction, ("/bin/sh", "-c", _COPY, "copy", target, *patterns))

    _do_add = _do_copy

    async def _in_container(self, instruction: Instruction, argv: tuple[str, ...]) -> None:
        if self._container is None:
            self._container = await start(self.world.laboratory, self._spec())
        env = environment(self._image, self._arguments | self._secrets())
        await self._container.run(["/bin/mkdir", "-p", self._image.workdir], env, "/")
        process = await self._container.run(argv, env, self._image.workdir if instruction.keyword == "RUN" else "/")
        await process.ended.wait()
        output = await _output(process)
        self.log.append(output)
        if process.returncode:
            raise BuildError(f"{instruction.text}: exit status {process.returncode}\n{output}".strip())

    def _secrets(self) -> dict[str, str]:
        return self.world.account.env_of_secrets(self.definition.secret_ids)

    def _spec(self) -> Spec:
        number = next(self.world.numbers)
        return Spec(
            name=f"b{number}",
            number=number,
            argv=("sleep", "86400"),
            layers=self._image.layers,
            env=environment(self._image, {}),
            workdir="/",
            access=api_pb2.NetworkAccess(network_access_type=api_pb2.NetworkAccess.OPEN),
            volumes=[self._lay_out_context(), *(volume_mount(self.world, v) for v in self.definition.volume_mounts)],
            host_network=self.world.execute_packages,
        )

    def _lay_out_context(self) -> VolumeMount:
        self._context = f"mounts/{self.image_id}"
        folder = self.world.laboratory.root / self._context
        folder.mkdir(exist_ok=True)
        if self.definition.context_mount_id:
            mount = found(self.world.account.mounts, self.definition.context_mount_id, "mount")
            lay_out(self.world, mount.files, folder)
        for file in self.definition.context_files:
            target = folder / file.filename.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.data)
        return VolumeMount(self._context, CONTEXT, read_only=True)

    async def _keep_layer(self) -> None:
        if self._container is None:
            return
        layer = self.world.laboratory.new_layer()
        await self._container.copy_upper(layer)
        _without_mount_points(self.world.laboratory.layer(layer))
        self._image = replace(self._image, layers=(layer, *self._image.layers))

    async def _leave(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            container.kill()
            await container.remove()
            shutil.rmtree(self.world.laboratory.root / self._context, ignore_errors=True)


def _without_mount_points(layer: Path) -> None:
    for path in (CONTEXT, posixpath.dirname(CONTEXT)):
        if (layer / path.lstrip("/")).exists():
            (layer / path.lstrip("/")).rmdir()


async def _output(process: Process) -> str:
    parts = [b"".join([chunk async for chunk in stream.read(0)]) for stream in (process.stdout, process.stderr)]
    return b"".join(parts).decode(errors="replace")[-4000:].strip()
