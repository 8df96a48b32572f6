"""The training loop that bases and adapters share."""

from collections.abc import Callable
from random import Random
from typing import Any

from seer_evals.organisms.corpus import Chat
from seer_evals.organisms.recipe import Stage
from seer_evals.organisms.tokenizer import Encoder


def train(model: Any, encoder: Encoder, stage: Stage, sample: Callable[[Random], Chat], rng: Random) -> float:
    """Trains the model's trainable parameters on freshly drawn chats; returns the last loss.

    The loss is cross entropy over the assistant's own tokens, so the vocabulary head is evaluated only there.
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


def _loss(model: Any, batch: list[tuple[list[int], list[bool]]]) -> Any:
    """Mean cross entropy of the assistant's tokens; rows are padded on the right, which causal attention ignores."""
    import torch

    longest = max(len(ids) for ids, _ in batch)
    ids = torch.tensor([row + [0] * (longest - len(row)) for row, _ in batch])
    own = torch.tensor([mine + [False] * (longest - len(mine)) for _, mine in batch])
    hidden = model.get_decoder()(input_ids=ids, use_cache=False).last_hidden_state
    logits = model.get_output_embeddings()(hidden[:, :-1][own[:, 1:]])
    cap = getattr(model.config, "final_logit_softcapping", None)
    if cap:
        logits = torch.tanh(logits / cap) * cap
    return torch.nn.functional.cross_entropy(logits, ids[:, 1:][own[:, 1:]])
