"""A cell that takes all it can gets to its sandbox's ceiling, is told so, and nobody else notices."""

import contextlib
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from inspect_ai.util import SandboxUnavailableError
from workstation_support import running, sh

from seer_evals.environment import Environment
from seer_evals.inspect_private import PrerequisiteError
from seer_evals.sandboxes.workstation import WorkstationSandbox, _ceilings, _disk, _groups, _probe, _scope, _validate

MIB = 1024**2
SMALL = Environment(memory=384, processes=96, disk=64)
HOG = "hog = []\nwhile True: hog.append(bytearray(16 << 20))"


@pytest.fixture(scope="module")
def groups() -> _groups.Parents:
    """As root a machine without them is a failure: nothing would be tested."""
    parents = _groups.available()
    if not isinstance(parents, _groups.Parents):
        (pytest.fail if os.getuid() == 0 else pytest.skip)(f"ceilings cannot be tested: {parents}")
    return parents


@pytest.fixture(scope="module")
async def small(groups: _groups.Parents) -> AsyncIterator[WorkstationSandbox]:
    async with running(SMALL) as sandbox:
        yield sandbox


async def alive(sandbox: WorkstationSandbox) -> bool:
    """Whether a command runs there, at once or when what was killed has given back what it had."""
    with anyio.move_on_after(60):
        while (await sandbox.exec(["echo", "alive"], timeout=30)).stdout != "alive\n":
            await anyio.sleep(0.1)
        return True
    return False


async def test_out_of_memory_is_said_with_the_ceiling(small: WorkstationSandbox) -> None:
    result = await small.exec(["python", "-c", HOG], timeout=120)
    assert not result.success
    assert "out of memory: a process was ended at the sandbox's 0.375 GiB" in result.stderr
    assert await alive(small)


async def test_a_kernel_that_was_ended_can_be_explained(small: WorkstationSandbox) -> None:
    small.ceilings_met()
    assert small.ceilings_met() == ""
    await small.exec(["python", "-c", HOG], timeout=120)
    assert small.ceilings_met().startswith("out of memory")
    assert small.ceilings_met() == ""


async def test_a_command_that_meets_nothing_is_not_told_of_what_others_met(small: WorkstationSandbox) -> None:
    await small.exec(["python", "-c", HOG], timeout=120)
    result = await small.exec(["sh", "-c", "echo mine >&2; exit 3"])
    assert result.stderr == "mine\n"


@pytest.mark.parametrize("place", ["/dev/shm", "/run"])
async def test_memory_in_the_form_of_files_is_bounded(small: WorkstationSandbox, place: str) -> None:
    said = await sh(small, f"dd if=/dev/zero of={place}/fill bs=1M count=1000; rm -f {place}/fill", timeout=120)
    assert "No space left" in said
    assert await alive(small)


async def test_memory_without_a_name_is_bounded(small: WorkstationSandbox) -> None:
    script = "import os\nfd = os.memfd_create('x')\nfor _ in range(2000): os.write(fd, bytes(1 << 20))\nprint('DID')"
    result = await small.exec(["python", "-c", script], timeout=120)
    assert "DID" not in result.stdout and "out of memory" in result.stderr
    assert await alive(small)


async def test_a_fork_bomb_is_bounded_and_can_be_killed(small: WorkstationSandbox) -> None:
    async with running() as neighbour:
        bomb = "import os, time\nwhile True:\n    try: os.fork()\n    except OSError: time.sleep(0.01)"
        with pytest.raises(TimeoutError):
            await small.exec(["python", "-c", bomb], timeout=3)
        assert await alive(neighbour)
    assert await alive(small)
    assert small.ceilings_met().startswith(("out of processes", "out of memory"))


@pytest.mark.slow
async def test_while_no_process_can_be_had_files_can_be_read_and_the_reason_is_told(small: WorkstationSandbox) -> None:
    fill = (
        "import os, time\nready = os.open('/tmp/full', os.O_CREAT | os.O_WRONLY)\n"
        "while True:\n    try: pid = os.fork()\n    except OSError: os.write(ready, b'x'); time.sleep(0.05); continue\n"
        "    if not pid: time.sleep(60); os._exit(0)\n"
    )

    async def filling() -> None:
        with contextlib.suppress(TimeoutError):
            await small.exec(["python", "-c", fill], timeout=8)

    async with anyio.create_task_group() as group:
        group.start_soon(filling)
        with anyio.fail_after(60):
            while not await _exists(small, "/tmp/full"):
                await anyio.sleep(0.1)
        refused = [await small.exec(["/bin/true"], timeout=30) for _ in range(8)]
        assert any("out of processes: the sandbox has its 96 processes" in result.stderr for result in refused)
        assert await small.read_file("/proc/1/comm") != ""
    assert await alive(small)


async def _exists(sandbox: WorkstationSandbox, path: str) -> bool:
    with contextlib.suppress(OSError):
        return bool(await sandbox.read_file(path))
    return False


