"""The attacker's side: what code in a sandbox must not reach, tried from inside."""

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from workstation_support import running, sh

import seer_evals
from seer_evals.environment import Environment
from seer_evals.sandboxes.workstation import WorkstationSandbox, _layers, _probe

REPOSITORY = Path(seer_evals.__file__).resolve().parents[1]
PLANTED = f"planted-{secrets.token_hex(8)}"


@pytest.fixture(scope="module")
async def cell() -> AsyncIterator[WorkstationSandbox]:
    os.environ["FAKE_API_KEY"] = PLANTED
    async with running() as sandbox:
        yield sandbox
    del os.environ["FAKE_API_KEY"]


@pytest.mark.parametrize(
    "path",
    [REPOSITORY, REPOSITORY / "pyproject.toml", Path.home() / ".profile", Path.cwd(), Path("/mnt")],
)
async def test_places_of_the_host_are_not_there(cell: WorkstationSandbox, path: Path) -> None:
    assert not (await cell.exec(["test", "-e", str(path)])).success


async def test_the_home_directory_is_its_own(cell: WorkstationSandbox) -> None:
    assert await sh(cell, "ls -A /root /home") == "/home:\n\n/root:\n"


async def test_no_process_shows_a_way_to_the_hosts_files(cell: WorkstationSandbox) -> None:
    repository = str(REPOSITORY).lstrip("/")
    script = (
        f"for root in /proc/*/root /proc/*/cwd; do cat $root/{repository}/pyproject.toml $root/../pyproject.toml; done"
    )
    assert "[project]" not in await sh(cell, script)


async def test_the_mount_table_names_no_place_of_the_host(cell: WorkstationSandbox) -> None:
    table = await cell.read_file("/proc/self/mountinfo")
    for path in (str(REPOSITORY), sys.prefix, str(Path(sys.base_prefix).resolve())):
        if _layers.problem():
            # As an ordinary user their names are there; nothing below them can be reached by that name.
            assert not (await cell.exec(["test", "-e", path])).success
        elif not Path(path).is_relative_to("/usr"):
            assert path not in table


@pytest.mark.slow
async def test_this_package_is_not_among_the_installed(cell: WorkstationSandbox) -> None:
    listed = await sh(cell, "find / -iname '*seer_evals*' -not -path '/proc/*'; pip list; ls -A /opt/site*")
    if _layers.problem():
        assert not (await cell.exec(["python", "-c", "import seer_evals.organisms"])).success
    else:
        assert "seer_evals" not in listed and "seer-evals" not in listed and "torch" in listed


async def test_the_mount_table_says_nothing_about_the_sample(state_root: str) -> None:
    config = Environment()
    metadata = {"__sample_id__": "preference-llama-101", "organism": "flattery"}
    sandboxes = await WorkstationSandbox.sample_init("hidden_preference", config, metadata)
    try:
        table = await sandboxes["default"].read_file("/proc/self/mountinfo")
        for word in ("preference", "llama", "flattery", "hidden"):
            assert word not in table
    finally:
        await WorkstationSandbox.sample_cleanup("hidden_preference", config, sandboxes, False)


async def test_processes_of_the_host_cannot_be_seen_or_hit(cell: WorkstationSandbox) -> None:
    ours = [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    theirs = [int(pid) for pid in (await sh(cell, "ls /proc | grep '^[0-9]*$'")).split()]
    assert len(theirs) < 10 < len(ours)
    commands = await sh(cell, "cat /proc/*/cmdline | tr '\\0' ' '")
    assert "pytest" not in commands
    victim = subprocess.Popen(["sleep", "50"])
    await sh(cell, f"kill -9 {victim.pid}; kill -9 -1")
    assert victim.poll() is None
    victim.kill()
    victim.wait()


async def test_the_hosts_environment_is_nowhere(cell: WorkstationSandbox) -> None:
    said = await sh(
        cell, "env; cat /proc/1/environ /proc/*/environ | tr '\\0' '\\n'; cat /proc/*/cmdline | tr '\\0' ' '"
    )
    assert PLANTED not in said and "FAKE_API_KEY" not in said


async def test_memory_of_the_supervisor_cannot_be_read(cell: WorkstationSandbox) -> None:
    said = await sh(cell, "for i in 1 $PPID; do head -c 1 /proc/$i/mem; ls -l /proc/$i/fd/; cat /proc/$i/environ; done")
    assert said.count("Permission denied") >= 4


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/usr",
        "/usr/bin",
        "/usr/local/bin",
        "/bin",
        "/lib",
        "/etc/ssl",
        "/models",
        "/opt",
        "/opt/venv",
        "/opt/venv/bin",
        "/opt/site",
        "/opt/python",
        "/lab",
        "/lab/runtime",
        "/lab/runtime/seer_runtime",
        "/dev",
        "/sys",
        "/var",
        "/proc/sys",
    ],
)
async def test_only_its_own_directories_can_be_written(cell: WorkstationSandbox, path: str) -> None:
    result = await cell.exec(["touch", f"{path}/x"])
    assert not result.success, path
    with pytest.raises(OSError):
        await cell.write_file(f"{path}/y", "x")


async def test_settings_of_the_kernel_cannot_be_written(cell: WorkstationSandbox) -> None:
    before = Path("/proc/sys/kernel/core_pattern").read_text()
    said = await sh(
        cell, "echo x > /proc/sys/kernel/core_pattern; echo b > /proc/sysrq-trigger; echo 1 > /proc/irq/0/x"
    )
    assert "Read-only" in said
    assert Path("/proc/sys/kernel/core_pattern").read_text() == before


