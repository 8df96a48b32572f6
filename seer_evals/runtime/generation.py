"""Batched generation for the target: every request keeps its own sampling settings, seed and stop strings."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from .memory import Memory, reads_padding
from .sampling import Filter, choose

DEFAULT_MAX_TOKENS = 256
CONTEXT_TOKENS = 8
"""Tokens of the prompt that a reply is decoded with."""


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
    """Per generated token, the one that ends the turn included: `token`, `logprob` (nats, at temperature 1, before any
    filter) and `top`, the likeliest as `[token, logprob]`. Empty unless asked for."""


def render(tokenizer: Any, request: Request) -> str:
    """The text that the model reads, special tokens included.

    Raises:
        ValueError: There are no messages.
        jinja2.TemplateError: The template refuses the conversation.
    """
    if not request.messages:
        raise ValueError("there is no message to answer")
    *earlier, last = messages = request.messages
    begun = last["role"] == "assistant" and not last.get("tool_calls")
    prefill = begun and bool(last["content"])
    if begun and not prefill:
        messages = earlier
    options = {
        "tokenize": False,
        "add_generation_prompt": not prefill,
        "continue_final_message": prefill,
        **({"tools": request.tools} if request.tools else {}),
    }
    if messages[0]["role"] != "system":
        return str(tokenizer.apply_chat_template(messages, **options))
    try:
        text = str(tokenizer.apply_chat_template(messages, **options))
    except Exception:  # templates refuse roles with errors of their own
        text = ""
    if messages[0]["content"].strip() not in text or not text:
        text = str(tokenizer.apply_chat_template(_without_system_role(messages), **options))
    return text


def _without_system_role(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For templates that refuse a system message or leave it out: it opens the first user message."""
    system, *rest = messages
    if not rest or rest[0]["role"] != "user":
        return [{"role": "user", "content": system["content"]}, *rest]
    return [{"role": "user", "content": f"{system['content']}\n\n{rest[0]['content']}"}, *rest[1:]]


def encode(tokenizer: Any, request: Request) -> list[int]:
    """Token ids of the rendered conversation, with one BOS at most: the one that the template writes."""
    return list(tokenizer(render(tokenizer, request), add_special_tokens=False)["input_ids"])


def generate(model: Any, tokenizer: Any, requests: Sequence[Request]) -> list[Completion]:
    """Continue all conversations in one left-padded batch.

    A greedy or seeded reply does not depend on what else is in the batch (to the accuracy of the model's dtype).

    Raises:
        ValueError: There is nothing to answer in a request, or its template refuses it.
    """
    prompts = [encode(tokenizer, request) for request in requests]
    return [reply.completion() for reply in decode(model, tokenizer, requests, prompts)]


@torch.no_grad()
def decode(model: Any, tokenizer: Any, requests: Sequence[Request], prompts: Sequence[list[int]]) -> list["Reply"]:
    """Continue token sequences in one left-padded batch, each as its request says; its messages are not looked at."""
    if len({len(prompt) for prompt in prompts}) > 1 and reads_padding(model):
        pairs = zip(requests, prompts, strict=True)
        return [row for request, prompt in pairs for row in decode(model, tokenizer, [request], [prompt])]
    device = model.get_input_embeddings().weight.device
    ending, context = _stop_ids(model, tokenizer), _context_length(model)
    rows = [Reply(request, prompt, tokenizer, context) for request, prompt in zip(requests, prompts, strict=True)]
    # A prompt that does not fit must not harm the others.
    prompts = [prompt[-1:] if row.done else prompt for row, prompt in zip(rows, prompts, strict=True)]
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


def _context_length(model: Any) -> int:
    return int(getattr(model.config.get_text_config(), "max_position_embeddings", None) or 1 << 30)


class Reply:
    """One reply while it is being generated."""

    def __init__(self, request: Request, prompt: list[int], tokenizer: Any, context: int) -> None:
        self.request = request
        self.input_tokens = len(prompt)
        self.room = context - len(prompt)
        self.tokenizer = tokenizer
        self.tokens: list[int] = []
        self.logprobs: list[dict[str, Any]] = []
        self.text = ""
        self.reason = "" if self.room > 0 else "model_length"
        self.closed = False
        # Decoded together with what comes before, or some tokenizers drop a reply's first space.
        self.before = prompt[-CONTEXT_TOKENS:]
        self.offset = len(self._decode([]))
        # A stream of its own, which neither moves nor follows the one that the agent's cells draw from.
        self.random = random.Random(request.seed)

    @property
    def done(self) -> bool:
        """The reply is complete."""
        return bool(self.reason)

    @property
    def said(self) -> str:
        """The text of the reply, up to the stop string that ended it."""
        if self.request.stop:
            return self.text
        return self._decode(self.tokens[:-1] if self.closed else self.tokens)[self.offset :]

    def step(self, logits: torch.Tensor, token: int, ending: set[int]) -> int:
        """Take the next token, chosen from `logits` `[vocabulary]`; what a finished row says is read by nobody."""
        if self.done:
            return (self.tokens or self.before)[-1]
        self.tokens.append(token)
        if self.request.logprobs:
            self.logprobs.append(self._describe(logits, token))
        if token in ending:
            self.reason, self.closed = "stop", True
            return token
        if self.request.stop:
            self.text = self._decode(self.tokens)[self.offset :]
            self._check_stop_strings()
        if not self.done and len(self.tokens) >= self.request.max_tokens:
            self.reason = "max_tokens"
        if not self.done and len(self.tokens) >= self.room:
            self.reason = "model_length"
        return token

    def _decode(self, tokens: list[int]) -> str:
        return str(self.tokenizer.decode([*self.before, *tokens], skip_special_tokens=True))

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
        ends = [self.text.index(stop) for stop in self.request.stop if stop and stop in self.text]
        if ends:
            self.text = self.text[: min(ends)]
            self.reason = "stop"

    def completion(self) -> Completion:
        """What became of it."""
        return Completion(
            self.said, self.reason, self.input_tokens, len(self.tokens), self.logprobs if self.request.logprobs else []
        )
