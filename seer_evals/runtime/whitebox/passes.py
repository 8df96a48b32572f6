"""Where the tokens of a forward pass are in their prompts, also under a KV cache.

During generation a hook sees `[batch, prompt, d]` once and `[batch, 1, d]` from then on, so a position can only be told
by counting across passes.
"""

import threading
from dataclasses import dataclass
from typing import Any

import torch

from ..memory import NAMES
from ..prefix import is_aside
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
        self.begun = self.finished = self.announced = 0
        """Passes that came to the body, that went to its end, and that were said to be about to come."""
        self._boundary: torch.Tensor | None = None
        self._boundaries: torch.Tensor | None = None
        self._counted = Counted()
        # First of all hooks: a hidden system prompt's own lengthens the mask that is read here.
        self._handles = [
            body.register_forward_pre_hook(self._before, with_kwargs=True, prepend=True),
            body.register_forward_hook(self._after),
        ]

    def announce(self, batch: Batch) -> None:
        """Say where the responses of the batch begin that is about to be read in one pass."""
        self._boundaries = torch.tensor([item.prompt_length for item in batch.encoded], device=batch.ids.device)
        self.announced += 1

    def remove(self) -> None:
        """Stop following."""
        for handle in self._handles:
            handle.remove()

    def _before(self, body: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if threading.get_ident() != self._owner or is_aside():
            return
        self.begun += 1
        inputs = args[0] if args else kwargs.get("input_ids")
        inputs = kwargs["inputs_embeds"] if inputs is None else inputs
        length = inputs.shape[1]
        past, padding = self._counted.before(inputs, kwargs)
        token = past + torch.arange(length, device=inputs.device)[None] - padding[:, None]
        if past == 0 or self._boundary is None or len(self._boundary) != len(inputs):
            whole = past + length - padding
            said = self._boundaries
            self._boundary = whole if said is None or len(said) != len(inputs) else said.to(whole.device)
        self._boundaries = None
        self.current = Pass(token, self._boundary)

    def _after(self, body: Any, args: Any, output: Any) -> None:
        if threading.get_ident() == self._owner and not is_aside():
            self.finished += 1
            self.current = None


class Counted:
    """How many tokens a model has read before a pass, and how many of them are padding."""

    def __init__(self) -> None:
        self._cache: Any = None
        self._past = 0
        self._padding = torch.zeros(0, dtype=torch.long)

    def before(self, inputs: torch.Tensor, kwargs: dict[str, Any]) -> tuple[int, torch.Tensor]:
        """Tokens that came before those of the pass, and pad tokens on the left `[batch]`."""
        batch, length = inputs.shape[:2]
        mask = kwargs.get("attention_mask")
        cache = next((kwargs[name] for name in NAMES if kwargs.get(name) is not None), None)
        if isinstance(mask, torch.Tensor) and mask.dim() == 2:
            past, padding = mask.shape[1] - length, (mask.cumsum(dim=1) == 0).sum(dim=1).to(inputs.device)
        elif self._continues(cache, batch):
            past, padding = self._past, self._padding
        else:
            past, padding = _length(cache) or 0, torch.zeros(batch, dtype=torch.long, device=inputs.device)
        self._cache, self._past, self._padding = cache, past + length, padding
        return past, padding

    def _continues(self, cache: Any, batch: int) -> bool:
        """Recurrent models are given no mask once they have read the prompt, and their memories have no length."""
        if cache is None or _length(cache) is not None or len(self._padding) != batch:
            return False
        return self._cache is None or cache is self._cache


def _length(cache: Any) -> int | None:
    try:
        return int(cache.get_seq_length())
    except (AttributeError, ValueError):  # there is none, or it keeps no keys and values
        return None
