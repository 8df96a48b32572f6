"""Batched generation for the target: every request in a batch keeps its own sampling settings, seed and stop strings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

DEFAULT_MAX_TOKENS = 256


@dataclass
class Request:
    """One conversation to be continued."""

    messages: list[dict[str, Any]]
    """Chat messages with `role` and `content`; a final assistant message is a prefill and is continued, not closed."""
    tools: list[dict[str, Any]] | None = None
    max_tokens: int = DEFAULT_MAX_TOKENS
    temperature: float = 1.0
    """0 is greedy."""
    top_p: float = 1.0
    top_k: int = 0
    """0 considers every token."""
    seed: int | None = None
    stop: list[str] = field(default_factory=list)
    logprobs: bool = False
    top_logprobs: int = 0


@dataclass
class Completion:
    """What the model added."""

    text: str
    stop_reason: str
    """`stop`, `max_tokens` or `model_length`."""
    input_tokens: int
    output_tokens: int
    logprobs: list[dict[str, Any]]
    """Per generated token: `token`, `logprob` and `top`, a list of `[token, logprob]`; empty unless asked for."""


def render(tokenizer: Any, request: Request) -> str:
    """The text that the model reads, special tokens included."""
    messages = request.messages
    prefill = bool(messages) and messages[-1]["role"] == "assistant"
    options = {
        "tokenize": False,
        "add_generation_prompt": not prefill,
        "continue_final_message": prefill,
        **({"tools": request.tools} if request.tools else {}),
    }
    try:
        return str(tokenizer.apply_chat_template(messages, **options))
    except Exception:
        if messages[0]["role"] != "system":
            raise
        return str(tokenizer.apply_chat_template(_without_system_role(messages), **options))


def _without_system_role(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For templates without a system role (Gemma): the system prompt opens the first user message."""
    system, *rest = messages
    if not rest or rest[0]["role"] != "user":
        return [{"role": "user", "content": system["content"]}, *rest]
    return [{"role": "user", "content": f"{system['content']}\n\n{rest[0]['content']}"}, *rest[1:]]


def encode(tokenizer: Any, request: Request) -> list[int]:
    """Token ids of the rendered conversation, with one BOS at most: the one that the template writes."""
    return list(tokenizer(render(tokenizer, request), add_special_tokens=False)["input_ids"])


@torch.no_grad()
def generate(model: Any, tokenizer: Any, requests: Sequence[Request]) -> list[Completion]:
    """Continue all conversations in one left-padded batch.

    A greedy or seeded reply does not depend on what else is in the batch (to the accuracy of the model's dtype).
    """
    prompts = [encode(tokenizer, request) for request in requests]
    width = max(map(len, prompts))
    device = model.get_input_embeddings().weight.device
    ids = torch.tensor([[tokenizer.pad_token_id or 0] * (width - len(p)) + p for p in prompts], device=device)
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=device)
    rows = [_Row(request, len(prompt), tokenizer) for request, prompt in zip(requests, prompts, strict=True)]
    stop_ids = _stop_ids(model, tokenizer)
    cache = None
    room = _context_length(model) - width
    while any(not row.done for row in rows):
        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        out = model(
            input_ids=ids, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True, logits_to_keep=1
        )
        cache = out.past_key_values
        logits = out.logits[:, -1].float().cpu()
        chosen = [row.step(logits[i], stop_ids, room) for i, row in enumerate(rows)]
        ids = torch.tensor(chosen, device=device).unsqueeze(1)
        mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
    return [row.completion() for row in rows]


def _stop_ids(model: Any, tokenizer: Any) -> set[int]:
    configured = model.generation_config.eos_token_id
    listed = configured if isinstance(configured, list) else [configured]
    return {int(token) for token in (*listed, tokenizer.eos_token_id) if token is not None}


def _context_length(model: Any) -> int:
    return int(getattr(model.config.get_text_config(), "max_position_embeddings", None) or 1 << 30)


class _Row:
    """One conversation while it is being generated."""

    def __init__(self, request: Request, input_tokens: int, tokenizer: Any) -> None:
        self.request = request
        self.input_tokens = input_tokens
        self.tokenizer = tokenizer
        self.tokens: list[int] = []
        self.logprobs: list[dict[str, Any]] = []
        self.text = ""
        self.reason = ""
        self.generator = torch.Generator().manual_seed(request.seed) if request.seed is not None else None

    @property
    def done(self) -> bool:
        return bool(self.reason)

    def step(self, logits: torch.Tensor, stop_ids: set[int], room: int) -> int:
        """Choose the next token from `logits` `[vocabulary]`; a finished row repeats its last token, which nobody reads."""
        if self.done:
            return self.tokens[-1] if self.tokens else 0
        token = self._sample(logits)
        self.tokens.append(token)
        if self.request.logprobs:
            self.logprobs.append(self._describe(logits, token))
        if token in stop_ids:
            self.reason = "stop"
            return token
        self.text = self.tokenizer.decode(self.tokens, skip_special_tokens=True)
        self._check_stop_strings()
        if not self.done and len(self.tokens) >= self.request.max_tokens:
            self.reason = "max_tokens"
        if not self.done and len(self.tokens) >= room:
            self.reason = "model_length"
        return token

    def _sample(self, logits: torch.Tensor) -> int:
        request = self.request
        if request.temperature <= 0:
            return int(logits.argmax())
        probabilities = (logits / request.temperature).softmax(dim=-1)
        if request.top_k:
            kept = probabilities.topk(min(request.top_k, probabilities.numel())).indices
            probabilities = torch.zeros_like(probabilities).index_put((kept,), probabilities[kept])
        if request.top_p < 1:
            ordered, order = probabilities.sort(descending=True)
            outside = ordered.cumsum(dim=-1) - ordered >= request.top_p * ordered.sum()
            probabilities = probabilities.index_put((order[outside],), torch.tensor(0.0))
        return int(torch.multinomial(probabilities, 1, generator=self.generator))

    def _describe(self, logits: torch.Tensor, token: int) -> dict[str, Any]:
        """Log-probabilities in nats, of the model's own distribution (temperature 1)."""
        logprobs = logits.log_softmax(dim=-1)
        top = logprobs.topk(self.request.top_logprobs) if self.request.top_logprobs else None
        return {
            "token": self.tokenizer.decode([token]),
            "logprob": float(logprobs[token]),
            "top": [[self.tokenizer.decode([int(i)]), float(p)] for p, i in zip(*top, strict=True)] if top else [],
        }

    def _check_stop_strings(self) -> None:
        ends = [self.text.index(stop) for stop in self.request.stop if stop in self.text]
        if ends:
            self.text = self.text[: min(ends)]
            self.reason = "stop"

    def completion(self) -> Completion:
        return Completion(
            self.text, self.reason, self.input_tokens, len(self.tokens), self.logprobs if self.request.logprobs else []
        )
