"""From prompts to one left-padded batch of token ids.

A prompt is a string (raw text, read as it stands), a list of chat messages (rendered with the chat template; a final
assistant message is a prefill and is continued), or a list of token ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ..generation import Request, render

Messages = list[dict[str, Any]]
Prompt = str | Messages | list[int]


@dataclass(frozen=True)
class Encoded:
    """One prompt as the model reads it."""

    ids: list[int]
    text: str
    prompt_length: int
    """Tokens before the prefill; all of them if there is none."""
    offsets: list[tuple[int, int]] | None
    """Per token, its range of characters in `text`; None where the tokenizer cannot tell."""


@dataclass(frozen=True)
class Batch:
    """Prompts of one forward pass, left-padded."""

    encoded: list[Encoded]
    ids: torch.Tensor
    """`[prompt, position]`."""
    mask: torch.Tensor
    """`[prompt, position]`, 1 for tokens and 0 for padding."""
    positions: torch.Tensor
    """`[prompt, position]`, counted from each prompt's first token."""

    @property
    def padding(self) -> torch.Tensor:
        """Pad tokens before each prompt, `[prompt]`."""
        return self.mask.shape[1] - self.mask.sum(dim=1)


def chat(question: str, *, system: str | None = None, prefill: str | None = None) -> Messages:
    """The chat messages of one question.

    Args:
        question: What the user says.
        system: A system message before it.
        prefill: How the assistant's answer begins; the model continues it.
    """
    messages: Messages = [{"role": "system", "content": system}] if system else []
    messages.append({"role": "user", "content": question})
    return [*messages, {"role": "assistant", "content": prefill}] if prefill else messages


def as_prompts(prompts: Prompt | Sequence[Prompt]) -> list[Prompt]:
    """A list of prompts; one prompt stands for a list of one.

    Raises:
        ValueError: There is none, or one is empty.
        TypeError: One is neither a string, nor messages, nor token ids.
    """
    listed: list[Any] = [prompts] if _is_prompt(prompts) else list(prompts)
    if not listed:
        raise ValueError("there are no prompts")
    for prompt in listed:
        if not _is_prompt(prompt):
            raise TypeError(
                f"a prompt is a string, a list of chat messages or a list of token ids, not {type(prompt).__name__}: "
                f"{str(prompt)[:80]!r}"
            )
        if len(prompt) == 0:
            raise ValueError("a prompt is empty")
    return listed


def _is_prompt(prompt: Any) -> bool:
    return isinstance(prompt, str) or (isinstance(prompt, list) and bool(prompt) and isinstance(prompt[0], dict | int))


def encode(tokenizer: Any, prompt: Prompt) -> Encoded:
    """Token ids of a prompt, with one BOS at most."""
    if isinstance(prompt, list) and isinstance(prompt[0], int):
        ids = [int(token) for token in prompt]
        return Encoded(ids, str(tokenizer.decode(ids)), len(ids), None)
    if isinstance(prompt, str):
        begun = bool(tokenizer.bos_token) and prompt.startswith(tokenizer.bos_token)
        return _tokenize(tokenizer, prompt, special=not begun)
    messages: Messages = prompt
    whole = _tokenize(tokenizer, render(tokenizer, Request(messages)), special=False)
    if messages[-1]["role"] != "assistant" or not messages[:-1]:
        return whole
    question = _tokenize(tokenizer, render(tokenizer, Request(messages[:-1])), special=False)
    return Encoded(whole.ids, whole.text, _common_prefix(question.ids, whole.ids), whole.offsets)


def _tokenize(tokenizer: Any, text: str, *, special: bool) -> Encoded:
    fast = getattr(tokenizer, "is_fast", False)
    encoding = tokenizer(text, add_special_tokens=special, return_offsets_mapping=fast)
    ids = list(encoding["input_ids"])
    if not ids:
        raise ValueError(f"prompt {text!r} has no tokens")
    return Encoded(ids, text, len(ids), [tuple(pair) for pair in encoding["offset_mapping"]] if fast else None)


def _common_prefix(first: list[int], second: list[int]) -> int:
    for i, (a, b) in enumerate(zip(first, second, strict=False)):
        if a != b:
            return i
    return min(len(first), len(second))


def collate(encoded: list[Encoded], pad: int, device: torch.device) -> Batch:
    """Put encoded prompts into one batch."""
    width = max(len(item.ids) for item in encoded)
    ids = torch.tensor([[pad] * (width - len(item.ids)) + item.ids for item in encoded], device=device)
    mask = torch.tensor([[0] * (width - len(item.ids)) + [1] * len(item.ids) for item in encoded], device=device)
    return Batch(encoded, ids, mask, (mask.cumsum(dim=1) - 1).clamp(min=0))
