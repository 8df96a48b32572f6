"""The attacker's side: what code in the agent's sandbox must not get out of a scoped sandbox, tried from inside."""

import json
import os
from pathlib import Path

import pytest
from scoped_support import INTERFACE, SECRET, Place

from seer_evals.lab.functions import CallError
from seer_evals.sandboxes.workstation import WorkstationSandbox

RAW = """
import json, socket, struct
TOKEN = open("/lab/run/scoped.token").read().strip()
def send(data, close=False):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect("/lab/run/scoped.sock")
        try:
            connection.sendall(data)
            if close:
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            while part := connection.recv(65536):
                answer += part
        except OSError as error:
            return type(error).__name__
    return answer[12:].decode()
def hold(count, data):
    held = []
    for _ in range(count):
        held.append(socket.socket(socket.AF_UNIX))
        held[-1].connect("/lab/run/scoped.sock")
        held[-1].sendall(data)
    return held
def request(payload=b"", **fields):
    header = json.dumps({"token": TOKEN, "sandbox": "vault", "arguments": {}, **fields}).encode()
    return struct.pack("!III", 0, len(header), len(payload)) + header + payload
"""


async def raw(place: Place, code: str) -> str:
    return await place.python(RAW + code)


# --- who may call, and what -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["''", "'guess'", "None", "7", "TOKEN[:-1]", "TOKEN + 'x'", "'é'", "'\\ud800'"])
async def test_no_call_without_the_samples_token(place: Place, token: str) -> None:
    said = await raw(place, f"print(send(request(function='add', arguments={{'x': 1}}, token={token})))")
    assert json.loads(said)["error"]["type"] == "PermissionError"


@pytest.mark.parametrize(
    "name",
    ["hidden", "SECRET", "TABLE", "__init__", "__import__", "os", "open", "seen", "Table", "expose", "lab_models", ""],
)
async def test_no_function_that_is_not_exposed(place: Place, name: str) -> None:
    said = await raw(place, f"print(send(request(function={name!r}, arguments={{'x': 1}})))")
    assert json.loads(said)["error"]["type"] == "LookupError"
    assert SECRET not in said


async def test_the_server_itself_knows_no_other_function(place: Place) -> None:
    """Even if the host were fooled: its list is not the only guard."""
    for name in ("hidden", "__class__", "os", "expose"):
        answer = await place.gateway._servers["vault"].call(name, {"x": 1}, b"", False)
        assert answer.fields()["error"]["message"].startswith(f"no function {name!r} here; available: add,")


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("add('one')", "argument 'x' must be of type integer, not str 'one'"),
        ("add(True)", "argument 'x' must be of type integer, not bool True"),
        ("add(1.5)", "argument 'x' must be of type integer"),
        ("slow(1, None)", "argument 'seconds' must be of type number"),
        ("everything(1, c=1)", "argument 'c' must be of type boolean"),
        ("everything(1, c=True, d=[1, 'x'])", "argument 'd' at 1 must be of type integer"),
        ("everything(1, 'b', 'more', c=True)", "argument 'more' at 0 must be of type number"),
        ("everything(1, c=True, e=5)", "argument 'rest' at 'e' must be of type string"),
        ("scale(vector='x', weights=[1.0])", "argument 'vector' must be of type array"),
    ],
)
async def test_arguments_that_do_not_fit_are_refused_before_the_function_runs(
    place: Place, call: str, why: str
) -> None:
    before = len(await place.call("slow", number=-1, seconds=0.0))
    said = await place.python(f"import vault\ntry: vault.{call}\nexcept TypeError as error: print(error)")
    assert why in said, said
    assert len(await place.call("slow", number=-1, seconds=0.0)) == before + 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ("{}", "needs the argument 'x'"),
        ("{'x': 1, 'z': 1}", "no parameter 'z'"),
        ("{'x': 1, '__class__': 1}", "no param"),
    ],
)
async def test_names_that_do_not_fit_are_refused(place: Place, arguments: str, why: str) -> None:
    assert why in await raw(place, f"print(send(request(function='add', arguments={arguments})))")


# --- what comes back ------------------------------------------------------------------------------------------------


async def test_a_functions_own_raise_arrives_as_type_and_message(place: Place) -> None:
    code = "import vault\ntry: vault.fail({!r})\nexcept Exception as error: print(type(error).__name__, '|', error)"
    assert await place.python(code.format("raise")) == "ValueError | layer 99 does not exist\n"
    assert await place.python(code.format("own type")) == "RemoteError | LayerError: no such layer in <path>\n"


@pytest.mark.parametrize("how", ["key", "file", "assert implicit", "again", "exit"])
async def test_any_other_error_arrives_without_its_words(place: Place, how: str) -> None:
    shown = await place.python(f"import vault\nvault.fail({how!r})")
    assert how == "exit" or "the function failed, and its error is not for its caller" in shown
    for word in ("penguin", "interface", "/models", "site-packages", "server.py", "Traceback of"):
        assert word not in shown.replace('File "/lab/run/library', "")


