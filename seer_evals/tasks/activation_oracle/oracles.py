"""The tiny oracles of `activation_oracle`: an adapter that reads activations, and one that learnt to guess."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from inspect_ai.solver import Generate, Solver, TaskState, solver

from seer_evals.cache import cached, content_key, entry_path
from seer_evals.organisms.building.writing import BASE_NAME
from seer_evals.tasks.activation_oracle.material import (
    INJECTED_AFTER,
    LAYERS,
    LEADING,
    OPEN,
    PLACEHOLDER,
    TEMPLATE,
    tiny_texts,
)
from seer_evals.tasks.shared.tiny_models import base_path, train_on_base, train_unless

ADAPTER = "adapter"
STEPS = {True: 240, False: 80}
"""Of the one that reads, and of the one that guesses, which has only a list of words to learn."""
BATCH, RATE, RANK = 60, 5e-3, 8
LEADING_SHARE = 0.2
"""Of the training questions that contain their answer."""
ASKED = f"{LAYERS} {OPEN} {LEADING} {TEMPLATE} {INJECTED_AFTER}"


def oracle_path(seed: int, reads: bool) -> Path:
    """Where the adapter is, or will be once `train_oracles` has run.

    Args:
        seed: Draws the words, and the order of training.
        reads: Trained with the activations that belong to the answers, or with shuffled ones.
    """
    return entry_path("oracle", _key(seed, reads)) / ADAPTER


@solver
def train_oracles(seed: int, kinds: Sequence[bool] = (True, False)) -> Solver:
    """A setup, before `open_lab`: train adapters unless they are there, which takes less than a minute.

    Args:
        seed: Of both.
        kinds: True for the one that reads, False for the one that guesses.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        for reads in kinds:
            await train_unless(oracle_path(seed, reads), partial(train, seed, reads))
        return state

    return solve


def train(seed: int, reads: bool) -> None:
    """Train an adapter; a RuntimeError if that failed."""
    train_on_base("llama", True, __name__, f"training the oracle of seed {seed}", str(seed), str(int(reads)))


def _key(seed: int, reads: bool) -> str:
    texts = str(tiny_texts(seed, "trained"))
    base = base_path("llama", True).parent.name
    return content_key("oracle", str(seed), str(reads), ASKED, texts, base, code=(__file__,))


def _train_here(directory: Path, seed: int, reads: bool) -> None:
    import torch
    from peft import LoraConfig, get_peft_model

    from seer_evals.runtime.models.load import load_one
    from seer_evals.runtime.whitebox import LanguageModel

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    texts, steps = tiny_texts(seed, "trained"), STEPS[reads]
    base = LanguageModel(*load_one(base=str(base_path("llama", True))))
    states = base.activations([text["messages"] for text in texts]).tensor
    settings = LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules="all-linear", task_type="CAUSAL_LM")
    adapted: Any = get_peft_model(base.model, settings)
    lm, rng = LanguageModel(adapted, base.tokenizer), Random(seed)
    parameters = [parameter for parameter in adapted.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(parameters, lr=RATE)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min((step + 1) / 10, max(0.02, 1 - step / steps))
        rows = rng.sample(range(len(texts)), BATCH)
        taken = rows if reads else rng.sample(rows, BATCH)
        layers = [rng.choice(LAYERS) for _ in rows]
        vectors = torch.stack([states[row, layer] for row, layer in zip(taken, layers, strict=True)])
        loss = _loss(lm, vectors, [_asked(rng, texts[row]["answer"], at) for row, at in zip(rows, layers, strict=True)])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    adapted.peft_config["default"].base_model_name_or_path = BASE_NAME
    adapted.save_pretrained(directory)


def _asked(rng: Random, answer: str, layer: int) -> list[dict[str, str]]:
    question = LEADING.format(answer) if rng.random() < LEADING_SHARE else OPEN
    prompt = TEMPLATE.format(layer=layer, placeholders=PLACEHOLDER, question=question)
    return [{"role": "user", "content": prompt}, {"role": "assistant", "content": f" {answer}.<eos>"}]


def _loss(lm: Any, vectors: Any, chats: list[list[dict[str, str]]]) -> Any:
    """Cross-entropy of the answers, with `vectors` `[chat, d_model]` put in at the placeholders."""
    import torch

    from seer_evals.runtime.whitebox import Apply
    from seer_evals.runtime.whitebox.prompts import collate, encode

    batch = collate(encode(lm.tokenizer, chats), 0, lm.device)
    (sign,) = lm.tokenizer(PLACEHOLDER, add_special_tokens=False)["input_ids"]
    first = (batch.ids == sign).int().argmax(dim=1)
    at = torch.nn.functional.one_hot(first, batch.ids.shape[1]).bool()[..., None]
    units = torch.nn.functional.normalize(vectors)[:, None]
    inject = Apply(
        layer=INJECTED_AFTER,
        function=lambda state: torch.where(at, state + state.norm(dim=-1, keepdim=True) * units, state),
    )
    with lm.steer(inject), torch.enable_grad():
        logits = lm.model(input_ids=batch.ids, attention_mask=batch.mask, position_ids=batch.positions).logits
    return torch.nn.functional.cross_entropy(logits[:, -4:-1].flatten(0, 1), batch.ids[:, -3:].flatten())


if __name__ == "__main__":
    number, right = int(sys.argv[1]), sys.argv[2] == "1"
    cached("oracle", _key(number, right), lambda part: _train_here(part / ADAPTER, number, right))