async def test_mounts_cannot_be_changed(cell: WorkstationSandbox) -> None:
    said = await sh(
        cell, "mount -o remount,rw / && echo DID; umount /models && echo DID; mount -t tmpfs x /tmp && echo DID"
    )
    assert "DID" not in said
    nested = await sh(
        cell,
        "unshare -Urm sh -c 'mount -o remount,rw,bind /usr && echo DID; umount /opt/site && echo DID; touch /usr/x && '"
        "'echo DID'",
    )
    assert "DID" not in nested


async def test_devices_cannot_be_made(cell: WorkstationSandbox) -> None:
    if _probe.mode() in ("root", "users"):
        assert "DID" not in await sh(cell, "mknod /tmp/disk b 254 0 && echo DID")
    assert "DID" not in await sh(cell, "head -c 1 /dev/vda /dev/sda && echo DID")


async def test_capabilities_are_few_and_cannot_be_regained(cell: WorkstationSandbox) -> None:
    masks = dict(line.split() for line in (await sh(cell, "grep ^Cap /proc/self/status")).splitlines())
    dangerous = {"SYS_ADMIN": 21, "SYS_PTRACE": 19, "MKNOD": 27, "NET_ADMIN": 12, "NET_RAW": 13, "DAC_READ_SEARCH": 2}
    for mask in ("CapEff:", "CapPrm:", *(["CapBnd:"] if _probe.mode() in ("root", "users") else [])):
        assert not [name for name, bit in dangerous.items() if int(masks[mask], 16) >> bit & 1]
    assert "NoNewPrivs:\t1" in await sh(cell, "cat /proc/self/status")


async def test_the_network_of_the_host_is_out_of_reach(cell: WorkstationSandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        name = f"lab-test-{secrets.token_hex(4)}"
        abstract.bind(f"\0{name}")
        abstract.listen()
        script = f"""
import socket
def reach(family, address):
    try:
        with socket.socket(family) as s:
            s.settimeout(2); s.connect(address); print("REACHED", address)
    except OSError as error:
        print("no", error.errno)
reach(socket.AF_INET, ("127.0.0.1", {server.getsockname()[1]}))
reach(socket.AF_INET, ("1.1.1.1", 53))
reach(socket.AF_UNIX, "\\0{name}")
print(socket.if_nameindex())
"""
        said = (await cell.exec(["python", "-c", script])).stdout
    assert "REACHED" not in said and said.count("no") == 3 and "[(1, 'lo')]" in said


async def test_its_own_loopback_works(cell: WorkstationSandbox) -> None:
    script = (
        "import socket as s; a = s.create_server(('127.0.0.1', 0)); s.create_connection(a.getsockname()); print('ok')"
    )
    assert (await cell.exec(["python", "-c", script])).stdout == "ok\n"


async def test_shared_memory_and_semaphores_are_its_own(cell: WorkstationSandbox) -> None:
    mark = Path("/dev/shm") / secrets.token_hex(8)
    mark.write_text("host")
    try:
        assert await sh(cell, "ls /dev/shm; hostname") == "lab\n"
    finally:
        mark.unlink()


async def test_people_and_passwords_of_the_host_are_not_in_its_etc(cell: WorkstationSandbox) -> None:
    people = [
        line.split(":")[0]
        for line in Path("/etc/passwd").read_text().splitlines()
        if 1000 <= int(line.split(":")[2]) < 60000
    ]
    said = await sh(
        cell, "cat /etc/passwd /etc/shadow; ls /etc/ssh /etc/ssl/private /etc/pip.conf /etc/gitconfig /etc/resolv.conf"
    )
    assert not [name for name in people if f"\n{name}:" in said]
    assert "$" not in said and said.count("No such file") == 5


@pytest.mark.slow
async def test_eight_sandboxes_do_not_reach_one_another() -> None:
    async with AsyncExitStack() as stack:
        all_of_them = [await stack.enter_async_context(running()) for _ in range(8)]
        serve = (
            "import socket, time\n"
            "t = socket.create_server(('127.0.0.1', 8765))\n"
            "u = socket.socket(socket.AF_UNIX); u.bind('/lab/run/service'); u.listen()\n"
            "a = socket.socket(socket.AF_UNIX); a.bind('\\0service'); a.listen()\n"
            "open('/tmp/ready', 'w').write('x'); time.sleep(600)\n"
        )
        first = all_of_them[0]
        await first.write_file("/tmp/serve.py", serve)
        await first.write_file("secret.txt", PLANTED)
        await sh(first, "python /tmp/serve.py > /dev/null 2>&1 & while [ ! -e /tmp/ready ]; do sleep 0.05; done")
        reach = (
            "import socket\n"
            "for family, address in [(socket.AF_INET, ('127.0.0.1', 8765)), (socket.AF_UNIX, '/lab/run/service'),"
            " (socket.AF_UNIX, '\\0service')]:\n"
            "    try:\n        socket.socket(family).connect(address); print('REACHED')\n"
            "    except OSError: print('no')\n"
        )
        assert (await first.exec(["python", "-c", reach])).stdout == "REACHED\n" * 3
        sources = await first.read_file("/proc/self/mountinfo")
        state = [line.split()[3] for line in sources.splitlines() if line.split()[4] == "/workspace"]
        for other in all_of_them[1:]:
            assert (await other.exec(["python", "-c", reach])).stdout == "no\n" * 3
            said = await sh(
                other, f"ls -A /workspace /tmp /lab/run; ls {state[0]}; ps ax | grep serve.py | grep -v grep"
            )
            assert "secret" not in said and "serve" not in said.replace(state[0], "") and PLANTED not in said
