"""Where the tokens of a forward pass are in their prompts, also under a KV cache.

During generation a hook sees `[batch, prompt, d]` once and `[batch, 1, d]` from then on, so a position can only be told
by counting across passes.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from ..memory import NAMES
from ..prefix import is_aside
from .prompts import Batch
from .sites import site_module

if TYPE_CHECKING:
    from .architecture import Architecture
    from .edits import Edit


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


class Followed:
    """An edit at one layer, applied to the passes that a tracker follows."""

    def __init__(self, edit: "Edit", layer: int, tracker: PassTracker) -> None:
        self.edit, self.layer = edit, layer
        self.tracker = tracker
        self.met = False
        """It has changed a state."""
        self.strayed = False
        """Its part was called past the body, outside of any pass."""

    def __call__(self, state: torch.Tensor) -> torch.Tensor | None:
        """The edited state; None where there is nothing to edit."""
        if self.tracker.current is None:
            self.strayed = True
            return None
        self.met = True
        return self.edit(state, self.tracker.current)


def check_met(edits: Sequence[Followed], tracker: PassTracker, architecture: "Architecture") -> None:
    """Tell of edits that did nothing though the model was used.

    Raises:
        RuntimeError: No pass came to the module that they are counted from, or a pass went past an edit's own.
    """
    if not edits:
        return
    if not tracker.begun and (tracker.announced or any(edit.strayed for edit in edits)):
        raise RuntimeError(
            f"no edit was applied: {architecture.layout.body} ({type(architecture.body).__name__}) was expected to be "
            "called with the tokens of a pass, and was not, though the model was used"
        )
    for edit in edits if tracker.finished else ():
        if not edit.met:
            raise RuntimeError(missed(architecture, edit.edit.site, edit.layer, "edited"))


def missed(architecture: "Architecture", site: str, layer: int, what: str) -> str:
    """What to say of a site that a whole pass did not come to."""
    module = site_module(architecture, layer, site)
    path = next((name for name, each in architecture.decoder.named_modules() if each is module), "")
    return (
        f"{site} of layer {layer} was not {what}: {path} ({type(module).__name__}) was expected to be called, and "
        "a pass went through the model without it; choose another site or layer"
    )
