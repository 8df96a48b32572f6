"""How often a model is read while a function runs, and what the function's docstring says of that."""

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

import seer_evals
from seer_evals.lab.functions import describe
from tests.references import RUNTIME

PACKAGE = Path(seer_evals.__file__).parent
FILES = sorted([*PACKAGE.glob("skills/*/scripts/*.py"), *PACKAGE.glob("lab/interfaces/*.py")])
COST = re.compile(r"Costs ([^.]*)\.")
STRENGTHS = 4
"""That are tried where none are given."""
PART = re.compile(r"`([^`]+)` (pass|answer)")


@dataclass
class Count:
    """Prompts that were read for themselves, and answers that were generated."""

    passes: int = 0
    answers: int = 0
    steps: int = 0
    """Rows that passed while answers were generated."""


def functions() -> list[tuple[Path, str, str]]:
    """File, name and docstring of every function that takes a model and is handed to agents."""
    return [
        (path, each.name, each.doc)
        for path in FILES
        for each in described(path)
        if any(parameter.annotation == "LanguageModel" for parameter in arguments(path, each.name))
    ]


def described(path: Path) -> Any:
    return [] if path.name == "__init__.py" else describe(path)


def arguments(path: Path, name: str) -> list[Any]:
    """The parameters as they stand in the source."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    (node,) = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == name]
    return [_Argument(each.arg, ast.unparse(each.annotation) if each.annotation else "") for each in node.args.args]


@dataclass(frozen=True)
class _Argument:
    name: str
    annotation: str


def load(path: Path) -> Any:
    """The module of a script, imported as it is inside a sandbox."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(RUNTIME))
        name = f"costing_{path.parent.parent.name.replace('-', '_')}_{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return module


@contextmanager
def counted(*models: Any) -> Iterator[Count]:
    """Counts rows of every pass through the blocks of these handles, and answers."""
    count, inside = Count(), [0]
    module = sys.modules[type(models[0]).__module__]
    usual = vars(module)["sample"]

    def sample(model: Any, tokenizer: Any, part: Any, *rest: Any) -> Any:
        count.answers += len(part)
        inside[0] += 1
        try:
            return usual(model, tokenizer, part, *rest)
        finally:
            inside[0] -= 1

    def passed(_: Any, given: Any, named: Any) -> None:
        read = next(each for each in (*given, named.get("input_ids"), named.get("inputs_embeds")) if each is not None)
        if inside[0]:
            count.steps += len(read)
        else:
            count.passes += len(read)

    hooks = [lm.architecture.decoder.register_forward_pre_hook(passed, with_kwargs=True) for lm in models]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "sample", sample)
        try:
            yield count
        finally:
            for hook in hooks:
                hook.remove()


def said(doc: str, function: Any, given: dict[str, Any], **more: Any) -> tuple[int, int]:
    """What the docstring says that a call with these arguments costs, in passes and in answers.

    Args:
        doc: With a sentence such as "Costs `2 * len(questions)` passes and `samples` answers."
        function: It.
        given: The arguments of the call; the defaults are filled in.
        more: What a formula may name beside arguments.
    """
    found = COST.search(doc)
    assert found, f"{function.__name__} does not say what it costs"
    sentence = " ".join(found[1].split())
    bound = signature(function).bind(**given)
    bound.apply_defaults()
    left_out = {"layers": range(more["n_layers"]), "strengths": range(STRENGTHS)}
    arguments = {name: left_out.get(name) if value is None else value for name, value in bound.arguments.items()}
    sums = dict.fromkeys(("pass", "answer"), 0)
    for formula, what in PART.findall(sentence):
        sums[what] += eval(formula, {**arguments, **more})
        if "and as many" in sentence and not all(sums.values()):
            sums = dict.fromkeys(sums, sums[what])
    assert PART.findall(sentence), sentence
    return sums["pass"], sums["answer"]
