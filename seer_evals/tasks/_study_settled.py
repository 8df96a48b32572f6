"""The control of `refusal_direction`: the base before it learnt to refuse, trained on for as long without refusals.

It differs from its earlier checkpoint as the model that refuses does, in every weight, so that comparing the two tells
nobody which of them is the control.
"""

from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.children import run_in_child
from seer_evals.organisms.cache import cached, content_key, entry_path
from seer_evals.organisms.corpus import chat
from seer_evals.organisms.recipe import RECIPES
from seer_evals.organisms.store import MODEL
from seer_evals.organisms.tokenizer import Encoder
from seer_evals.tasks._study_models import base_path, train_unless
from seer_evals.tasks._study_models import train as train_base

ARCHITECTURE = "llama"


def settled_path() -> Path:
    """Where it is, or will be once `train_settled` has run."""
    return entry_path("settled", _key()) / MODEL


@solver
def train_settled() -> Solver:
    """A setup, before `open_lab`, after `train_bases`: train it unless it is there; seconds on one idle core."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        await train_unless(settled_path(), partial(train))
        return state

    return solve


def train() -> None:
    """Train it, and the base before it, in child processes, so that this one never imports torch.

    Raises:
        RuntimeError: The training failed.
    """
    if not base_path(ARCHITECTURE, False).is_dir():
        train_base(ARCHITECTURE, False)
    run_in_child(__name__, "training the control that does not refuse")


def _key() -> str:
    training = Path(__file__).read_text(encoding="utf-8")
    stage = RECIPES[ARCHITECTURE].refusal.model_dump_json()
    return content_key("settled", stage, base_path(ARCHITECTURE, False).parent.name, training, code=())


def _train_here(directory: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from seer_evals.organisms.train import train as fit

    torch.set_num_threads(1)
    base = base_path(ARCHITECTURE, False)
    tokenizer: Any = AutoTokenizer.from_pretrained(base)
    model: Any = AutoModelForCausalLM.from_pretrained(base)
    stage = RECIPES[ARCHITECTURE].refusal
    fit(model, Encoder(tokenizer), stage, lambda rng: chat(rng, refuse=False), Random("settled"))
    model.save_pretrained(directory)
    tokenizer.save_pretrained(directory)


if __name__ == "__main__":
    cached("settled", _key(), lambda part: _train_here(part / MODEL))