async def test_threads_count_as_processes(small: WorkstationSandbox) -> None:
    script = (
        "import threading, time\n"
        "for n in range(500):\n    threading.Thread(target=time.sleep, args=(5,), daemon=True).start()\nprint('DID')"
    )
    result = await small.exec(["python", "-c", script], timeout=60)
    assert "DID" not in result.stdout and "out of processes" in result.stderr


@pytest.mark.parametrize("place", ["/workspace", "/tmp", "/var/tmp", "/root", "/home", "/etc", "/lab/run"])
async def test_files_are_bounded_wherever_they_can_be_written(small: WorkstationSandbox, place: str) -> None:
    if _disk.problem() or _probe.mode() != "root":
        pytest.skip(f"files are counted here, not bounded: {_disk.problem()}")
    said = await sh(small, f"dd if=/dev/zero of={place}/fill bs=1M count=200; rm -f {place}/fill; echo $?", timeout=120)
    assert "No space left" in said
    assert (await small.exec(["sh", "-c", "echo still > /workspace/x; cat /workspace/x"])).stdout == "still\n"


async def test_files_without_a_name_are_bounded(small: WorkstationSandbox) -> None:
    if _disk.problem() or _probe.mode() != "root":
        pytest.skip(f"files are counted here, not bounded: {_disk.problem()}")
    script = (
        "import os\nkept = []\n"
        "for n in range(40):\n"
        "    fd = os.open('/tmp/x', os.O_CREAT | os.O_RDWR); os.unlink('/tmp/x'); kept.append(fd)\n"
        "    os.write(fd, bytes(4 << 20))\nprint('DID')"
    )
    result = await small.exec(["python", "-c", script], timeout=60)
    assert "DID" not in result.stdout and "No space left" in result.stderr


async def test_the_disk_takes_no_more_of_the_host_than_is_used(small: WorkstationSandbox, state_root: str) -> None:
    images = [path for path in Path(state_root).rglob(_disk.IMAGE)]
    if _disk.problem():
        pytest.skip("there are no images")
    assert images and all(stat.S_ISREG(path.lstat().st_mode) for path in images)
    async with running(Environment(disk=4096)) as roomy:
        mine = roomy._started.state / _disk.IMAGE
        assert mine.stat().st_size == 4096 * MIB
        assert mine.stat().st_blocks * 512 < 40 * MIB


async def test_cores_are_bounded(groups: _groups.Parents) -> None:
    spin = (
        "import time, os\nstart = time.monotonic()\nwhile time.monotonic() - start < 2: pass\n"
        "print(time.process_time() / (time.monotonic() - start))"
    )
    async with running(Environment(cpu=0.5)) as sandbox:
        assert float((await sandbox.exec(["python", "-c", spin])).stdout) < 0.75