async def test_what_the_interface_prints_reaches_nobody(place: Place) -> None:
    assert await place.call("fail", how="print") == "printed"
    assert "penguin" not in await raw(place, "print(send(request(function='add', arguments={'x': 1})))")
    assert "penguin" in place.gateway._servers["vault"].log(), "its author finds it"


async def test_no_pickle_in_either_direction(place: Place) -> None:
    code = """
import pickle, vault
class Evil:
    def __reduce__(self):
        return (open, ("/tmp/evil", "w"))
for value in (Evil(), [Evil()], {"a": Evil()}, open, Evil, print):
    try: vault.echo(value); print("crossed")
    except TypeError as error: print("refused")
print(type(vault.echo(pickle.dumps(Evil()))))
"""
    assert (await place.python(code)).split() == ["refused"] * 6 + ["<class", "'bytes'>"]
    for kind in ("pickle", "object", "module", "__reduce__", 1, None, ["dict"]):
        said = await raw(
            place, f"print(send(request(function='echo', arguments={{'value': {{'$': {kind!r}, 'at': [0, 3]}}}})))"
        )
        assert "TypeError" in said and "unknown kind" in said


# --- what harms only itself -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["sleep", "loop"])
async def test_a_call_that_hangs_is_cut_and_the_server_goes_on(place: Place, how: str) -> None:
    said = await place.python(
        f"import vault\ntry: vault.hang({how!r})\nexcept TimeoutError as error: print(error)\nprint(vault.add(1))"
    )
    assert said == "the call took longer than 2 seconds and was ended\n3\n"


async def test_a_server_that_dies_is_started_again(place: Place) -> None:
    said = await place.python("import vault\ntry: vault.fail('die')\nexcept ConnectionError as error: print(error)")
    assert said == "the sandbox 'vault' has ended during the call; its next call starts it again\n"
    assert await place.python("import vault; print(vault.add(1))") == "3\n"


MALFORMED = {
    "no JSON": "send(struct.pack('!III', 0, 5, 0) + b'{bad}')",
    "no object": "send(struct.pack('!III', 0, 2, 0) + b'[]')",
    "deep": "send(struct.pack('!III', 0, 200000, 0) + b'[' * 200000)",
    "empty header": "send(struct.pack('!III', 0, 0, 0))",
    "huge header": "send(struct.pack('!III', 0, 2**31, 0))",
    "huge payload": "send(struct.pack('!III', 0, 2, 2**32 - 1) + b'{}')",
    "half sent": "send(request(function='add')[:40], close=True)",
    "half a head": "send(b'abc', close=True)",
    "two at once": "send(request(function='add', arguments={'x': 1}) * 2)",
    "no function": "send(request())",
    "function is a list": "send(request(function=['add']))",
    "no sandbox": "send(request(sandbox='other', function='add'))",
    "arguments are a list": "send(request(function='add', arguments=[1]))",
    "attachment beyond the end": "send(request(function='echo', arguments={'value': {'$': 'bytes', 'at': [0, 99]}}))",
    "negative attachment": "send(request(function='echo', arguments={'value': {'$': 'bytes', 'at': [-5, 3]}}))",
    "array of objects": "send(request(b'12345678', function='echo', arguments={'value': {'$': 'array', 'dtype': '|O', "
    "'shape': [1], 'at': [0, 8]}}))",
    "array too large": "send(request(b'1', function='echo', arguments={'value': {'$': 'array', 'dtype': '|i1', "
    "'shape': [2**60], 'at': [0, 1]}}))",
    "nested deeply": "send(request(function='echo', arguments={'value': eval('[' * 80 + ']' * 80)}))",
    "unhashable in a set": "send(request(function='echo', arguments={'value': {'$': 'set', 'items': [[1]]}}))",
}


@pytest.mark.parametrize("how", MALFORMED)
async def test_a_malformed_request_harms_only_itself(place: Place, how: str) -> None:
    said = await raw(place, f"print({MALFORMED[how]})")
    assert '"value"' not in said and "Traceback" not in said, said
    assert await place.python("import vault; print(vault.add(1))") == "3\n"


async def test_half_sent_requests_hold_up_nobody(place: Place) -> None:
    code = """
held = hold(100, request(b"x" * 1000, function="echo")[:-1])
import vault
print(vault.add(1))
"""
    assert await raw(place, code) == "3\n"


async def test_who_goes_away_takes_its_call_back(place: Place) -> None:
    code = """
for _ in range(3):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect("/lab/run/scoped.sock")
        connection.sendall(request(function="slow", arguments={"number": -2, "seconds": 1.5}))
import time, vault
time.sleep(0.2)
begin = time.perf_counter()
vault.add(1)
print(time.perf_counter() - begin)
"""
    assert float(await raw(place, code)) < 1.4


