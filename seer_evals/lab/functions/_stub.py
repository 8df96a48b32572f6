"""The module that code in the agent's sandbox imports: signatures and documentation of functions that run elsewhere."""

import ast
from collections.abc import Iterable, Iterator

from seer_evals.lab.functions._spec import Function, Parameter
from seer_evals.sandboxes import Layout

_HEAD = """{doc!r}

from __future__ import annotations

import sys as _seer_sys

if {runtime!r} not in _seer_sys.path:
    _seer_sys.path.append({runtime!r})

from seer_runtime.functions import client as _seer_client

__all__ = {names!r}
"""


def write_stub(sandbox: str, functions: Iterable[Function], layout: Layout, default_model: str = "model") -> str:
    """The source of a module with the functions of a scoped sandbox.

    It can be imported anywhere in the agent's sandbox: annotations are text, and a default that is not a literal is the
    function's own secret.

    Args:
        sandbox: Name of the scoped sandbox.
        functions: What it exposes.
        layout: Of the agent's sandbox.
        default_model: The model that is used if a call names none.
    """
    functions = list(functions)
    doc = f"Functions of the sandbox {sandbox!r}. They run there; this module only calls them."
    head = _HEAD.format(doc=doc, runtime=layout.runtime, names=[function.name for function in functions])
    return "\n\n".join([head, *(_function(sandbox, function, layout, default_model) for function in functions)])


def _function(sandbox: str, function: Function, layout: Layout, default_model: str) -> str:
    parameters = ", ".join(_parameters(function, default_model))
    returns = f" -> {function.returns}" if function.returns else ""
    names = ", ".join(f"{parameter.name!r}: {parameter.name}" for parameter in function.parameters)
    call = f"({layout.run!r}, {sandbox!r}, {function.name!r}, {{{names}}})"
    define, act = ("async def", "await _seer_client.call_async") if function.is_async else ("def", "_seer_client.call")
    return f"{define} {function.name}({parameters}){returns}:\n    {function.doc!r}\n    return {act}{call}\n"


def _parameters(function: Function, default_model: str) -> Iterator[str]:
    kinds = [parameter.kind for parameter in function.parameters]
    optional = False
    for i, parameter in enumerate(function.parameters):
        if parameter.kind == "keyword_only" and not {"var_positional", "keyword_only"} & set(kinds[:i]):
            yield "*"
        default = _default(parameter, default_model)
        if not default and optional and parameter.kind in ("positional_only", "positional_or_keyword"):
            # Python wants a default here; the function's own signature refuses the call if it is left out.
            default = "_seer_client.DEFAULT"
        optional = optional or bool(default)
        yield _written(parameter, default)
        if parameter.kind == "positional_only" and "positional_only" not in kinds[i + 1 :]:
            yield "/"


def _written(parameter: Parameter, default: str) -> str:
    stars = {"var_positional": "*", "var_keyword": "**"}.get(parameter.kind, "")
    annotation = "str" if parameter.is_model else parameter.annotation
    return f"{stars}{parameter.name}: {annotation}{f' = {default}' if default else ''}"


def _default(parameter: Parameter, default_model: str) -> str:
    if parameter.is_model:
        return repr(default_model)
    if parameter.default is None:
        return ""
    try:
        return repr(ast.literal_eval(parameter.default))
    except (ValueError, SyntaxError):
        return "_seer_client.DEFAULT"
