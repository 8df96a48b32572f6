"""Batched generation for the target: every request keeps its own sampling settings, seed and stop strings."""

from collections.abc import Sequence
from typing import Any

import torch

from ..context import check_fits, context_length
from ..memory import Memory, reads_padding
from ..replies import Reply
from ..request import Completion, Request
from ..templates import render
from .sampling import Filter, choose

__all__ = ["Completion", "Reply", "Request", "decode", "encode", "generate", "render"]


def encode(tokenizer: Any, request: Request) -> list[int]:
    """Token ids of the rendered conversation, with one BOS at most: the one that the template writes."""
    return list(tokenizer(render(tokenizer, request), add_special_tokens=False)["input_ids"])


def generate(model: Any, tokenizer: Any, requests: Sequence[Request]) -> list[Completion]:
    """Continue all conversations in one left-padded batch.

    A greedy or seeded reply does not depend on what else is in the batch (to the accuracy of the model's dtype).

    Raises:
        ValueError: There is nothing to answer in a request, its prompt does not fit into the context, or the template
            leaves something of it out.
        jinja2.TemplateError: The template refuses a request.
    """
    prompts = [encode(tokenizer, request) for request in requests]
    return [reply.completion() for reply in decode(model, tokenizer, requests, prompts)]


@torch.no_grad()
def decode(model: Any, tokenizer: Any, requests: Sequence[Request], prompts: Sequence[list[int]]) -> list["Reply"]:
    """Continue token sequences in one left-padded batch, each as its request says; its messages are not looked at.

    Raises:
        ValueError: A prompt does not fit into the context, with one token of a reply.
    """
    check_fits(model, prompts, reply=1)
    if len({len(prompt) for prompt in prompts}) > 1 and reads_padding(model):
        pairs = zip(requests, prompts, strict=True)
        return [row for request, prompt in pairs for row in decode(model, tokenizer, [request], [prompt])]
    device = model.get_input_embeddings().weight.device
    ending, context = _stop_ids(model, tokenizer), context_length(model)
    rows = [Reply(request, prompt, tokenizer, context) for request, prompt in zip(requests, prompts, strict=True)]
    width = max(map(len, prompts))
    ids = torch.tensor([[tokenizer.pad_token_id or 0] * (width - len(p)) + p for p in prompts], device=device)
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=device)
    filters = [Filter(each.temperature, each.top_p, each.top_k) for each in requests]
    memory = Memory(model)
    while any(not row.done for row in rows):
        positions = (mask.cumsum(dim=1) - 1).clamp(0, context - 1)[:, -ids.shape[1] :]
        logits = memory.read(ids, mask, positions).float()
        tokens = choose(logits, filters, [row.random.random() for row in rows])
        chosen = [row.step(each, token, ending) for row, each, token in zip(rows, logits, tokens, strict=True)]
        ids = torch.tensor(chosen, device=device).unsqueeze(1)
        mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
    return rows


def _stop_ids(model: Any, tokenizer: Any) -> set[int]:
    configured = model.generation_config.eos_token_id
    listed = configured if isinstance(configured, list) else [configured]
    return {int(token) for token in (*listed, tokenizer.eos_token_id) if token is not None}
