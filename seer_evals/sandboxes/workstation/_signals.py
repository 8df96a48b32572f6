"""Ending like an interrupted evaluation when the process is asked to terminate or loses its terminal."""

import asyncio
import signal
import threading
from typing import Any

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_POLL_SECONDS = 0.1


def end_as_if_interrupted() -> None:
    """Have SIGTERM and SIGHUP do what SIGINT does: samples are cancelled, sandboxes ended, the log is written.

    By themselves they end Python on the spot, with nothing removed. Whoever has chosen otherwise (`nohup`, an
    application with handlers of its own) is left alone.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in _SIGNALS:
        if _nobody_decided(signal.getsignal(number)):
            signal.signal(number, _interrupter(_running_loop()))


def _nobody_decided(handler: Any) -> bool:
    return handler is signal.SIG_DFL or _is_uvicorns(handler)


def _is_uvicorns(handler: Any) -> bool:
    # Inspect's control channel is a uvicorn server, which catches SIGTERM and SIGINT for as long as it serves and then
    # lets them do what they did before: to end Python, or nothing.
    return getattr(handler, "__module__", "") == "uvicorn.server"


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _interrupter(loop: asyncio.AbstractEventLoop | None) -> Any:
    def interrupt(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)
        if loop is not None:
            loop.call_soon_threadsafe(insist)

    def insist() -> None:
        """Shells start what runs in the background with SIGINT ignored; then it has had no effect."""
        handler = signal.getsignal(signal.SIGINT)
        if _is_uvicorns(handler):
            assert loop is not None
            loop.call_later(_POLL_SECONDS, insist)
        elif handler is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.raise_signal(signal.SIGINT)

    return interrupt
