"""Whether arguments fit a signature, decided before the function runs.

A call names every argument: a variadic parameter's values come as a list, or an object, under the parameter's own name.
Signatures are the JSON of `seer_evals.lab.functions.Function`.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

Json = Mapping[str, Any]

_POSITIONAL = ("positional_only", "positional_or_keyword")
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list, tuple, set),
    "object": (dict,),
}


class ArgumentsRefused(TypeError):
    """Arguments that do not fit; the message says which, and what the function takes."""


def bind(
    function: Json, arguments: Json, model: Callable[[str], object], default_model: str = "model"
) -> tuple[list[Any], dict[str, Any]]:
    """Positional and keyword arguments for a call.

    Args:
        function: The signature.
        arguments: Parameter name -> value.
        model: Finds a loaded model by its name, for parameters of the type `LanguageModel`.
        default_model: The model that is used if a call names none.

    Raises:
        ArgumentsRefused: They do not fit.
    """
    name, parameters = function["name"], function["parameters"]
    known = [parameter["name"] for parameter in parameters]
    for argument in arguments:
        if argument not in known:
            raise ArgumentsRefused(f"{name}() has no parameter {argument[:80]!r}; it takes: {', '.join(known)}")
    given = dict(arguments)
    for parameter in parameters:
        if is_model(parameter):
            given.setdefault(parameter["name"], default_model)
    for parameter in parameters:
        if parameter["name"] in given:
            given[parameter["name"]] = _prepare(name, parameter, given[parameter["name"]], model)
        elif parameter["default"] is None and not parameter["kind"].startswith("var_"):
            raise ArgumentsRefused(f"{name}() needs the argument {parameter['name']!r}")
    return _place(name, parameters, given)


def is_model(parameter: Json) -> bool:
    """Whether a parameter stands for a loaded model."""
    return bool(parameter["annotation"].rsplit(".", 1)[-1] == "LanguageModel")


def _prepare(function: str, parameter: Json, value: Any, model: Callable[[str], object]) -> Any:
    schema, where = parameter["json_schema"], f"{function}(): argument {parameter['name']!r}"
    if parameter["kind"] == "var_positional":
        schema = {"type": "array", "items": schema}
    elif parameter["kind"] == "var_keyword":
        schema = {"type": "object", "additionalProperties": schema}
    if problem := check(schema, value):
        raise ArgumentsRefused(f"{where} {problem}")
    if is_model(parameter):
        return model(value)
    return _as_declared(parameter["annotation"], value) if schema.get("x-tensor") else value


def check(schema: Json, value: Any) -> str:
    """What is wrong with a value, as the rest of a sentence; empty if nothing is."""
    if "anyOf" in schema:
        problems = [check(part, value) for part in schema["anyOf"]]
        return "" if "" in problems else f"fits none of: {'; '.join(problems)}"
    if "enum" in schema:
        return "" if value in schema["enum"] else f"must be one of {schema['enum']}, not {_show(value)}"
    if schema.get("x-tensor") and _is_array(value):
        return ""
    if "type" not in schema:
        return ""
    expected = schema["type"]
    if not isinstance(value, _TYPES[expected]) or (isinstance(value, bool) and expected in ("integer", "number")):
        return f"must be of type {expected}, not {_show(value)}"
    return _check_items(schema, value)


def _check_items(schema: Json, value: Any) -> str:
    if schema["type"] == "object" and "additionalProperties" in schema:
        return _first(
            (f"at {str(key)[:80]!r} ", check(schema["additionalProperties"], item)) for key, item in value.items()
        )
    if schema["type"] != "array":
        return ""
    if "prefixItems" in schema:
        if len(value) != len(schema["prefixItems"]):
            return f"must have {len(schema['prefixItems'])} items, not {len(value)}"
        pairs = zip(schema["prefixItems"], value, strict=True)
        return _first((f"at {i} ", check(part, item)) for i, (part, item) in enumerate(pairs))
    if "items" in schema:
        return _first((f"at {i} ", check(schema["items"], item)) for i, item in enumerate(value))
    return ""


def _first(problems: Any) -> str:
    return next((where + problem for where, problem in problems if problem), "")


def _show(value: object) -> str:
    text = f"{type(value).__name__}"
    return f"{text} {value!r}" if isinstance(value, str | int | float) and len(str(value)[:81]) <= 80 else text


def _is_array(value: object) -> bool:
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    return (torch is not None and isinstance(value, torch.Tensor)) or (
        numpy is not None and isinstance(value, numpy.ndarray)
    )


def _as_declared(annotation: str, value: Any) -> Any:
    """Numbers in lists, and the other library's array, as the array that the function is written for."""
    try:
        if annotation.rsplit(".", 1)[-1] == "Tensor":
            import torch

            return value if isinstance(value, torch.Tensor) else torch.as_tensor(value)
        import numpy

        return numpy.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:
        raise ArgumentsRefused(f"this is no array: {error}") from None


def _place(function: str, parameters: list[Json], given: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    variadic = next((p["name"] for p in parameters if p["kind"] == "var_positional"), None)
    more = list(given.pop(variadic, ())) if variadic else []
    positional: list[Any] = []
    missing = ""
    for parameter in (p for p in parameters if p["kind"] in _POSITIONAL):
        name = parameter["name"]
        by_position = parameter["kind"] == "positional_only" or more
        if by_position and name in given and missing:
            raise ArgumentsRefused(
                f"{function}() needs the argument {missing!r} as well, since it comes before {name!r}"
            )
        if by_position and name in given:
            positional.append(given.pop(name))
        elif by_position:
            missing = missing or name
    if more and missing:
        raise ArgumentsRefused(
            f"{function}() needs the argument {missing!r} as well, since it comes before {variadic!r}"
        )
    extra = next((p["name"] for p in parameters if p["kind"] == "var_keyword"), None)
    options = given.pop(extra, {}) if extra else {}
    if twice := sorted(set(options) & {p["name"] for p in parameters}):
        raise ArgumentsRefused(f"{function}() got {twice[0]!r} twice")
    return [*positional, *more], {**given, **options}
