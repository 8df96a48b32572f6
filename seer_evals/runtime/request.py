"""What a target is asked, and what comes back."""

import math
from dataclasses import dataclass, field
from typing import Any

DEFAULT_MAX_TOKENS = 256


@dataclass
class Request:
    """One conversation to be continued.

    Raises:
        ValueError: A setting makes no sense.
    """

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
    """Strings that end a text, control tokens such as `<|end|>` included."""
    logprobs: bool = False
    top_logprobs: int = 0

    def __post_init__(self) -> None:
        """Refuse what would silently be read as something else."""
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens is {self.max_tokens}; a reply has at least 1")
        if not (math.isfinite(self.temperature) and self.temperature >= 0):
            raise ValueError(f"temperature is {self.temperature}; it is 0 (greedy) or more")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p is {self.top_p}; it is above 0 and at most 1")
        if min(self.top_k, self.top_logprobs) < 0:
            raise ValueError(f"top_k is {self.top_k} and top_logprobs {self.top_logprobs}; neither is below 0")


@dataclass
class Completion:
    """What the model added."""

    text: str
    """Without control tokens. Reasoning that these set apart stands between `<think>` and `</think>`, whatever the
    model's own marks, and begins with `<think>` too where the prompt had opened it; a call of a harmony model between
    `<tool_call>` and `</tool_call>`."""
    stop_reason: str
    """`stop`, `max_tokens` or `model_length`, where the context ended."""
    input_tokens: int
    output_tokens: int
    logprobs: list[dict[str, Any]]
    """Per generated token, the one that ends the turn included: `token`, `logprob` (nats, at temperature 1, before any
    filter) and `top`, the likeliest as `[token, logprob]`. Empty unless asked for."""
