"""One reply while it is being generated."""

import random
from collections.abc import Sequence
from typing import Any

import torch

from .controls import opens_reasoning, shown
from .request import Completion, Request
from .seams import context_before, text_after, token_text
from .templates import THINK

CONTEXT_TOKENS = 8
"""Tokens of the prompt, or more, that a reply is decoded with."""


class Reply:
    """The tokens of one reply, and what they say."""

    def __init__(self, request: Request, prompt: list[int], tokenizer: Any, context: int) -> None:
        self.request = request
        self.prompt = prompt
        self.room = context - len(prompt)
        self.tokenizer = tokenizer
        self.tokens: list[int] = []
        self.logprobs: list[dict[str, Any]] = []
        self.reason = "" if self.room > 0 else "model_length"
        # Decoded together with what comes before, or some tokenizers drop a reply's first space.
        self.before = context_before(tokenizer, prompt, CONTEXT_TOKENS)
        # A stream of its own, which neither moves nor follows the one that the agent's cells draw from.
        self.random = random.Random(request.seed)
        self._said: tuple[Sequence[int], str] | None = None

    @property
    def done(self) -> bool:
        """The reply is complete."""
        return bool(self.reason)

    @property
    def said(self) -> str:
        """The text of the reply, up to the stop string or the token that ended it."""
        tokens, tail = self._said or (self.tokens, "")
        return shown(self.tokenizer, self.prompt, self.before, tokens, tail)

    def step(self, logits: torch.Tensor, token: int, ending: set[int]) -> int:
        """Take the next token, chosen from `logits` `[vocabulary]`; what a finished row says is read by nobody."""
        if self.done:
            return (self.tokens or self.before)[-1]
        self.tokens.append(token)
        if self.request.logprobs:
            self.logprobs.append(self._describe(logits, token))
        if token in ending:
            self.reason, self._said = "stop", (self.tokens[:-1], "")
            return token
        if self.request.stop:
            self._check_stop_strings()
        if not self.done and len(self.tokens) >= self.request.max_tokens:
            self.reason = "max_tokens"
        if not self.done and len(self.tokens) >= self.room:
            self.reason = "model_length"
        return token

    def _describe(self, logits: torch.Tensor, token: int) -> dict[str, Any]:
        """Log-probabilities in nats, of the model's own distribution (temperature 1)."""
        logprobs = logits.log_softmax(dim=-1)
        wanted = min(self.request.top_logprobs, len(logprobs))
        top = [each.tolist() for each in logprobs.topk(wanted)] if wanted else [[], []]
        return {
            "token": token_text(self.tokenizer, token),
            "logprob": float(logprobs[token]),
            "top": [[token_text(self.tokenizer, i), p] for p, i in zip(*top, strict=True)],
        }

    def _check_stop_strings(self) -> None:
        text = self._written(len(self.tokens))
        ends = [text.index(stop) for stop in self.request.stop if stop and stop in text]
        if not ends:
            return
        self.reason, end = "stop", min(ends)
        for count in range(len(self.tokens) - 1, -1, -1):
            whole = self._written(count)
            if len(whole) <= end and text.startswith(whole):
                self._said = self.tokens[:count], text[len(whole) : end]
                return

    def _written(self, count: int) -> str:
        """The first tokens as text with all control tokens, which stop strings may name."""
        return text_after(self.tokenizer, self.before, self.tokens[:count])

    def completion(self) -> Completion:
        """What became of it."""
        text, messages = self.said, self.request.messages
        prefill = messages[-1].get("content") if messages and messages[-1].get("role") == "assistant" else None
        if text and opens_reasoning(self.tokenizer, self.before, prefill if isinstance(prefill, str) else ""):
            text = f"{THINK}\n{text}"
        return Completion(text, self.reason, len(self.prompt), len(self.tokens), self.logprobs)
