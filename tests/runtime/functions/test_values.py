import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seer_evals.runtime.functions.frames import Frame, FrameError, Splitter
from seer_evals.runtime.functions.values import CrossingError, Text, decode, encode

torch.set_num_threads(1)


def crossed(value: object, **options: Any) -> Any:
    data, payload = encode(value)
    return decode(json.loads(json.dumps(data)), payload, **options)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
KEYS = st.text() | st.integers() | st.none()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(KEYS, inner), max_leaves=20
)


@given(VALUES)
@settings(max_examples=100, deadline=None)
def test_plain_values_cross_as_what_they_are(value: object) -> None:
    back = crossed(value)
    assert back == value and repr(back) == repr(value)


def test_what_json_has_no_word_for_crosses_too() -> None:
    assert math.isnan(crossed(float("nan"))) and crossed(-math.inf) == -math.inf
    assert crossed({"$": "tensor", "at": [0, 1]}) == {"$": "tensor", "at": [0, 1]}
    assert crossed({1, 2}) == {1, 2}
    assert crossed("x" * 10000 + "\ud800") == "x" * 10000 + "\ud800"
    assert crossed(np.float32(0.5)) == 0.5 and type(crossed(np.int64(3))) is int


@pytest.mark.parametrize(
    "dtype", [torch.bfloat16, torch.float16, torch.float32, torch.int64, torch.bool, torch.complex64]
)
def test_tensors_keep_dtype_shape_and_bits(dtype: torch.dtype) -> None:
    for shape in ((), (3,), (2, 0), (2, 3, 4)):
        tensor = (torch.randn(shape) * 3).to(dtype)
        back = crossed({"t": [tensor]})["t"][0]
        assert back.dtype == dtype and back.shape == tensor.shape and torch.equal(back, tensor)
        back.zero_()  # it is the receiver's own


def test_a_transposed_tensor_that_needs_a_gradient_crosses_as_its_values() -> None:
    tensor = torch.arange(6.0).reshape(2, 3).requires_grad_().T
    assert torch.equal(crossed(tensor), tensor.detach()) and not crossed(tensor).requires_grad


def test_arrays_keep_dtype_shape_and_values() -> None:
    for array in (
        np.arange(6, dtype=">i2").reshape(2, 3)[:, ::-1],
        np.array(["ä", "bb"]),
        np.array(1.5),
        np.empty((0, 2)),
    ):
        back = crossed(array)
        assert back.dtype == array.dtype and back.shape == array.shape and np.array_equal(back, array)


def test_where_there_is_no_torch_a_tensor_arrives_as_an_array() -> None:
    assert np.array_equal(crossed(torch.tensor([1.5, -2.0], dtype=torch.bfloat16), tensors="numpy"), [1.5, -2.0])
    assert crossed(torch.tensor([True]), tensors="numpy").dtype == np.bool_


class Table:
    def __repr__(self) -> str:
        return "| a |"


class Bare:
    pass


def test_an_object_with_a_text_of_its_own_crosses_as_that() -> None:
    back = crossed([Table()])[0]
    assert isinstance(back, Text) and repr(back) == "| a |" and crossed(back) == back


@pytest.mark.parametrize(
    "value", [Bare(), Bare, print, json, lambda: 0, ValueError("x"), object(), np.array([Bare()]), {b"x": 1}, iter([])]
)
def test_code_and_other_objects_do_not_cross(value: object) -> None:
    with pytest.raises(CrossingError):
        encode([value])


def test_limits_are_said_in_figures() -> None:
    deep: list[object] = []
    for _ in range(40):
        deep = [deep]
    with pytest.raises(CrossingError, match="32 deep"):
        encode(deep)
    with pytest.raises(FrameError, match=r"33554433 bytes in one call, of at most 33554432 \(32 MiB\)"):
        encode(bytes(32 * 2**20 + 1))
    with pytest.raises(FrameError, match="pass long lists of numbers as an array"):
        Frame(1, b"x" * (4 * 2**20 + 1)).pack()


@pytest.mark.parametrize(
    "data",
    [
        {"$": "bytes", "at": [0, 9]},
        {"$": "bytes", "at": [-1, 1]},
        {"$": "bytes", "at": [True, 1]},
        {"$": "bytes"},
        {"$": "tensor", "dtype": "load", "shape": [1], "at": [0, 4]},
        {"$": "tensor", "dtype": "float32", "shape": [2], "at": [0, 4]},
        {"$": "tensor", "dtype": "float32", "shape": [2**62, 0, 2**62], "at": [0, 0]},
        {"$": "array", "dtype": "|O8", "shape": [1], "at": [0, 8]},
        {"$": "array", "dtype": "<f4,<f4", "shape": [1], "at": [0, 8]},
        {"$": "array", "dtype": "<m8[generic]", "shape": [1], "at": [0, 8]},
        {"$": "set", "items": [[1]]},
        {"$": "dict", "items": [1]},
        {"$": "pickle", "at": [0, 4]},
        {"$": ["dict"]},
    ],
)
def test_what_is_no_encoded_value_is_refused(data: object) -> None:
    with pytest.raises(CrossingError):
        decode(data, b"12345678")


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.binary(max_size=50), st.binary(max_size=50))), st.data())
@settings(max_examples=50, deadline=None)
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(
    parts: list[tuple[int, bytes, bytes]], data: st.DataObject
) -> None:
    frames = [Frame(*part) for part in parts]
    stream = b"".join(frame.pack() for frame in frames)
    splitter, out = Splitter(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        splitter.feed(stream[:size])
        stream = stream[size:]
        while (found := splitter.next()) is not None:
            out.append(found)
    assert out == frames and not splitter.partial
