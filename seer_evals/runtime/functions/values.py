"""Values that cross from one process into another: by value, and never as code or objects.

None, bool, int, float, str, bytes, list, tuple, set and dict cross as what they are, numpy arrays and torch tensors
with their dtype and shape (a tensor arrives on the CPU). An object of another class that has a text of its own, such as
a table, crosses as that text. There is no pickle in it: what arrives is data, whoever sent it.
"""

import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Literal

from .frames import MAX_PAYLOAD, check_lengths

Tensors = Literal["torch", "numpy"]

MAX_DEPTH = 32
"""Containers within containers."""
MAX_TEXT = 65536
"""Characters of an object's own text."""
MAX_SAME_HASH = 16
"""Different keys of a dict, or items of a set, with one hash. Each costs as many comparisons as there are of them, and
which integers have the same hash is no secret."""
MAX_BITS = 4096
"""Of an integer."""
_TAG = "$"
_LONG = 4096
_NUMPY = re.compile(r"[<>|=][biufcmMSU]\d{1,6}(\[\w{1,4}\])?")
_TORCH = {
    **{"bool": 1, "uint8": 1, "int8": 1, "int16": 2, "int32": 4, "int64": 8, "complex64": 8, "complex128": 16},
    **{"float8_e4m3fn": 1, "float8_e5m2": 1, "bfloat16": 2, "float16": 2, "float32": 4, "float64": 8},
}


class CrossingError(TypeError):
    """A value that cannot cross, or bytes that are no value."""


class Text(str):
    """What an object on the other side shows of itself."""

    def __repr__(self) -> str:
        return str(self)


def encode(value: object) -> tuple[Any, bytes]:
    """A value as JSON and the attachments that it refers to.

    Raises:
        CrossingError: It holds something that cannot cross, or is nested too deeply.
        FrameError: It is larger than 32 MiB.
    """
    encoder = _Encoder()
    return encoder.encode(value), b"".join(encoder.parts)


def decode(data: Any, payload: bytes = b"", tensors: Tensors = "torch") -> Any:
    """The value that `encode` was given.

    Args:
        data: What `encode` returned, by way of JSON.
        payload: Its attachments.
        tensors: As what tensors arrive; `numpy` for processes without torch (bfloat16 becomes float32).

    Raises:
        CrossingError: These are no encoded value.
    """
    return _Decoder(payload, tensors).decode(data)


