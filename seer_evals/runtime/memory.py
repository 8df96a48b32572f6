"""What a model keeps of the tokens that it has read, and what padding does to it: both differ by architecture."""

import inspect
import weakref
from typing import Any

import torch

from .blocks import inner_model
from .soft_prompt import acting, soft_prompt, without_soft_prompt

NAMES = ("past_key_values", "cache_params", "state")
"""What models call their memory: keys and values, the states of Mamba, those of RWKV."""
CLOSE = 0.02
"""Part of the largest logit by which padding may move one: half precision rounds differently in every shape."""


class Memory:
    """Feeds a batch to a model piece by piece."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._soft = soft_prompt(model)
        self._name = ""
        self._kept: Any = None
        self._read: torch.Tensor | None = None

    def read(self, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """Logits `[text, vocabulary]` after the next tokens.

        Args:
            ids: `[text, token]`, those that are new.
            mask: `[text, token]`, of all tokens so far.
            positions: `[text, token]` of the new ones.
        """
        with acting(self._soft, self._model) as model:
            return self._next(model, ids, mask, positions)

    def _next(self, model: Any, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        if self._read is not None and not self._name:
            return self._reread(model, ids, mask)
        memory = {self._name: self._kept} if self._name else {"past_key_values": None}
        # Recurrent layers take the mask for one of new tokens, among which there is no padding after the first pass.
        told = mask if self._name in ("", "past_key_values") else None
        out = model(
            input_ids=ids, attention_mask=told, position_ids=positions, use_cache=True, logits_to_keep=1, **memory
        )
        self._name = next((name for name in NAMES if getattr(out, name, None) is not None), "")
        self._kept = getattr(out, self._name) if self._name else None
        self._read = None if self._name else ids
        logits: torch.Tensor = out.logits[:, -1]
        return logits

    def _reread(self, model: Any, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """A model that hands no memory out reads everything again."""
        assert self._read is not None
        self._read = torch.cat([self._read, ids], dim=1)
        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
        out = model(input_ids=self._read, attention_mask=mask, position_ids=positions, use_cache=False)
        logits: torch.Tensor = out.logits[:, -1]
        return logits


_reads_padding: "weakref.WeakKeyDictionary[Any, bool]" = weakref.WeakKeyDictionary()


def reads_padding(model: Any) -> bool:
    """Whether what is masked on the left moves what follows, as in some recurrent models; tried once, on two tokens."""
    inner = inner_model(model)
    model = without_soft_prompt(model)
    if inner not in _reads_padding:
        alone, padded = _last(model, inner, [1, 2], 0), _last(model, inner, [1, 2], 3)
        _reads_padding[inner] = bool((alone - padded).abs().max() > CLOSE * alone.abs().max())
    return _reads_padding[inner]


@torch.no_grad()
def _last(model: Any, inner: Any, tokens: list[int], pads: int) -> torch.Tensor:
    """Logits `[vocabulary]` after the tokens, with so many pad tokens before them."""
    device = model.get_input_embeddings().weight.device
    mask = torch.tensor([[0] * pads + [1] * len(tokens)], device=device)
    inputs = {"attention_mask": mask, "position_ids": (mask.cumsum(dim=1) - 1).clamp(min=0), "use_cache": False}
    takes = inspect.signature(inner.forward).parameters
    ids = torch.tensor([[3] * pads + tokens], device=device)
    found = model(input_ids=ids, **{key: value for key, value in inputs.items() if key in takes})
    logits: torch.Tensor = found.logits[0, -1].float()
    return logits
