"""`sys.stdout` and `sys.stderr` of a kernel."""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

from ipykernel.iostream import OutStream

from .outbox import Outbox

_HELD = 4096


class Stream(OutStream):  # type: ignore[misc]
    """A stream whose text goes through the output thread's outbox; in a forked child, to the descriptor."""

    before_write: Callable[[], None]
    """Fetches what others have written to the descriptors, so that it comes before what is written next."""
    _is_child = False

    def __init__(self, session: Any, pub_thread: Any, name: str, **options: Any) -> None:
        super().__init__(session, pub_thread, name, **{**options, "watchfd": False, "echo": None})
        self._outbox: Outbox = pub_thread.outbox
        self._descriptor: int = getattr(sys, f"__{name}__").fileno()
        self._original_stdstream_copy = os.dup(self._descriptor)  # where ipykernel's own log goes
        self._held = ""

    def fileno(self) -> int:
        """The descriptor that children inherit, whose text comes into the cell like the stream's."""
        return self._descriptor

    def write(self, text: str) -> int:
        """Write text for the cell that the calling thread belongs to.

        Raises:
            TypeError: It is no text.
            ValueError: The stream is closed.
        """
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self.pub_thread is None:
            raise ValueError("I/O operation on closed file")
        if Stream._is_child:
            self._write_as_child(text)
            return len(text)
        Stream.before_write()
        self._outbox.write(self.parent_header, self.name, text, time.monotonic())
        return len(text)

    def flush(self) -> None:
        """Send what was written."""
        if self.pub_thread is None:
            return
        if Stream._is_child:
            self._write_as_child("", at_once=True)
        else:
            self._outbox.flush()

    @classmethod
    def become_child(cls) -> None:
        """Write to the descriptors from now on, as a forked process must."""
        cls._is_child = True

    def _write_as_child(self, text: str, at_once: bool = False) -> None:
        self._held += text
        if at_once or "\n" in text or len(self._held) > _HELD:
            data, self._held = self._held.encode("utf-8", "replace"), ""
            while data:
                data = data[os.write(self._descriptor, data) :]


os.register_at_fork(after_in_child=Stream.become_child)
