"""From prompts to one left-padded batch of token ids.

A prompt is a string (raw text, read as it stands), a list of chat messages (rendered with the chat template; a final
assistant message is a prefill and is continued), or a list of token ids.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
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


def encode(tokenizer: Any, prompts: Sequence[Prompt]) -> list[Encoded]:
    """Token ids of prompts, each with one BOS at most.

    Raises:
        ValueError: A prompt has no tokens.
    """
    texts = [_texts(tokenizer, prompt) for prompt in prompts]
    tokenized = _tokenize(tokenizer, {text for each in texts for text in each})
    return [
        _joined(*(tokenized[text] for text in each)) if each else _of_ids(tokenizer, prompt)
        for prompt, each in zip(prompts, texts, strict=True)
    ]


_Text = tuple[str, bool]
"""A text, and whether the tokenizer adds its special tokens to it."""


def _texts(tokenizer: Any, prompt: Prompt) -> list[_Text]:
    """The whole prompt, and what comes before a prefill if there is one; nothing for token ids."""
    if isinstance(prompt, str):
        begun = bool(tokenizer.bos_token) and prompt.startswith(tokenizer.bos_token)
        return [(prompt, not begun)]
    if not isinstance(prompt[0], dict):
        return []
    messages: Any = prompt
    prefilled = messages[-1]["role"] == "assistant" and len(messages) > 1
    parts = [messages, messages[:-1]] if prefilled else [messages]
    return [(render(tokenizer, Request(part)), False) for part in parts]


def _of_ids(tokenizer: Any, prompt: Any) -> Encoded:
    ids = [int(token) for token in prompt]
    return Encoded(ids, str(tokenizer.decode(ids)), len(ids), None)


def _joined(whole: Encoded, question: Encoded | None = None) -> Encoded:
    return whole if question is None else replace(whole, prompt_length=_common_prefix(question.ids, whole.ids))


def _tokenize(tokenizer: Any, texts: Collection[_Text]) -> dict[_Text, Encoded]:
    """All texts in one call each for those with and without special tokens, which is much faster than one by one."""
    fast = getattr(tokenizer, "is_fast", False)
    found: dict[_Text, Encoded] = {}
    for special in (True, False):
        listed = [text for text, adds in texts if adds == special]
        if not listed:
            continue
        encoding = tokenizer(listed, add_special_tokens=special, return_offsets_mapping=fast)
        offsets = encoding["offset_mapping"] if fast else [None] * len(listed)
        for text, ids, where in zip(listed, encoding["input_ids"], offsets, strict=True):
            if not ids:
                raise ValueError(f"prompt {text!r} has no tokens")
            found[text, special] = Encoded(list(ids), text, len(ids), where)
    return found


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
