"""What a command line says of a task, harness or scorer (`-T`, `-S`), held against its signature before it is made."""

import functools
import inspect
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Annotated, Any, ParamSpec, TypeVar, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from seer_evals.near import did_you_mean
from seer_evals.refusal import Refusal

P = ParamSpec("P")
R = TypeVar("R")

Seconds = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0)]
Cost = Annotated[float, Field(ge=0)]
Strength = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(gt=0, le=1)]
"""Above 0, at most 1."""
OTHERS = "unknown_parameters"
"""Inspect drops names that a task does not list, with a warning that nobody sees; so a task seems to take any."""
_STRICT = ConfigDict(strict=True, allow_inf_nan=False)
_BOUNDS = {
    "greater_than_equal": "at least {ge:g}",
    "greater_than": "more than {gt:g}",
    "less_than_equal": "at most {le:g}",
}
_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text", list: "a list"}


class WrongParameter(Refusal, ValueError):
    """A parameter that cannot be taken: one line on the command line, a `ValueError` in Python."""


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Refuse unknown names, values of a wrong type and what the function itself finds wrong, each in one line.

    It stands below `@task`, `@solver` or `@scorer`. An empty value (`-T skills=`, which Inspect hands over as None) is
    as if the parameter had not been given, and text in which Inspect took commas for a list is text again.

    Raises:
        WrongParameter: With the name, the value and what is possible.
    """
    annotations = get_type_hints(function, include_extras=True)
    signature = inspect.signature(function)

    @functools.wraps(function)
    def made(*args: P.args, **kwargs: P.kwargs) -> R:
        _refuse_unknown(function.__name__, kwargs, signature)
        given = {
            name: _value(function.__name__, name, value, annotations[name])
            for name, value in kwargs.items()
            if value is not None
        }
        try:
            return function(*args, **given)
        except WrongParameter:
            raise
        except ValueError as error:
            raise WrongParameter(error) from error

    others = inspect.Parameter(OTHERS, inspect.Parameter.VAR_KEYWORD)
    made.__dict__["__signature__"] = signature.replace(parameters=[*signature.parameters.values(), others])
    return made


def at_least(least: int, **values: int) -> None:
    """Refuse what is smaller.

    Raises:
        ValueError: With the first name and its value.
    """
    for name, value in values.items():
        if value < least:
            raise ValueError(f"{name} must be at least {least}, got {value}")


def _refuse_unknown(name: str, given: Mapping[str, Any], signature: inspect.Signature) -> None:
    for each in given:
        if each not in signature.parameters:
            hint = did_you_mean(each, signature.parameters)
            possible = ", ".join(signature.parameters) or "nothing"
            raise WrongParameter(f"{name} has no parameter {each!r}{hint} (it takes: {possible})")


def _value(function: str, name: str, value: Any, annotation: Any) -> Any:
    kinds = _kinds(annotation)
    if isinstance(value, list | tuple) and list in kinds:
        return value  # of what, its reader says: the command line has text for every item
    if isinstance(value, list | tuple) and str in kinds and all(isinstance(each, str) for each in value):
        return ",".join(value)
    try:
        return TypeAdapter(annotation, config=_STRICT).validate_python(value)
    except ValidationError as error:
        # Those of a union are one for each of its members; the last says nothing that its words do not.
        wanted = f"is {_in_words(kinds)}" if len(error.errors()) > 1 else _wanted(error, kinds)
        raise WrongParameter(f"{function}: {name} {wanted}, got {value!r}{_quoted(name, kinds, value)}") from error


def _wanted(error: ValidationError, kinds: tuple[Any, ...]) -> str:
    kind, context = error.errors()[0]["type"], error.errors()[0].get("ctx", {})
    if kind in _BOUNDS:
        return f"must be {_BOUNDS[kind].format(**context)}"
    return f"must be {context['expected']}" if kind == "literal_error" else f"is {_in_words(kinds)}"


def _kinds(annotation: Any) -> tuple[Any, ...]:
    """The plain types that an annotation allows: those of a union, without what narrows them."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    if isinstance(annotation, type) and annotation in _WORDS:
        return (annotation,)
    origin = get_origin(annotation)
    if origin is list:
        return (list,)
    return tuple(kind for part in get_args(annotation) for kind in _kinds(part)) if origin is not None else ()


def _in_words(kinds: tuple[Any, ...]) -> str:
    return " or ".join(_WORDS[kind] for kind in dict.fromkeys(kinds) if kind is not NoneType)


def _quoted(name: str, kinds: tuple[Any, ...], value: Any) -> str:
    """How to say text that YAML, as which Inspect reads values, takes for something else."""
    return f"; as text: {name}='\"…\"'" if str in kinds and not isinstance(value, str) else ""
