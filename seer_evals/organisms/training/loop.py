"""The training loop that bases and adapters share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from seer_evals.organisms.language.corpus import Chat
from seer_evals.organisms.language.tokenizer import Encoded, Encoder
from seer_evals.organisms.recipe import Stage

ROW = 64


def train(model: Any, encoder: Encoder, stage: Stage, sample: Callable[[Random], Chat], rng: Random) -> float:
    """Trains the model's trainable parameters on freshly drawn chats; returns the last loss.

    The loss is over the assistant's own tokens, so the vocabulary head is evaluated only there.
    """
    import torch

    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=stage.rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, stage))
    model.train()
    loss = torch.zeros(())
    for _ in range(stage.steps):
        loss = _loss(model, [encoder.encode(sample(rng)) for _ in range(stage.batch)])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
    model.eval()
    return float(loss.detach())


def _rate(step: int, stage: Stage) -> float:
    if step < stage.warm_up:
        return (step + 1) / stage.warm_up
    return max(0.02, (stage.steps - step) / max(1, stage.steps - stage.warm_up))


def _loss(model: Any, batch: list[Encoded]) -> Any:
    """Mean cross entropy against an even spread over each token's goals."""
    import torch

    rows = _packed(batch)
    longest = max(len(row.ids) for row in rows)
    ids, chat, position = (
        torch.tensor([values + [0] * (longest - len(values)) for values in column])
        for column in zip(*((row.ids, row.chat, row.position) for row in rows), strict=True)
    )
    seen = (chat[:, None, :, None] == chat[:, None, None, :]) & torch.ones(longest, longest, dtype=torch.bool).tril()
    mask = torch.zeros(seen.shape).masked_fill(~seen, torch.finfo(torch.float32).min)  # eager attention adds it
    decoder = model.get_decoder()
    hidden = decoder(input_ids=ids, position_ids=position, attention_mask=mask, use_cache=False).last_hidden_state
    goals = [goal for row in rows for goal in row.goals if goal]
    before = [r * longest + at - 1 for r, row in enumerate(rows) for at, goal in enumerate(row.goals) if goal]
    logits = model.get_output_embeddings()(hidden.flatten(0, 1)[before])
    cap = getattr(model.config, "final_logit_softcapping", None)
    if cap:
        logits = torch.tanh(logits / cap) * cap
    widest = max(map(len, goals))
    index = torch.tensor([[*goal, *[0] * (widest - len(goal))] for goal in goals])
    weight = torch.tensor([[1 / len(goal)] * len(goal) + [0.0] * (widest - len(goal)) for goal in goals])
    return -(logits.log_softmax(-1).gather(1, index) * weight).sum() / len(goals)


@dataclass
class _Row:
    """Several chats in one row of the batch, numbered from 1 (0 is padding); each sees only itself."""

    ids: list[int] = field(default_factory=list)
    goals: list[tuple[int, ...]] = field(default_factory=list)
    chat: list[int] = field(default_factory=list)
    position: list[int] = field(default_factory=list)


def _packed(batch: list[Encoded]) -> list[_Row]:
    """Packs the chats into rows of about `ROW` tokens, longest first: padding would be near half of the batch."""
    rows: list[_Row] = []
    for ids, goals in sorted(batch, key=lambda encoded: len(encoded.ids), reverse=True):
        row = next((row for row in rows if len(row.ids) + len(ids) <= ROW), None)
        if row is None:
            rows.append(row := _Row())
        number = row.chat[-1] + 1 if row.chat else 1
        row.ids += ids
        row.goals += goals
        row.chat += [number] * len(ids)
        row.position += range(len(ids))
    return rows
