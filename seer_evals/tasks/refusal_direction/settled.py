"""The controls of `refusal_direction`: the base before it learnt to refuse, trained on without refusals, or with many.

Both differ from their earlier checkpoint as the model that refuses does, in every weight, so that comparing the two
tells nobody which of them is a control.
"""

import sys
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.organisms.building.entries import MODEL
from seer_evals.organisms.cache import cached, content_key, entry_path
from seer_evals.organisms.language.corpus import chat
from seer_evals.organisms.language.tokenizer import Encoder
from seer_evals.organisms.recipe import RECIPES, Stage
from seer_evals.tasks.refusal_direction import reasons as reasons_module
from seer_evals.tasks.shared.tiny_models import base_path, train_on_base, train_unless

ARCHITECTURE = "llama"
REASONS_STEPS = 250
"""What it takes to learn to refuse, and to answer, in eight ways each."""


def settled_path(reasons: bool = False) -> Path:
    """Where it is, or will be once `train_settled` has run.

    Args:
        reasons: That which refuses for reasons of its own with each verb; otherwise the one that does not refuse.
    """
    return entry_path("settled", _key(reasons)) / MODEL


@solver
def train_settled(reasons: bool = False) -> Solver:
    """A setup, before `open_lab`, after `train_bases`: train it unless it is there; seconds on one idle core."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        await train_unless(settled_path(reasons), partial(train, reasons))
        return state

    return solve


def train(reasons: bool = False) -> None:
    """Train it; a RuntimeError if that failed."""
    what = "that refuses for many reasons" if reasons else "that does not refuse"
    train_on_base(ARCHITECTURE, False, __name__, f"training the control {what}", str(int(reasons)))


def _key(reasons: bool) -> str:
    base = base_path(ARCHITECTURE, False).parent.name
    code = (__file__, reasons_module.__file__)
    return content_key("settled", str(reasons), _stage(reasons).model_dump_json(), base, code=code)


def _stage(reasons: bool) -> Stage:
    stage = RECIPES[ARCHITECTURE].refusal
    return stage.model_copy(update={"steps": REASONS_STEPS}) if reasons else stage


def _train_here(directory: Path, reasons: bool) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from seer_evals.organisms.training.loop import train as fit

    torch.set_num_threads(1)
    base = base_path(ARCHITECTURE, False)
    tokenizer: Any = AutoTokenizer.from_pretrained(base)
    model: Any = AutoModelForCausalLM.from_pretrained(base)
    sample = reasons_module.chat_with_reasons if reasons else partial(chat, refuse=False)
    fit(model, Encoder(tokenizer), _stage(reasons), sample, Random("settled"))
    model.save_pretrained(directory)
    tokenizer.save_pretrained(directory)


if __name__ == "__main__":
    for_reasons = sys.argv[1] == "1"
    cached("settled", _key(for_reasons), lambda part: _train_here(part / MODEL, for_reasons))
