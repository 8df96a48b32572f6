"""Ending like an interrupted evaluation when the process is asked to terminate or loses its terminal."""

import signal
import threading

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def end_as_if_interrupted() -> None:
    """Have SIGTERM and SIGHUP do what SIGINT does: samples are cancelled, sandboxes ended, the log is written.

    By themselves they end Python on the spot, with nothing removed. Whoever has chosen otherwise (`nohup`, an
    application with handlers of its own) is left alone.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in _SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
