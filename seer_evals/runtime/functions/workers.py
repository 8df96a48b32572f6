"""Threads that run calls, each with a time limit, so that one that hangs holds up no other.

Python cannot end a thread. A call that exceeds its limit is answered at once, its thread is asked to stop (which pure
Python code does and a blocked system call does not), and another thread takes its place.
"""

import ctypes
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

MAX_STUCK = 8
"""Threads that may hang for ever before the process is given up."""
_TICK = 0.05


class CallCut(BaseException):
    """Raised in a thread whose call is over for its caller."""


class Call:
    """One call: what to run and where the outcome goes. The first outcome counts."""

    def __init__(self, run: Callable[[], Any], settle: Callable[[Any, BaseException | None], None], timeout: float):
        self.timeout = timeout
        self.deadline: float | None = None
        self._run = run
        self._settle = settle
        self._lock = threading.Lock()
        self._over = False

    @property
    def over(self) -> bool:
        """It has an outcome, or nobody waits for one."""
        return self._over

    def run(self) -> None:
        """Run it and hand over what came of it."""
        try:
            value, error = self._run(), None
        except BaseException as raised:  # also SystemExit: whatever happens, the caller hears of it
            value, error = None, raised
        self.end(value, error)

    def end(self, value: Any, error: BaseException | None) -> None:
        """Hand over an outcome, unless there was one already."""
        if self.drop():
            self._settle(value, error)

    def settle(self, error: BaseException) -> None:
        """Tell the caller of a call that was dropped."""
        self._settle(None, error)

    def drop(self) -> bool:
        """Let nobody hear of the outcome; False if there was one already."""
        with self._lock:
            first, self._over = not self._over, True
        return first


class Workers:
    """A queue of calls and the threads that take them, in order."""

    def __init__(self, count: int, when_hopeless: Callable[[], None]) -> None:
        self._queue: queue.Queue[Call] = queue.Queue()
        self._running: dict[threading.Thread, Call] = {}
        self._stuck: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._when_hopeless = when_hopeless
        for _ in range(count):
            self._start()
        threading.Thread(target=self._watch, daemon=True).start()

    def submit(self, call: Call) -> None:
        """Queue a call."""
        self._queue.put(call)

    def cut(self, call: Call, error: BaseException | None = None) -> None:
        """End a call, queued or running; `error` is what its caller hears, if it is to hear anything."""
        with self._lock:
            thread = next((thread for thread, running in self._running.items() if running is call), None)
            first = call.drop()
            if first and thread is not None:
                del self._running[thread]
                self._stuck = [*(stuck for stuck in self._stuck if stuck.is_alive()), thread]
        if first and error is not None:
            call.settle(error)
        if thread is None or not first:
            return
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(CallCut))
        if len(self._stuck) >= MAX_STUCK:
            self._when_hopeless()
        self._start()

    def _start(self) -> None:
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        thread = threading.current_thread()
        while True:
            call = self._queue.get()
            with self._lock:
                if call.over:
                    continue
                call.deadline = time.monotonic() + call.timeout
                self._running[thread] = call
            try:
                call.run()
            except CallCut:
                return
            with self._lock:
                if self._running.pop(thread, None) is None:
                    # Somebody has taken this thread's place.
                    return

    def _watch(self) -> None:
        while True:
            time.sleep(_TICK)
            with self._lock:
                late = [call for call in self._running.values() if time.monotonic() > (call.deadline or 0)]
            for call in late:
                self.cut(call, TimeoutError(f"the call took longer than {call.timeout:g} seconds and was ended"))