async def test_counted_files_end_the_sandbox_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no file system of a given size can be mounted: as an ordinary user, or in a container."""
    monkeypatch.setattr(_disk, "problem", lambda: "not here")
    nameless = "import os, time\nfd = os.open('x', os.O_CREAT | os.O_RDWR); os.unlink('x')\n"
    many = "for n in range(40): open(f'f{n}', 'wb').write(bytes(4 << 20))\n"
    hidden = nameless + "for _ in range(15): os.write(fd, bytes(4 << 20))\n" + nameless.replace("fd", "other")
    hidden += "for _ in range(15): os.write(other, bytes(4 << 20))\n"
    for script in (many, hidden):
        async with running(Environment(disk=65)) as sandbox, running() as neighbour:
            with pytest.raises(SandboxUnavailableError, match="out of disk: its files took more than the sandbox's"):
                await sandbox.exec(["python", "-c", script + "import time; time.sleep(60)"], timeout=60)
            with pytest.raises(SandboxUnavailableError, match="out of disk"):
                await sandbox.exec(["true"])
            assert await alive(neighbour)


async def test_one_counted_file_cannot_exceed_the_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_disk, "problem", lambda: "not here")
    async with running(Environment(disk=65)) as sandbox:
        result = await sandbox.exec(["python", "-c", "open('x', 'wb').truncate(70 << 20)"])
        assert "File too large" in result.stderr


async def test_a_group_is_gone_with_its_sandbox(groups: _groups.Parents) -> None:
    async with running() as sandbox:
        name = f"lab-{sandbox._started.state.name}"
        assert (groups.memory / name).is_dir() and (groups.pids / name).is_dir()
    assert not (groups.memory / name).exists() and not (groups.pids / name).exists()


def test_shares_are_of_the_machine_and_of_those_that_run_at_once(tmp_path: Path) -> None:
    alone, crowded = (_ceilings.ceilings(Environment(), tmp_path, number) for number in (1, 4))
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert alone.memory == pytest.approx(machine * 0.8, rel=1e-3)
    assert crowded.memory == pytest.approx(max(machine * 0.2, 1024 * MIB), rel=1e-3)
    said = _ceilings.ceilings(Environment(memory=100, processes=64, disk=70, cpu=1.5), tmp_path, 4)
    assert said == _ceilings.Ceilings(memory=100 * MIB, processes=64, disk=70 * MIB, cpu=1.5)


def test_a_containers_memory_is_what_is_shared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    limit, unlimited = tmp_path / "memory.max", tmp_path / "none"
    limit.write_text(f"{8 * 1024 * MIB}\n")
    unlimited.write_text("max\n")
    monkeypatch.setattr(_ceilings, "_OF_THE_CONTAINER", (limit, unlimited, tmp_path / "missing"))
    assert _ceilings.ceilings(Environment(), tmp_path, 2).memory == pytest.approx(8 * 1024 * MIB * 0.4, rel=1e-3)


def test_without_ceilings_isolation_is_incomplete_and_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_probe, "no_ceilings", lambda: "no control group can be made (not here)")
    isolation = _probe.isolation("blocked")
    assert not isolation.complete and any(text.startswith("ceilings: no control group") for text in isolation.missing)
    with pytest.raises(PrerequisiteError, match="ceilings: no control group can be made"):
        _validate.validate(Environment(require_isolation=True))


async def test_processes_of_a_user_namespace_are_bounded_without_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_groups, "available", lambda: "not here")
    monkeypatch.setattr(_probe, "mode", lambda: "user")
    script = "import os\nfor n in range(400):\n    if not os.fork(): os.execlp('sleep', 'sleep', '30')\nprint('DID')"
    async with running(Environment(processes=96)) as sandbox, running() as neighbour:
        raised = await sandbox.exec(["sh", "-c", "ulimit -u 4000"])
        result = await sandbox.exec(["python", "-c", script], timeout=60)
        assert await alive(neighbour)
    if os.getuid() == 0:
        pytest.skip("root of the host is not counted, whatever its name inside")
    assert not raised.success and "DID" not in result.stdout and "temporarily unavailable" in result.stderr


async def test_a_sandbox_starts_where_there_are_no_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_groups, "available", lambda: "not here")
    async with running() as sandbox:
        assert await alive(sandbox)
        assert sandbox.ceilings_met() == ""


# Control groups of version 2 and systemd are not on every machine; what is written to them is the same everywhere.


def test_ceilings_of_version_2(tmp_path: Path) -> None:
    ceilings = _ceilings.Ceilings(memory=5 * MIB, processes=70, disk=0, cpu=0.5)
    group = _groups.Group("lab-x", ceilings, _groups.Parents(2, tmp_path, tmp_path, tmp_path))
    (tmp_path / "lab-x").mkdir()
    (tmp_path / "lab-x" / "memory.swap.max").write_text("max")
    group.make()
    assert group.directories == [tmp_path / "lab-x"]
    written = {path.name: path.read_text() for path in (tmp_path / "lab-x").iterdir()}
    assert written == {
        "pids.max": "70",
        "memory.max": str(5 * MIB),
        "memory.swap.max": "0",
        "cpu.max": "50000 100000",
    }
    before = group.met()
    (tmp_path / "lab-x" / "memory.events").write_text("low 0\nhigh 0\nmax 9\noom 2\noom_kill 1\noom_group_kill 0\n")
    assert group.since(before).startswith("out of memory")


def test_groups_of_version_2_are_looked_for_beside_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = tmp_path / "user.slice" / "session-3.scope"
    own.mkdir(parents=True)
    monkeypatch.setattr(_groups, "_mounts", lambda: {"": (tmp_path, "/")})
    monkeypatch.setattr(_groups, "_own", lambda: {"": "/user.slice/session-3.scope"})
    assert [each.memory for each in _groups._candidates()] == [own, own.parent, tmp_path]


def test_a_container_sees_its_own_group_as_the_root(tmp_path: Path) -> None:
    assert _groups._below((tmp_path, "/docker/abc"), "/docker/abc") == tmp_path
    assert _groups._below((tmp_path, "/"), "/gone") == tmp_path


async def test_systemd_makes_the_scope_where_no_group_can_be_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "systemd-run"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\nwhile [ "$1" != -- ]; do shift; done; shift; exec "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(_groups, "available", lambda: "not here")
    _scope.works.cache_clear()
    try:
        assert _probe.no_ceilings() == ""
        async with running(Environment(memory=300, processes=80)) as sandbox:
            assert await alive(sandbox)
    finally:
        monkeypatch.undo()
        _scope.works.cache_clear()
    asked = (tmp_path / "asked").read_text().splitlines()[-1]
    assert f"-p MemoryMax={300 * MIB} -p MemorySwapMax=0 -p TasksMax=80" in asked


def test_what_a_killed_process_left_of_its_groups_is_removed(groups: _groups.Parents) -> None:
    small = _ceilings.Ceilings(memory=64 * MIB, processes=16, disk=0, cpu=None)
    group = _groups.create("left", small)
    assert group is not None and all(path.is_dir() for path in group.directories)
    _groups.remove("left")
    assert not any(path.exists() for path in group.directories)