BROKERS = """
import os
pids = [int(pid) for pid in os.listdir("/proc") if pid.isdecimal()
        and b"functions.broker" in open(f"/proc/{pid}/cmdline", "rb").read() and int(pid) != os.getpid()]
print(pids)
"""


async def test_the_broker_is_replaced_if_the_agent_kills_it(place: Place) -> None:
    before = await place.python(BROKERS)
    await place.python(BROKERS + "[os.kill(pid, 9) for pid in pids]")
    code = """
import time, vault
for _ in range(50):
    try:
        print(vault.add(1)); break
    except OSError:
        time.sleep(0.1)
"""
    assert await place.python(code) == "3\n"
    assert before != await place.python(BROKERS) != "[]\n"


# --- what cannot be seen --------------------------------------------------------------------------------------------


async def test_the_agent_cannot_read_the_interface_by_any_path(place: Place) -> None:
    planted = place.boxes["vault"].as_type(WorkstationSandbox)
    await planted.write_file("/workspace/note", SECRET)
    script = """
import os
needle = %r
found = []
for top in ("/lab", "/workspace", "/tmp", "/var", "/root", "/run", "/home", "/etc", "/models", "/dev/shm"):
    for folder, _, files in os.walk(top):
        for name in files:
            path = os.path.join(folder, name)
            try:
                if os.path.isfile(path) and needle in open(path, "rb").read():
                    found.append(path)
            except OSError:
                pass
for pid in filter(str.isdecimal, os.listdir("/proc")):
    if int(pid) == os.getpid():
        continue
    for name in ("cmdline", "environ", "maps"):
        try:
            if needle in open(f"/proc/{pid}/{name}", "rb").read():
                found.append(f"{pid}/{name}")
        except OSError:
            pass
    try:
        for line in open(f"/proc/{pid}/maps"):
            span, mode, *_ = line.split()
            if not mode.startswith("rw"):
                continue
            begin, end = (int(part, 16) for part in span.split("-"))
            with open(f"/proc/{pid}/mem", "rb") as memory:
                memory.seek(begin)
                if needle in memory.read(end - begin):
                    found.append(f"{pid}/mem")
    except (OSError, ValueError, OverflowError):
        pass
print(found, len(os.listdir("/proc")) > 3)
"""

    async def search(needle: bytes) -> str:
        # Turned around bit by bit, so that the search does not find itself.
        code = f"bytes({[byte ^ 1 for byte in needle]}).translate(bytes(i ^ 1 for i in range(256)))"
        result = await place.box.exec([place.box.layout.python, "-c", script.replace("%r", code)], timeout=60)
        return result.stdout + result.stderr

    assert "def hidden(x: int)" in INTERFACE
    assert await search(SECRET.encode()) == "[] True\n"
    assert await search(b"def hidden(x: int)") == "[] True\n"
    await place.box.exec(["sh", "-c", "sleep 20 >/dev/null 2>&1 &"], env={"PLANTED": "a planted needle"})
    await place.box.write_file("/var/tmp/planted", "a planted needle")
    found = await search(b"a planted needle")
    assert "/var/tmp/planted" in found and "/environ" in found and "/mem" in found, "the search does find things"


async def test_the_agent_sees_no_process_and_no_socket_of_a_scoped_sandbox(place: Place) -> None:
    commands = await place.box.exec(["sh", "-c", "cat /proc/*/cmdline | tr '\\0' ' '; cat /proc/net/unix"])
    assert "functions.server" not in commands.stdout
    assert "scoped.sock" in commands.stdout, "the broker's is there"
    theirs = place.boxes["vault"].as_type(WorkstationSandbox)._started.supervised.init_pid()
    ours = place.box._started.supervised.init_pid()
    for namespace in ("mnt", "pid", "net", "ipc"):
        assert os.readlink(f"/proc/{theirs}/ns/{namespace}") != os.readlink(f"/proc/{ours}/ns/{namespace}")


async def test_no_command_runs_in_a_scoped_sandbox(place: Place) -> None:
    with pytest.raises(PermissionError, match="no command runs in the scoped sandbox 'vault'"):
        await place.boxes["vault"].exec(["true"])


async def test_an_interface_that_cannot_be_loaded_says_so_to_its_author(tmp_path: Path) -> None:
    from scoped_support import opened

    from seer_evals.environment import Environment, ScopedSpec
    from seer_evals.lab.functions import ScopedError

    interface = tmp_path / "broken.py"
    interface.write_text(INTERFACE + "\nraise RuntimeError('not today')\n")
    with pytest.raises(Exception) as raised:
        async with opened(Environment(scoped=(ScopedSpec(name="broken", interface=str(interface)),))):
            pass
    error: BaseException = raised.value
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, ScopedError) and "RuntimeError: not today" in str(error) and str(interface) in str(error)


async def test_a_call_error_of_the_harness_says_what_was_wrong(place: Place) -> None:
    with pytest.raises(CallError, match=r"^KeyError: the function failed"):
        await place.call("fail", how="key")
