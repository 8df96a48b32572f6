"""Where the tokens of a forward pass are in their prompts, also under a KV cache.

During generation a hook sees `[batch, prompt, d]` once and `[batch, 1, d]` from then on, so a position can only be told
by counting across passes.
"""

import threading
from dataclasses import dataclass
from typing import Any

import torch

from .prompts import Batch


@dataclass
class Pass:
    """The forward pass that is going on."""

    token: torch.Tensor
    """`[batch, position]`: index of each token in its sequence, padding not counted; negative for padding."""
    boundary: torch.Tensor
    """`[batch]`: index of the first token of each response."""


class PassTracker:
    """Follows this thread's passes through a model's body; `current` is valid inside of hooks on its parts."""

    def __init__(self, body: Any) -> None:
        self._owner = threading.get_ident()
        self.current: Pass | None = None
        self._boundary: torch.Tensor | None = None
        self._announced: torch.Tensor | None = None
        # First of all hooks: a hidden system prompt's own lengthens the mask that is read here.
        self._handle = body.register_forward_pre_hook(self._before, with_kwargs=True, prepend=True)

    def announce(self, batch: Batch) -> None:
        """Say where the responses of the batch begin that is about to be read in one pass."""
        self._announced = torch.tensor([item.prompt_length for item in batch.encoded], device=batch.ids.device)

    def remove(self) -> None:
        """Stop following."""
        self._handle.remove()

    def _before(self, body: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if threading.get_ident() != self._owner:
            return
        inputs = args[0] if args else kwargs.get("input_ids")
        inputs = kwargs["inputs_embeds"] if inputs is None else inputs
        batch, length = inputs.shape[:2]
        mask = kwargs.get("attention_mask")
        if isinstance(mask, torch.Tensor) and mask.dim() == 2:
            past, padding = mask.shape[1] - length, (mask.cumsum(dim=1) == 0).sum(dim=1).to(inputs.device)
        else:
            past, padding = (
                _cached(kwargs.get("past_key_values")),
                torch.zeros(batch, dtype=torch.long, device=inputs.device),
            )
        token = past + torch.arange(length, device=inputs.device)[None] - padding[:, None]
        if past == 0 or self._boundary is None or len(self._boundary) != batch:
            whole = past + length - padding
            announced = self._announced
            self._boundary = whole if announced is None or len(announced) != batch else announced.to(whole.device)
        self._announced = None
        self.current = Pass(token, self._boundary)


def _cached(cache: Any) -> int:
    return int(cache.get_seq_length()) if cache is not None else 0
