"""The frames that function calls travel in: channel, lengths, a JSON header, raw attachments."""

import json
import struct
from dataclasses import dataclass
from typing import Any

from ..untrusted import NotPlain, parse_object

HEAD = struct.Struct("!III")
"""Channel, bytes of the header, bytes of the payload."""
MAX_HEADER = 4 * 2**20
"""Bytes of JSON in one frame."""
MAX_PAYLOAD = 32 * 2**20
"""Bytes of arrays, tensors, long strings and `bytes` in one frame."""
MAX_DEPTH = 104
"""Containers within containers of a header: a value is nested 32 deep, and each of its levels takes up to three."""
MAX_VALUES = 2 * 2**20
"""Values in a header; more do not fit into its bytes."""


class FrameError(ValueError):
    """Bytes that are no frame, or one that is too large."""


@dataclass(frozen=True)
class Frame:
    """One message. What a channel stands for is up to the stream: a call, or a connection."""

    channel: int
    header: bytes = b""
    payload: bytes = b""

    def pack(self) -> bytes:
        """The frame as it goes over the stream.

        Raises:
            FrameError: It is too large.
        """
        check_lengths(len(self.header), len(self.payload))
        return b"".join((HEAD.pack(self.channel, len(self.header), len(self.payload)), self.header, self.payload))

    def fields(self, values: int = MAX_VALUES) -> dict[str, Any]:
        """The header's JSON object, of at most so many values.

        Raises:
            FrameError: It is none.
        """
        try:
            # A value may hold half a surrogate pair, as any Python text may.
            return parse_object(self.header, depth=MAX_DEPTH, values=values, keep_surrogates=True)
        except NotPlain as error:
            raise FrameError(f"the header cannot be taken: {error}") from None


def frame(channel: int, fields: dict[str, Any], payload: bytes = b"") -> Frame:
    """A frame with a JSON object as its header."""
    return Frame(channel, json.dumps(fields).encode(), payload)


def check_lengths(header: int, payload: int) -> None:
    """Refuse a frame of these lengths in bytes if it is too large.

    Raises:
        FrameError: It is; the message says by how much and what to do.
    """
    if header > MAX_HEADER:
        raise FrameError(
            f"{header} bytes of plain values in one call, of at most {MAX_HEADER}; pass long lists of numbers as an "
            "array, or call several times"
        )
    if payload > MAX_PAYLOAD:
        raise FrameError(f"{payload} bytes in one call, of at most {MAX_PAYLOAD} (32 MiB); call several times")


class Splitter:
    """Cuts a stream of bytes, as it arrives, into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Take what has arrived."""
        self._buffer += data

    @property
    def partial(self) -> bool:
        """A frame has begun that is not complete."""
        return bool(self._buffer)

    def next(self) -> Frame | None:
        """The next complete frame; None until there is one.

        Raises:
            FrameError: It is too large; what follows cannot be understood any more.
        """
        if len(self._buffer) < HEAD.size:
            return None
        channel, header, payload = HEAD.unpack_from(self._buffer)
        check_lengths(header, payload)
        body = HEAD.size + header
        if len(self._buffer) < body + payload:
            return None
        view = memoryview(self._buffer)
        found = Frame(channel, bytes(view[HEAD.size : body]), bytes(view[body : body + payload]))
        view.release()
        del self._buffer[: body + payload]
        return found
