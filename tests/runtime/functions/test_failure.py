"""What a caller learns of an error: the words of a `raise` that was written for it."""

from collections.abc import Callable

import pytest

from seer_evals.runtime.functions.failure import NEUTRAL, in_words


def told(function: Callable[[], object]) -> tuple[str, str]:
    try:
        function()
    except BaseException as error:
        words = in_words(error, lambda frame: frame.f_code.co_filename == __file__)
        return words["type"], words["message"]
    raise AssertionError("nothing was raised")


def raised(error: BaseException) -> Callable[[], object]:
    def function() -> None:
        raise error

    return function


def again() -> None:
    try:
        int("secret")
    except ValueError:
        raise


def instead() -> None:
    try:
        int("secret")
    except ValueError as error:
        raise LookupError("no such number") from error


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (raised(ValueError("no layer 9")), ("ValueError", "no layer 9")),
        (raised(KeyError("name")), ("KeyError", "name")),
        (instead, ("LookupError", "no such number")),
        (lambda: dict[str, int]()["secret"], ("KeyError", NEUTRAL)),
        (lambda: __import__("os").stat("/secret"), ("FileNotFoundError", NEUTRAL)),
        (lambda: 1 / 0, ("ZeroDivisionError", NEUTRAL)),
        (lambda: "".secret, ("AttributeError", NEUTRAL)),  # type: ignore[attr-defined]
        (lambda: __import__("json").loads("secret"), ("JSONDecodeError", NEUTRAL)),
        (again, ("ValueError", NEUTRAL)),
    ],
)
def test_only_the_words_of_an_own_raise_are_told(function: Callable[[], object], expected: tuple[str, str]) -> None:
    assert told(function) == expected


@pytest.mark.parametrize(
    ("message", "seen"),
    [
        ("cannot read /models/m0/base/config.json now", "cannot read <path> now"),
        ("~/secret and ('/etc/passwd')", "<path> and ('<path>')"),
        ("3/4 of layers and/or heads, https://x", "3/4 of layers and/or heads, https://x"),
    ],
)
def test_paths_are_taken_out(message: str, seen: str) -> None:
    assert told(raised(ValueError(message)))[1] == seen


def test_a_message_is_bounded_and_a_broken_one_harmless() -> None:
    class Broken(Exception):
        def __str__(self) -> str:
            raise RuntimeError("secret")

    assert len(told(raised(ValueError("x" * 10**6)))[1]) == 2001
    assert told(raised(Broken())) == ("Broken", NEUTRAL)
