"""Ending like an interrupted evaluation when the process is asked to terminate or loses its terminal."""

import signal
import threading
from typing import Any

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def end_as_if_interrupted() -> None:
    """Have SIGTERM and SIGHUP do what SIGINT does: samples are cancelled, sandboxes ended, the log is written.

    By themselves they end Python on the spot, with nothing removed. Whoever has chosen otherwise (`nohup`, an
    application with handlers of its own) is left alone.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in _SIGNALS:
        if _nobody_decided(signal.getsignal(number)):
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))


def _nobody_decided(handler: Any) -> bool:
    # Inspect's control channel is a uvicorn server, which catches SIGTERM for as long as it serves and then lets it do
    # what it did before, which is to end Python.
    return handler is signal.SIG_DFL or getattr(handler, "__module__", "") == "uvicorn.server"
