"""Commands held against the programs that they call: options, files, tasks, harnesses, and every parameter."""

import contextvars
import importlib.util
import inspect as signatures
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from inspect_ai.model import get_model
from inspect_ai.solver import SolverSpec

from seer_evals.cli import parser_for
from seer_evals.inspect_private import (
    ScorerSpec,
    init_model_roles,
    inspect_cli,
    load_tasks,
    parse_cli_args,
    scorer_from_spec,
    solver_from_spec,
)
from tests.docs.pages import ROOT

MAKE_TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)


def build(words: Sequence[str]) -> None:
    """Everything that the command would do before a sample starts.

    Raises:
        AssertionError, SystemExit, click.UsageError, PrerequisiteError: What is wrong with it.
    """
    contextvars.copy_context().run(_build, words)  # roles that are bound meanwhile are nobody else's


def _build(words: Sequence[str]) -> None:
    program, *rest = words
    if program == "inspect":
        _inspect(rest)
    elif program == "seer":
        parser_for(rest).parse_args(rest[: rest.index("--")] if "--" in rest else rest)
        if rest[0] == "bench":
            _bench(rest)
    elif program == "make":
        assert set(rest) <= set(MAKE_TARGETS), f"make has no target {rest}"
    elif program in ("python", "python3") and rest[0] == "-m":
        assert importlib.util.find_spec(rest[1]), f"there is no module {rest[1]}"


def leaf(words: Sequence[str]) -> tuple[click.Command, list[str]]:
    """The command of Inspect's that some words name, and the words that are its own."""
    command: click.Command = inspect_cli
    left = list(words)
    while isinstance(command, click.Group) and left and left[0] in command.commands:
        command = command.commands[left.pop(0)]
    assert not isinstance(command, click.Group) or command.name in ("view", "acp"), f"inspect has no {' '.join(words)}"
    return command, left


def _inspect(words: Sequence[str]) -> None:
    command, own = leaf(words)
    context = command.make_context(command.name, own)
    if context.params.get("run_config"):
        return  # what such a file says is run by test_docs.py
    if command.name in ("eval", "eval-set"):
        asked = context.params
        named = {each.partition("=")[0] for each in asked["model_role"]}
        init_model_roles({role: get_model("mockllm/model", memoize=False) for role in named})
        _evaluation(asked["tasks"], parse_cli_args(asked["t"]), asked["solver"], parse_cli_args(asked["s"]))
    elif command.name == "score" and context.params["scorer"]:
        arguments = parse_cli_args(context.params["s"])
        scorer_from_spec(ScorerSpec(scorer=context.params["scorer"]), None, **arguments)


def _bench(words: Sequence[str]) -> None:
    own = parser_for(words).parse_args(words[: words.index("--")])
    for harness in own.solver:
        name, *given = harness.split()
        _evaluation([own.task], {}, f"seer_evals/{name}", parse_cli_args(given))
    _inspect(["eval", own.task, *words[words.index("--") + 1 :]])


def _evaluation(tasks: Sequence[str], arguments: dict[str, Any], solver: str | None, given: dict[str, Any]) -> None:
    assert tasks and load_tasks(list(tasks), arguments), f"there is no task in {tasks}"
    if solver:
        assert solver.startswith("seer_evals/") or Path(solver).is_file(), f"there is no {solver}"
        solver_from_spec(SolverSpec(solver, given, given))


def known_parameters(made: Sequence[Any]) -> set[str]:
    """All that some tasks, harnesses or scorers take."""
    return {name for each in made for name in signatures.signature(each).parameters}
