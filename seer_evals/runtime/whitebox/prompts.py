"""From prompts to one left-padded batch of token ids.

A prompt is a string (raw text, read as it stands), a list of chat messages (rendered with the chat template; a final
assistant message is a prefill and is continued), or a list of token ids.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ..request import Request
from ..seams import Offsets, common_prefix, decoded, first_beyond, following
from ..templates import Rendered, rendered

Messages = list[dict[str, Any]]
Prompt = str | Messages | list[int]


@dataclass(frozen=True)
class Encoded:
    """One prompt as the model reads it."""

    ids: list[int]
    text: str
    prompt_length: int
    """Tokens before the prefill; all of them if there is none. One that has letters of both is the prefill's."""
    offsets: Offsets | None
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
    parts = [_written(tokenizer, prompt) for prompt in prompts]
    tokenized = _tokenize(tokenizer, {each for each in parts if each})
    return [
        tokenized[each] if each else _of_ids(tokenizer, prompt) for prompt, each in zip(prompts, parts, strict=True)
    ]


def extended(tokenizer: Any, pairs: Sequence[tuple[Prompt, str]]) -> list[Encoded]:
    """Prompts that text goes on after, tokenized with it; the text is their prefill.

    Raises:
        ValueError: A prompt or a text has no tokens.
    """
    parts = [_written(tokenizer, prompt, text) for prompt, text in pairs]
    tokenized = _tokenize(tokenizer, {each for each in parts if each})
    found = [
        tokenized[each] if each else _of_ids(tokenizer, prompt, text)
        for (prompt, text), each in zip(pairs, parts, strict=True)
    ]
    for item, (_, text) in zip(found, pairs, strict=True):
        if item.prompt_length == len(item.ids):
            raise ValueError(f"continuation {text!r} has no tokens")
        if item.prompt_length == 0:
            raise ValueError(f"{item.text!r} has no token before {text!r}")
    return found


_Written = tuple[str, int, bool]
"""A text, where its prefill begins, and whether the tokenizer adds its special tokens to it."""


def _written(tokenizer: Any, prompt: Prompt, more: str | None = None) -> _Written | None:
    """A prompt as text, with what goes on after it; None for token ids."""
    if isinstance(prompt, str):
        begun = bool(tokenizer.bos_token) and prompt.startswith(tokenizer.bos_token)
        found, special = Rendered(prompt, len(prompt)), not begun
    elif isinstance(prompt[0], dict):
        messages: Any = prompt
        found, special = rendered(tokenizer, Request(messages)), False
    else:
        return None
    if more is None:
        return found.text, found.seam, special
    return found.text + more, len(found.text), special


def _of_ids(tokenizer: Any, prompt: Any, more: str = "") -> Encoded:
    ids = [int(token) for token in prompt]
    whole = [*ids, *following(tokenizer, more)]
    return Encoded(whole, decoded(tokenizer, whole), len(ids), None)


def _tokenize(tokenizer: Any, texts: Collection[_Written]) -> dict[_Written, Encoded]:
    """All texts in one call each for those with and without special tokens, which is much faster than one by one."""
    fast = getattr(tokenizer, "is_fast", False)
    found: dict[_Written, Encoded] = {}
    for special in (True, False):
        listed = [each for each in texts if each[2] == special]
        if not listed:
            continue
        encoding = tokenizer([text for text, *_ in listed], add_special_tokens=special, return_offsets_mapping=fast)
        offsets = encoding["offset_mapping"] if fast else [None] * len(listed)
        for each, ids, where in zip(listed, encoding["input_ids"], offsets, strict=True):
            if not ids:
                raise ValueError(f"prompt {each[0]!r} has no tokens")
            found[each] = Encoded(list(ids), each[0], _split(tokenizer, each, ids, where), where)
    return found


def _split(tokenizer: Any, each: _Written, ids: list[int], offsets: Offsets | None) -> int:
    """The number of tokens before the seam."""
    text, seam, special = each
    if seam == len(text):
        return len(ids)
    if offsets is not None:
        return first_beyond(offsets, seam)
    return common_prefix(ids, tokenizer(text[:seam], add_special_tokens=special)["input_ids"])


def collate(encoded: list[Encoded], pad: int, device: torch.device) -> Batch:
    """Put encoded prompts into one batch."""
    width = max(len(item.ids) for item in encoded)
    ids = torch.tensor([[pad] * (width - len(item.ids)) + item.ids for item in encoded], device=device)
    mask = torch.tensor([[0] * (width - len(item.ids)) + [1] * len(item.ids) for item in encoded], device=device)
    return Batch(encoded, ids, mask, (mask.cumsum(dim=1) - 1).clamp(min=0))
