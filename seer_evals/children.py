"""Trainings in a process of their own, which torch may enter, and which ends with this one whatever ends it."""

import os
import subprocess
import sys
import time
from pathlib import Path

_POLL_SECONDS = 0.2
_LAST_WORDS = 2000

REPRODUCIBLE = {"MKL_CBWR": "COMPATIBLE", "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
"""Training adds up rounding: left to the widest instructions of each processor, one seed is another model on each.

These give the same weights to the bit on every x86-64 with AVX2, on one thread. MKL's conditional numerical
reproducibility has no faster branch than `COMPATIBLE` that every vendor's processors take; it costs 1.7 times the time.
"""

# Run by the child before anything else: importing torch alone takes long enough to lose one's parent.
_BEGIN = """
import ctypes, os, runpy, signal, sys
parent, module, *arguments = sys.argv[1:]
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
if os.getppid() != int(parent):
    sys.exit("whoever asked for this has ended")
sys.argv = [module, *arguments]
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


def dies_with_this(module: str, *arguments: str) -> list[str]:
    """The command that runs a module as a program that ends with this process, even by SIGKILL (on Linux)."""
    return [sys.executable, "-c", _BEGIN, str(os.getpid()), module, *arguments]


def run_in_child(module: str, what: str, *arguments: str, reproducible: bool = True) -> None:
    """Run a module of this package as a program and wait for its end; what it does is said when it begins and ends.

    The child dies with this process, even by SIGKILL, and when whoever waits here in a worker thread is cancelled.

    Args:
        module: Its name.
        what: What it does, for the message: `training the llama base`.
        arguments: Of its command line.
        reproducible: Whether it computes the same on every processor, without the widest instructions: those for
            bfloat16 are among them.

    Raises:
        RuntimeError: It failed; the message ends with its last line.
    """
    command = dies_with_this(module, *arguments)
    began = time.monotonic()
    _say(f"{what} …")
    # The thread that starts it has to stay: the kernel takes the end of the thread for that of the parent.
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=_environment(reproducible),
    ) as child:
        try:
            said = _wait(child)
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0:
        reason = (said.strip().splitlines() or [f"exit status {child.returncode}"])[-1]
        raise RuntimeError(f"{what} failed: {reason[-_LAST_WORDS:]}")
    _say(f"{what}: done, {time.monotonic() - began:.0f} s")


def _say(text: str) -> None:
    from inspect_ai.util import display_type  # seconds, which a look at what there is need not wait

    # Not to standard output, which may be another program's input; displays of Inspect's take both up.
    if display_type() != "none":
        print(text, file=sys.stderr, flush=True)


def _wait(child: "subprocess.Popen[str]") -> str:
    while True:
        try:
            return child.communicate(timeout=_POLL_SECONDS)[1]
        except subprocess.TimeoutExpired:
            _stop_if_cancelled()


def _stop_if_cancelled() -> None:
    """Raise what ends a cancelled task, if this is a worker thread of one; a thread does not learn of it otherwise."""
    from anyio import from_thread

    try:
        from_thread.check_cancelled()
    except RuntimeError:
        return


def _environment(reproducible: bool) -> dict[str, str]:
    root = str(Path(__file__).parents[1])
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH")) if part)
    settings = REPRODUCIBLE if reproducible else {}
    return {**os.environ, **settings, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
