"""What is kept of a command's output while it arrives."""

from dataclasses import dataclass, field

_SLACK = 1 << 20


@dataclass
class Tail:
    """The last `limit` bytes of a stream."""

    limit: int
    data: bytearray = field(default_factory=bytearray)
    arrived: int = 0
    """Bytes in all, those that were dropped among them."""

    def add(self, chunk: bytes) -> None:
        """Take what has arrived."""
        self.data += chunk
        self.arrived += len(chunk)
        # Cutting only now and then keeps this linear.
        if len(self.data) > self.limit + _SLACK:
            del self.data[: -self.limit]

    def cut_out(self, token: str) -> bytes | None:
        """Remove the remark of a request from the stream and return it; None if there is none."""
        mark = f"\n{token} ".encode()
        start = self.data.rfind(mark)
        if start < 0:
            return None
        end = self.data.find(b"\n", start + 1)
        end = len(self.data) - 1 if end < 0 else end
        remark = bytes(self.data[start + len(mark) : end])
        del self.data[start : end + 1]
        return remark

    def text(self) -> str:
        """What is kept, decoded."""
        if len(self.data) > self.limit:
            del self.data[: -self.limit]
            # Do not begin in the middle of a character.
            while self.data and self.data[0] & 0xC0 == 0x80:
                del self.data[0]
        return self.data.decode("utf-8", errors="replace")
