"""Run the emulator by hand: `python -m tests.modal_emulator`."""

import argparse
import signal
import threading
from pathlib import Path

from ._server import Emulator


def main() -> None:
    """Print the environment for a client, then serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.modal_emulator", description="Modal on loopback")
    parser.add_argument("--port", type=int, default=0, help="port of the control plane (default: a free one)")
    parser.add_argument("--state", type=Path, help="an empty folder to mount the state's tmpfs on (default: temporary)")
    parser.add_argument("--execute-packages", action="store_true", help="really run pip, apt and the like in builds")
    parser.add_argument("--isolation", choices=["namespaces", "processes"], default="namespaces")
    arguments = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    emulator = Emulator(
        port=arguments.port,
        state=arguments.state,
        execute_packages=arguments.execute_packages,
        isolation=arguments.isolation,
    )
    with emulator:
        for name, value in emulator.environment.items():
            print(f"export {name}={value}", flush=True)
        stopped.wait()


if __name__ == "__main__":
    main()
