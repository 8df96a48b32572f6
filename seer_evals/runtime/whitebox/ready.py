"""Vectors made ready for the layer that is just running, and made anew whenever they have changed."""

from collections.abc import Callable

import torch


class Ready:
    """Keeps what was made of a vector for a device and dtype as long as the vector has the same content.

    Content is compared, not versions: a change by way of `.data`, or of shared memory, counts none.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[torch.device, torch.dtype], tuple[torch.Tensor, torch.Tensor]] = {}

    def of(
        self, vector: torch.Tensor, state: torch.Tensor, prepare: Callable[[torch.Tensor], torch.Tensor]
    ) -> torch.Tensor:
        """`prepare(vector)` on the device and in the dtype of `state`; with its gradient, if it asks for one."""
        if vector.requires_grad and torch.is_grad_enabled():
            return prepare(vector).to(state)
        key = (state.device, state.dtype)
        if key in self._kept:
            source, made = self._kept[key]
            if torch.equal(source, vector):
                return made
        with torch.no_grad():
            made = prepare(vector).to(state, copy=True)
        self._kept[key] = vector.detach().clone(), made
        return made
