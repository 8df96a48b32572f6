"""The network: open, closed, in part, and changed while the sandbox runs; tunnels."""

import socket
import time

import modal
import pytest

from tests.modal.conftest import Create, run
from tests.modal_emulator import Emulator, why_no_namespaces
from tests.modal_emulator._network import Closed
from tests.modal_emulator.fixtures import forget_client

pytestmark = pytest.mark.slow

_REACH = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=3).close()
    print("reached")
except OSError as error:
    print("failed")
"""


def reaches(sandbox: modal.Sandbox, host: str, port: int = 443) -> bool:
    return run(sandbox, "python3", "-c", _REACH, host, str(port))[1] == "reached\n"


def test_open_by_default_and_closed_with_block_network(create: Create) -> None:
    opened, closed = create(), create(block_network=True)
    assert reaches(opened, "example.com") and reaches(opened, "1.1.1.1")
    assert not reaches(closed, "example.com") and not reaches(closed, "1.1.1.1")


def test_closed_and_opened_again_while_running(create: Create) -> None:
    sandbox = create()
    assert reaches(sandbox, "1.1.1.1")
    sandbox._experimental_set_outbound_network_policy(outbound_cidr_allowlist=[], outbound_domain_allowlist=[])
    assert not reaches(sandbox, "1.1.1.1")
    run(sandbox, "sh", "-c", "ip link set eth0 up; ip route replace default via 169.254.1.1 dev eth0")
    assert not reaches(sandbox, "1.1.1.1")
    sandbox._experimental_set_outbound_network_policy(outbound_cidr_allowlist=["1.1.1.0/24"])
    assert reaches(sandbox, "1.1.1.1") and not reaches(sandbox, "8.8.8.8")


def test_open_connection_is_cut_by_closing(create: Create) -> None:
    sandbox = create()
    process = sandbox.exec(
        "python3",
        "-uc",
        "import socket; s = socket.create_connection(('1.1.1.1', 80)); print('connected'); input()\n"
        "s.settimeout(1)\ntry:\n  s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n'); print(s.recv(100))\n"
        "except OSError: print('cut')",
        bufsize=1,
    )
    lines = iter(process.stdout)
    assert next(lines) == "connected\n"
    sandbox._experimental_set_outbound_network_policy(outbound_cidr_allowlist=[], outbound_domain_allowlist=[])
    process.stdin.write("\n")
    process.stdin.drain()
    assert next(lines) == "cut\n"


def test_domains_on_the_list_only(create: Create) -> None:
    sandbox = create(outbound_domain_allowlist=["huggingface.co"])
    assert reaches(sandbox, "huggingface.co") and not reaches(sandbox, "example.com")


def test_own_loopback_works_without_network(create: Create) -> None:
    sandbox = create(block_network=True)
    sandbox.exec("python3", "-m", "http.server", "8000", "--bind", "127.0.0.1")
    script = 'for i in 1 2 3 4 5 6 7 8 9; do python3 -c "$1" 127.0.0.1 8000 | grep reached && exit; sleep 0.2; done'
    assert run(sandbox, "sh", "-c", script, "sh", _REACH)[1] == "reached\n"


def test_tunnels_lead_to_the_sandbox_they_belong_to(create: Create) -> None:
    sandboxes = [create("python3", "-c", _serve(word), unencrypted_ports=[8000]) for word in ("one", "two")]
    for sandbox, word in zip(sandboxes, ("one", "two"), strict=True):
        address = sandbox.tunnels()[8000].tcp_socket
        assert _ask(address) == word.encode()
    sandboxes[0].terminate(wait=True)
    with pytest.raises(OSError):
        socket.create_connection(sandboxes[0].tunnels()[8000].tcp_socket, timeout=1)


def _serve(word: str) -> str:
    return (
        "import socket\ns = socket.create_server(('127.0.0.1', 8000))\n"
        f"while True:\n  c, _ = s.accept(); c.recv(9); c.sendall(b'{word}'); c.close()"
    )


def _ask(address: tuple[str, int]) -> bytes:
    for _ in range(50):
        with socket.create_connection(address, timeout=5) as connection:
            connection.sendall(b"?")
            if answer := connection.recv(100):
                return answer
        time.sleep(0.1)
    raise AssertionError("nothing listens")


_TELL = """
import errno, select, socket
connection = socket.socket()
connection.setblocking(False)
print(errno.errorcode[connection.connect_ex(("1.1.1.1", 443))])
settled = select.select([], [connection], [], 1)[1]
print(errno.errorcode.get(connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), "0") if settled else "nothing")
"""


@pytest.mark.parametrize(
    ("closed", "told"),
    [
        ("no_route", ["ENETUNREACH", "0"]),
        ("rejected", ["EINPROGRESS", "ENETUNREACH"]),
        ("dropped", ["EINPROGRESS", "nothing"]),
    ],
)
def test_a_closed_network_refuses_as_it_was_told_to(
    closed: Closed, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if why := why_no_namespaces():
        pytest.skip(f"the Modal emulator {why}")
    with Emulator(closed=closed) as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        forget_client()
        app = modal.App.lookup("tests", create_if_missing=True)
        sandbox = modal.Sandbox.create(app=app, block_network=True, timeout=60)
        assert run(sandbox, "python3", "-c", _TELL)[1].split() == told
        forget_client()
