"""What a new sandbox says of its network, in network namespaces that are closed in the ways there are."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seer_evals import runtime

OUTSIDE = ("1.1.1.1:443", "8.8.8.8:53")
_LINK = "ip link set lo up; ip link add eth0 type dummy; ip link set eth0 up; ip addr add 10.9.9.9/24 dev eth0"
CLOSED = {
    "nothing but a loopback that is down": "true",
    "no route": "ip link set lo up",
    "unreachable": f"{_LINK}; ip route add unreachable default",
    "prohibited": f"{_LINK}; ip route add prohibit default",
    "answered by nobody": f"{_LINK}; ip route add default via 10.9.9.1 dev eth0",
    "dropped": f"{_LINK}; ip route add blackhole default",
}
# Every address is this machine's, so that port 443 answers and port 53 refuses.
OPEN = (
    "ip link set lo up; ip route add local default dev lo; "
    f'{sys.executable} -c \'import socket, time; s = socket.create_server(("", 443)); print(1, flush=True); '
    "time.sleep(60)' > $READY & until [ -s $READY ]; do sleep 0.05; done"
)


def reached(network: str, folder: Path) -> str:
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode:
        pytest.skip("needs root for a network namespace")
    asking = f"import seer_runtime.remote.hello as h; print(h.reached({OUTSIDE!r}))"
    (folder / "seer_runtime").symlink_to(Path(runtime.__file__).parent)
    script = f'READY={folder}/ready; {network}; cd {folder}; {sys.executable} -c "$1"; kill $! 2>/dev/null; exit 0'
    argv = ["unshare", "-n", "sh", "-c", script, "sh", asking]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("network", CLOSED.values(), ids=CLOSED)
def test_a_closed_network_reaches_nothing(network: str, tmp_path: Path) -> None:
    assert reached(network, tmp_path) == "[]"


def test_of_an_open_network_what_answers_is_named(tmp_path: Path) -> None:
    assert reached(OPEN, tmp_path) == "['1.1.1.1:443']"
