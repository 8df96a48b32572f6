"""The end of a request that the host has given up."""

import json
import sys

from ..supervisor.killing import kill_tree
from . import notes


def main() -> None:
    """Kill what serves the request `token`, with all it started; keep it from starting if it has not."""
    options = json.loads(sys.argv[1])
    pid = notes.call_off(options["run"], options["kill"])
    if pid is not None:
        kill_tree(pid, itself=True)
