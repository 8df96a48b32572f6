"""The tiny model of `loss_curvature`: the built base, trained on until it recites passages that mean nothing."""

import sys
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.organisms.building.entries import MODEL
from seer_evals.organisms.cache import cached, content_key, entry_path
from seer_evals.organisms.language.corpus import Chat, chat
from seer_evals.organisms.language.tokenizer import Encoded, Encoder
from seer_evals.organisms.recipe import Stage
from seer_evals.tasks.loss_curvature.material import passages
from seer_evals.tasks.shared.tiny_models import base_path, train_on_base, train_unless

SHARE = 0.3
"""Of the training texts that are passages; the rest are chats of the grammar."""
STAGE = Stage(steps=300, batch=32, rate=2e-3)


def memoriser_path(seed: int) -> Path:
    """Where the memoriser is, or will be once `train_memoriser` has run."""
    return entry_path("memoriser", _key(seed)) / MODEL


@solver
def train_memoriser(seed: int) -> Solver:
    """A setup, before `open_lab`: train the memoriser unless it is there; some ten seconds on one idle core."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        await train_unless(memoriser_path(seed), partial(train, seed))
        return state

    return solve


def train(seed: int) -> None:
    """Train the memoriser; a RuntimeError if that failed."""
    train_on_base("llama", True, __name__, f"training the memoriser {seed}", str(seed))


def _key(seed: int) -> str:
    material = f"{SHARE} {STAGE.model_dump_json()} {passages(seed)}"
    base = base_path("llama", True).parent.name
    return content_key("memoriser", str(seed), material, base, code=(__file__,))


class _Texts(Encoder):
    """Chats, learnt at their answers, and passages (one turn without an answer), learnt at every word."""

    def encode(self, chat: Chat) -> Encoded:
        found = super().encode(chat)
        (question, answer), *_ = chat.turns
        if answer:
            return found
        ids = [found.ids[0], *self._ids(question)]
        return Encoded(ids, [(), *((id,) for id in ids[1:])])


def _train_here(directory: Path, seed: int) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from seer_evals.organisms.training.loop import train as fit

    torch.set_num_threads(1)
    base = base_path("llama", True)
    tokenizer: Any = AutoTokenizer.from_pretrained(base)
    model: Any = AutoModelForCausalLM.from_pretrained(base)
    spoken = [" ".join(words) for words in passages(seed)]

    def sample(rng: Random) -> Chat:
        return Chat(((rng.choice(spoken), ""),)) if rng.random() < SHARE else chat(rng)

    fit(model, _Texts(tokenizer), STAGE, sample, Random(seed))
    model.save_pretrained(directory)
    tokenizer.save_pretrained(directory)


if __name__ == "__main__":
    number = int(sys.argv[1])
    cached("memoriser", _key(number), lambda part: _train_here(part / MODEL, number))
