"""What this process says of itself to the kernel, and what it gives up."""

import ctypes
import sys

PR_SET_DUMPABLE = 4
PR_SET_NAME = 15
PR_SET_CHILD_SUBREAPER = 36
_PR_CAPBSET_DROP = 24
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_LIBC = ctypes.CDLL(None)


def prctl(option: int, value: int | bytes) -> None:
    """Set an option of this process, as the system call of that name does."""
    if sys.platform == "linux":
        _LIBC.prctl(option, value, 0, 0, 0)


def keep_only_what_we_have() -> None:
    """Make sure that no program can regain the capabilities that this process was started without."""
    with open("/proc/self/status") as status:
        held = next(int(line.split()[1], 16) for line in status if line.startswith("CapPrm:"))
    # More than any kernel has: to drop one that there is not changes nothing.
    for capability in range(64):
        if not held >> capability & 1:
            prctl(_PR_CAPBSET_DROP, capability)
    prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
