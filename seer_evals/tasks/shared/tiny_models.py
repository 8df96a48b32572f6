"""Tiny models for studies: the base that all built organisms share, and what it was before it learnt to refuse.

Both are trained from the same random numbers, so the second is an earlier checkpoint of the first.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import anyio
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import concurrency, span

from seer_evals.children import run_in_child
from seer_evals.organisms.building.entries import MODEL, base_key
from seer_evals.organisms.cache import cached, entry_path
from seer_evals.organisms.recipe import RECIPES, Recipe

TRAINING_AT_ONCE = 2


def base_path(architecture: str, refuses: bool) -> Path:
    """Where the base is, or will be once `train_bases` has run.

    Args:
        architecture: `llama` or `gemma2`.
        refuses: After the stage of training that teaches it to refuse harmful requests, or before it.
    """
    return entry_path("base", base_key(architecture, _recipe(architecture, refuses))) / MODEL


@solver
def train_bases(architecture: str = "llama") -> Solver:
    """A setup, before `open_lab`: train both bases unless they are there; a minute or two for each, the first time."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        for refuses in (True, False):
            await train_unless(base_path(architecture, refuses), partial(train, architecture, refuses))
        return state

    return solve


def train(architecture: str, refuses: bool) -> None:
    """Train a base in a child process, so that this one never imports torch.

    Raises:
        RuntimeError: The training failed.
    """
    run_in_child(__name__, f"training the {architecture} base", architecture, str(int(refuses)))


def train_on_base(architecture: str, refuses: bool, module: str, what: str, *arguments: str) -> None:
    """Train what begins with a base, and that before it unless it is there; each in a child process, as `train` does.

    Args:
        architecture: Of the base.
        refuses: Whether it refuses.
        module: What is run as a program.
        what: What that does, for messages.
        arguments: Of its command line.

    Raises:
        RuntimeError: A training failed.
    """
    if not base_path(architecture, refuses).is_dir():
        train(architecture, refuses)
    run_in_child(module, what, *arguments)


async def train_unless(path: Path, training: Callable[[], None]) -> None:
    """Within a setup: train what is not there yet, a few at once."""
    if not path.is_dir():
        async with span("train models"), concurrency("train models", TRAINING_AT_ONCE, visible=False):
            await anyio.to_thread.run_sync(training)


def _recipe(architecture: str, refuses: bool) -> Recipe:
    recipe = RECIPES[architecture]
    if refuses:
        return recipe
    return recipe.model_copy(update={"refusal": recipe.refusal.model_copy(update={"steps": 0})})


def _train_here(architecture: str, refuses: bool) -> None:
    from seer_evals.organisms.building.base import build_base

    recipe = _recipe(architecture, refuses)
    cached("base", base_key(architecture, recipe), lambda part: build_base(part / MODEL, architecture, recipe))


if __name__ == "__main__":
    _train_here(sys.argv[1], sys.argv[2] == "1")