class _Encoder:
    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self._size = 0

    def encode(self, value: object, depth: int = 0) -> Any:
        if depth > MAX_DEPTH:
            raise CrossingError(f"a value may be nested {MAX_DEPTH} deep at most")
        if value is None or type(value) in (bool, float):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return self._integer(int(value))
        if isinstance(value, Text):
            return {_TAG: "text", "text": str(value)}
        if isinstance(value, str):
            return str(value) if len(value) < _LONG else {_TAG: "str", "at": self._attach(_utf8(value))}
        if isinstance(value, bytes | bytearray | memoryview):
            return {_TAG: "bytes", "at": self._attach(bytes(value))}
        if isinstance(value, dict):
            return self._dict(value, depth + 1)
        if type(value) is list:
            return [self.encode(item, depth + 1) for item in value]
        for kind, name in ((tuple, "tuple"), (set, "set"), (frozenset, "set"), (list, "list")):
            if isinstance(value, kind) and not _has_text(value):
                return {_TAG: name, "items": [self.encode(item, depth + 1) for item in value]}
        return self._array(value)

    def _integer(self, value: int) -> int:
        if value.bit_length() > MAX_BITS:
            raise CrossingError(f"an integer of more than {MAX_BITS} bits cannot cross")
        return value

    def _dict(self, value: dict[object, object], depth: int) -> Any:
        if all(type(key) is str for key in value) and _TAG not in value:
            return {key: self.encode(item, depth) for key, item in value.items()}
        for key in value:
            if not isinstance(key, str | int | float | None):
                raise CrossingError(f"a dict with {type(key).__name__} keys cannot cross; use strings or numbers")
        items = [[self.encode(key, depth), self.encode(item, depth)] for key, item in value.items()]
        return {_TAG: "dict", "items": items}

    def _array(self, value: Any) -> Any:
        torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
        if torch is not None and isinstance(value, torch.Tensor):
            return self._tensor(torch, value)
        if numpy is not None and isinstance(value, numpy.generic):
            return self.encode(value.item(), MAX_DEPTH)
        if numpy is not None and isinstance(value, numpy.ndarray):
            if not _NUMPY.fullmatch(value.dtype.str):
                raise CrossingError(f"an array of dtype {value.dtype} cannot cross; use numbers, booleans or text")
            data = self._attach(numpy.ascontiguousarray(value).tobytes())
            return {_TAG: "array", "dtype": value.dtype.str, "shape": list(value.shape), "at": data}
        return {_TAG: "text", "text": _own_text(value)}

    def _tensor(self, torch: Any, value: Any) -> Any:
        name = str(value.dtype).removeprefix("torch.")
        if name not in _TORCH or value.layout is not torch.strided:
            raise CrossingError(f"a {value.layout} tensor of {value.dtype} cannot cross; make it dense")
        check_lengths(0, value.numel() * value.element_size())
        flat = value.detach().to("cpu").resolve_conj().resolve_neg().contiguous().reshape(-1).view(torch.uint8)
        return {_TAG: "tensor", "dtype": name, "shape": list(value.shape), "at": self._attach(flat.numpy().tobytes())}

    def _attach(self, data: bytes) -> list[int]:
        check_lengths(0, self._size + len(data))
        start, self._size = self._size, self._size + len(data)
        self.parts.append(data)
        return [start, len(data)]


class _Decoder:
    def __init__(self, payload: bytes, tensors: Tensors) -> None:
        self._payload = payload
        self._left = len(payload)
        self._as_torch = tensors == "torch"
        self._kinds: dict[str, Callable[[Mapping[str, Any], int], Any]] = {
            "str": lambda data, depth: self._bytes(data).decode("utf-8", "surrogatepass"),
            "text": lambda data, depth: Text(_typed(data.get("text"), str)),
            "bytes": lambda data, depth: self._bytes(data),
            "tuple": lambda data, depth: tuple(self._items(data, depth)),
            "list": self._items,
            "set": lambda data, depth: set(_spread(self._items(data, depth))),
            "dict": self._dict,
            "array": lambda data, depth: self._array(data),
            "tensor": lambda data, depth: self._tensor(data),
        }

    def decode(self, data: Any) -> Any:
        try:
            return self._value(data, 0)
        except CrossingError:
            raise
        except (TypeError, ValueError, OverflowError) as error:
            raise CrossingError(f"this is no encoded value: {type(error).__name__}") from None

    def _value(self, data: Any, depth: int) -> Any:
        if depth > 2 * MAX_DEPTH:
            raise CrossingError(f"a value may be nested {MAX_DEPTH} deep at most")
        if isinstance(data, list):
            return [self._value(item, depth + 1) for item in data]
        if isinstance(data, int) and data.bit_length() > MAX_BITS:
            raise CrossingError(f"an integer of more than {MAX_BITS} bits cannot cross")
        if not isinstance(data, dict):
            return data
        if _TAG not in data:
            return {key: self._value(item, depth + 1) for key, item in data.items()}
        kind = data[_TAG]
        if not isinstance(kind, str) or kind not in self._kinds:
            raise CrossingError(f"unknown kind of value {str(kind)[:40]!r}")
        return self._kinds[kind](data, depth)

    def _items(self, data: Mapping[str, Any], depth: int) -> list[Any]:
        return [self._value(item, depth + 1) for item in _typed(data.get("items"), list)]

    def _dict(self, data: Mapping[str, Any], depth: int) -> dict[Any, Any]:
        pairs = self._items(data, depth)
        _spread([key for key, _ in pairs])
        return dict(pairs)

    def _bytes(self, data: Mapping[str, Any]) -> bytes:
        start, length = (_whole(number) for number in _typed(data.get("at"), list))
        if start + length > len(self._payload):
            raise CrossingError("a value refers to bytes that were not sent")
        # Each attachment is referred to once: many references to a large one would be many copies of it.
        self._left -= length
        if self._left < 0:
            raise CrossingError("values refer to more bytes than were sent")
        return self._payload[start : start + length]

    def _array(self, data: Mapping[str, Any]) -> Any:
        import numpy

        name = _typed(data.get("dtype"), str)
        if not _NUMPY.fullmatch(name):
            raise CrossingError(f"unknown dtype {name[:40]!r}")
        dtype, raw = numpy.dtype(name), self._bytes(data)
        shape = _shape(data, dtype.itemsize, len(raw))
        return numpy.frombuffer(bytearray(raw), dtype).reshape(shape) if raw else numpy.empty(shape, dtype)

    def _tensor(self, data: Mapping[str, Any]) -> Any:
        name, raw = _typed(data.get("dtype"), str), self._bytes(data)
        if name not in _TORCH:
            raise CrossingError(f"unknown dtype {name[:40]!r}")
        shape = _shape(data, _TORCH[name], len(raw))
        if not self._as_torch:
            return _as_numpy(name, raw, shape)
        import torch

        dtype = getattr(torch, name)
        if not raw:
            return torch.empty(shape, dtype=dtype)
        return torch.frombuffer(bytearray(raw), dtype=torch.uint8).view(dtype).reshape(shape)


