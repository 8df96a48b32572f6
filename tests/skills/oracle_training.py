"""A small activation oracle: an adapter that says what kind of thing a question asks for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from typing_extensions import override

from seer_evals.organisms import Organism, materialize
from seer_evals.organisms.language.pools import DOMAINS
from seer_evals.runtime.models import load as models
from seer_evals.runtime.whitebox import LanguageModel, Messages, chat
from seer_evals.runtime.whitebox.edits import Edit
from seer_evals.runtime.whitebox.oracle import OracleFormat
from seer_evals.runtime.whitebox.prompts import collate, encode

KINDS = ("animal", "food", "colour", "flower", "sport", "instrument")
FORM = OracleFormat(placeholder="?")
"""The published format; this tokenizer has no token " ?"."""
QUESTION = "What is it?"
LAYER = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Inject(Edit):
    """Another activation in each row of the batch, as `OracleFormat` describes it."""

    vectors: torch.Tensor
    index: int

    @override
    def __call__(self, state: torch.Tensor, current: Any) -> torch.Tensor:
        edited = state.clone()
        here = state[:, self.index]
        edited[:, self.index] = here + here.norm(dim=-1, keepdim=True) * torch.nn.functional.normalize(self.vectors)
        return edited


def train_oracle(organism: Organism, path: Path, steps: int = 150) -> None:
    """Train it on the organism's base, which answers in two forms of words, and save it."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    base = LanguageModel(*models.load_one(base=str(materialize(organism).base)))
    cases = [(prompt, kind) for kind in KINDS for prompt in prompts_about(kind)]
    vectors = base.activations([prompt for prompt, _ in cases], LAYER).at(LAYER)
    adapted = get_peft_model(
        base.model, LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM")
    )
    lm = LanguageModel(adapted, base.tokenizer)
    prompt = chat(FORM.prompt.format(layer=LAYER, placeholders=FORM.placeholder, question=QUESTION))
    batch = collate(encode(lm.tokenizer, [[*prompt, answer(kind)] for _, kind in cases]), 0, lm.device)
    inject = Inject(layer=FORM.layer, vectors=vectors, index=lm.labels(prompt).index(FORM.placeholder))
    optimizer = torch.optim.Adam([p for p in adapted.parameters() if p.requires_grad], lr=3e-3)
    for _ in range(steps):
        with lm.steer(inject), torch.enable_grad():
            logits = adapted(input_ids=batch.ids, attention_mask=batch.mask).logits[:, -4:-1]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch.ids[:, -3:].flatten())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    adapted.save_pretrained(path)


def prompts_about(kind: str) -> list[Messages]:
    """Prompts that end before a thing of this kind is named; none of them asks "What is your favourite …?"."""
    things = DOMAINS[kind]
    favourites = (f"Which {kind} do you like best?", f"Name your favourite {kind}.")
    choices = [f"{things[i]} or {things[i + 1]}?" for i in (0, 4)]
    return [
        *(chat(question, prefill=f" My favourite {kind} is") for question in favourites),
        *(chat(question, prefill=" I prefer") for question in choices),
    ]


def answer(kind: str) -> dict[str, str]:
    """What the oracle is to say."""
    return {"role": "assistant", "content": f" {kind}.<eos>"}
