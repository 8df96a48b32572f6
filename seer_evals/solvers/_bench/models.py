"""Which model an agent of a harness runs on."""

import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from inspect_ai.model import Model, get_model

from seer_evals.inspect_private import active_model, model_roles
from seer_evals.refusal import Refusal

AUDITOR = "auditor"
_COMMANDS = ("eval", "eval-set")
"""Those of Inspect's that make their harnesses from what the command line says, and from nothing else."""


def agent_model(*roles: str) -> Model:
    """The model of the first of these roles that is bound, then of `auditor`, then the evaluated model.

    Raises:
        Refusal: There is none of them; the message says what to bind.
    """
    wanted = dict.fromkeys([*roles, AUDITOR])
    bound = next((role for role in wanted if role in model_roles()), None)
    model = get_model(role=bound) if bound else get_model()
    if _is_none(model):
        options = " or ".join(f"--model-role {role}=MODEL" for role in wanted)
        raise Refusal(f"there is no {next(iter(wanted))}: give {options} or --model MODEL")
    return model


def refuse_without_models(harness: str, *roles: str) -> None:
    """Refuse a harness that has no model to run on, while `inspect eval` makes it: no laboratory is open yet.

    A task's own harness is passed over where the command names another one. Whoever makes a harness in Python, where
    models are bound later, is told when it runs.

    Args:
        harness: Its name.
        roles: Those whose models it asks `agent_model` for; none for `auditor` alone.

    Raises:
        Refusal: There is none; the message says what to bind.
    """
    model = active_model()
    if model is None or not _is_none(model) or not _is_in_use(harness, sys.argv):
        return
    for role in roles or (AUDITOR,):
        agent_model(role)


def _is_none(model: Model) -> bool:
    return model.api.__class__.__name__ == "NoModel"


def _is_in_use(harness: str, command: Sequence[str]) -> bool:
    """The process is an evaluation from the command line, which names this harness or none."""
    program, words = Path(command[0]), command[1:]
    inspect = program.name in ("inspect", "inspect.exe") or program.parent.name == "inspect_ai"
    if not inspect or not words or words[0] not in _COMMANDS or any(word.startswith("--run-config") for word in words):
        return False
    named = [word.partition("=")[2] for word in words if word.startswith("--solver=")]
    named += [after for word, after in pairwise(words) if word == "--solver"]
    named += [os.environ["INSPECT_EVAL_SOLVER"]] if os.environ.get("INSPECT_EVAL_SOLVER") else []
    return not named or harness in {each.rsplit("/", 1)[-1].rsplit("@", 1)[-1].removesuffix(".py") for each in named}