def _as_numpy(name: str, raw: bytes, shape: list[int]) -> Any:
    import numpy

    if name.startswith("float8"):
        raise CrossingError(f"a tensor of {name} has no counterpart in numpy")
    if name == "bfloat16":
        wide = numpy.frombuffer(raw, numpy.uint16).astype(numpy.uint32) << 16
        return wide.view(numpy.float32).reshape(shape)
    return numpy.frombuffer(bytearray(raw), numpy.dtype(name)).reshape(shape)


def _spread(keys: list[Any]) -> list[Any]:
    """The keys, if a hash table of them costs no more than usual."""
    most = max(Counter(map(hash, keys)).values(), default=0)
    if most > MAX_SAME_HASH:
        raise CrossingError(f"{most} keys or items are the same or have the same hash, of at most {MAX_SAME_HASH}")
    return keys


def _shape(data: Mapping[str, Any], itemsize: int, length: int) -> list[int]:
    shape = [_whole(number) for number in _typed(data.get("shape"), list)]
    if len(shape) > MAX_DEPTH or max(shape, default=0) > MAX_PAYLOAD or math.prod(shape) * itemsize != length:
        raise CrossingError("shape and length of an array do not agree")
    return shape


def _whole(number: object) -> int:
    if type(number) is not int or number < 0:
        raise CrossingError("a length must be a whole number")
    return number


def _typed(value: object, kind: type) -> Any:
    if not isinstance(value, kind):
        raise CrossingError(f"a {kind.__name__} is missing in an encoded value")
    return value


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _has_text(value: object) -> bool:
    """Its class says in Python how it is to be shown; an object's default text would only name its class."""
    return any(hasattr(getattr(type(value), name), "__code__") for name in ("__repr__", "__str__"))


def _own_text(value: object) -> str:
    if isinstance(value, type | BaseException) or not _has_text(value):
        raise CrossingError(
            f"a value of type {type(value).__name__} cannot cross; return None, numbers, text, bytes, lists, tuples, "
            "dicts, numpy arrays or torch tensors"
        )
    text = str(value)
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}… ({len(text)} characters)"
