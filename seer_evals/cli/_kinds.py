"""`new` and `check` for what people add: the same two commands for every kind."""

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from seer_evals.cli._console import say
from seer_evals.cli._selection import print_problems

EXAMPLE_MODEL = "anthropic/claude-sonnet-4-5"


@dataclass(frozen=True)
class Kind:
    """One thing that can be added: how it is begun, how it is checked, and how it is run then.

    Attributes:
        what: In a few words.
        example: A name.
        check: `module:function` that takes the path and gives what is wrong, a line each.
        run: The command that runs it, with `{path}`.
        new: `module:function` that writes it, where more is to be done than to fill templates.
        options: Arguments of the check besides the path: by name, what argparse is told.
    """

    what: str
    example: str
    check: str
    run: str
    new: str = ""
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


_HIDDEN = "inspect eval seer_evals/hidden_preference"
_SANDBOX = {"--sandbox": {"default": "workstation", "metavar": "NAME|FILE", "help": "the provider"}}
_STATIC = {"--static": {"action": "store_true", "help": "read it and make it only, without a run"}}

KINDS = {
    "study": Kind(
        "a study",
        "my_study",
        "seer_evals.checks.study:check_study",
        "inspect eval {path} --solver seer_evals/baseline --model none",
    ),
    "family": Kind(
        "a family of organisms",
        "my_family",
        "seer_evals.checks.family:check_family",
        f"{_HIDDEN} -T families={{path}} --solver seer_evals/baseline --model none",
    ),
    "harness": Kind(
        "a harness with its prompt",
        "my_harness",
        "seer_evals.checks.harness:check_harness",
        f"{_HIDDEN} --solver {{path}} --model {EXAMPLE_MODEL}",
        options=_STATIC,
    ),
    "scorer": Kind(
        "a scorer",
        "my_scorer",
        "seer_evals.checks.scorer:check_scorer",
        "inspect score LOG --scorer {path}",
    ),
    "interface": Kind(
        "an interface of a scoped sandbox",
        "my_interface",
        "seer_evals.checks.interface:check_interface",
        f"{_HIDDEN} -T placement={{path}} --model {EXAMPLE_MODEL}",
    ),
    "environment": Kind(
        "an environment and a task",
        "my_lab",
        "seer_evals.checks.environment:check_environment",
        f"inspect eval {{task}} --model {EXAMPLE_MODEL}",
        options=_SANDBOX,
    ),
    "prompt": Kind(
        "a prompt",
        "single_agent",
        "seer_evals.checks.prompt:check_prompts",
        f"{_HIDDEN} --solver seer_evals/single_agent -S prompts={{folder}} --model {EXAMPLE_MODEL}",
        new="seer_evals.checks.prompt:new_prompt",
    ),
    "provider": Kind(
        "a sandbox provider",
        "my_provider",
        "seer_evals.checks.provider:check_provider_file",
        f"{_HIDDEN} -T sandbox={{path}} --model {EXAMPLE_MODEL}",
    ),
}


def add_kind(parser: argparse.ArgumentParser, noun: str) -> None:
    """Add `new` and `check` of a kind."""
    kind = KINDS[noun]
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    new = commands.add_parser("new", help=f"write {kind.what} that works, to be changed")
    new.add_argument("name", metavar="NAME", help=f"such as {kind.example}")
    new.add_argument("--into", metavar="DIR", default=".", help="where to make it (default: here)")
    new.set_defaults(run=_new, noun=noun)
    check = commands.add_parser("check", help="everything that is wrong, and what to do")
    check.add_argument("path", metavar="PATH", help="its file or folder")
    for name, told in kind.options.items():
        check.add_argument(name, **told)
    check.set_defaults(run=_check, noun=noun)


def _new(options: argparse.Namespace) -> None:
    kind = KINDS[options.noun]
    into = Path(options.into).expanduser()
    if kind.new:
        made: Sequence[Path] = _function(kind.new)(options.name, into)
    else:
        from seer_evals.new import write_new

        made = write_new(options.noun, options.name, into)
    path = _first(made)
    # Of an absolute path Inspect makes no task on Python 3.11.
    shown = {"path": os.path.relpath(path), "folder": os.path.relpath(into)}
    shown["task"] = os.path.relpath(path.with_suffix(".py"))
    say(f"{' and '.join(map(str, made))}: {kind.what} that works as it is. Change it, then")
    say(f"  seer {options.noun} check {shown['path']}")
    say(f"  {kind.run.format(**shown)}")


def _first(made: Sequence[Path]) -> Path:
    """What a check takes: the YAML of an environment, the Python of a harness."""
    order = (".yaml", ".py", ".md", "")
    return min(made, key=lambda path: order.index(path.suffix))


def _check(options: argparse.Namespace) -> int:
    kind = KINDS[options.noun]
    further = {name.lstrip("-"): getattr(options, name.lstrip("-")) for name in kind.options}
    return print_problems(_function(kind.check)(Path(options.path).expanduser(), **further))


def _function(place: str) -> Callable[..., Any]:
    module, _, name = place.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function
